// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keeps records as encoded chunks in two generations, each starting with a BASE: while the younger
 * grows, the older is complete, so that at least one full generation is always held.
 */
#include "trace/recorder/ring.h"

#include <errno.h>
#include <zlib.h>

#include "lib/vec.h"
#include "trace/recorder/writer_parts.h"

struct generation {
	struct buffer chunks; /* a BASE, then WINDOWs */
	uint64_t from_ns;
};

struct ring {
	struct trace_writer *writer; /* of memory: its backlog is taken at each boundary */
	struct trace_writer *beside; /* whose encoder has the current snapshot; NULL: its own does */
	bool in_state; /* of that snapshot, behind its SNAPSHOT */
	struct buffer schema; /* its chunk, once */
	struct generation elder, younger;
	uint64_t ring_ns, max_bytes;
};

struct ring *ring_new(uint64_t ring_ns, uint64_t max_bytes, struct trace_writer *beside)
{
	struct ring *ring = calloc(1, sizeof(*ring));

	if (!ring)
		return NULL;
	ring->writer = trace_writer_new(true);
	ring->beside = beside;
	ring->ring_ns = ring_ns;
	ring->max_bytes = max_bytes;
	if (!ring->writer) {
		free(ring);
		return NULL;
	}
	return ring;
}

void ring_free(struct ring *ring)
{
	if (!ring)
		return;
	sink_close(&ring->writer->out);
	writer_free(ring->writer);
	buffer_free(&ring->schema);
	buffer_free(&ring->elder.chunks);
	buffer_free(&ring->younger.chunks);
	free(ring);
}

int ring_setting(struct ring *ring, const char *name, double value)
{
	return trace_writer_setting(ring->writer, name, value);
}

/* ---- generations ----------------------------------------------------------------------------- */
static void begin_generation(struct ring *ring)
{
	struct buffer old = ring->elder.chunks;

	ring->elder = ring->younger;
	old.count = 0;
	old.failed = false;
	ring->younger.chunks = old;
	ring->younger.from_ns = ring->writer->last_ns;
	ring->writer->base_wanted = true;
}

static bool is_full(const struct ring *ring)
{
	return ring->younger.chunks.count &&
	       (ring->writer->last_ns - ring->younger.from_ns >= ring->ring_ns ||
		ring->younger.chunks.count >= ring->max_bytes / 2);
}

/* What the writer made since the last boundary. */
static int take_chunks(struct ring *ring)
{
	struct buffer *made = &ring->writer->out.backlog;
	struct trace_chunk head;
	size_t skip = 0;

	if (!ring->schema.count && made->count >= sizeof(head)) {
		memcpy(&head, made->bytes, sizeof(head));
		skip = sizeof(head) + head.stored_bytes;
		put_bytes(&ring->schema, made->bytes, skip);
		ring->younger.from_ns = ring->writer->first_ns;
	}
	put_bytes(&ring->younger.chunks, made->bytes + skip, made->count - skip);
	made->count = 0;
	ring->writer->base_count = 0;
	if (ring->elder.chunks.count &&
	    ring->elder.chunks.count + ring->younger.chunks.count > ring->max_bytes)
		buffer_free(&ring->elder.chunks);
	return ring->schema.failed || ring->younger.chunks.failed ? -ENOMEM : 0;
}

/*
 * Encodes the snapshot that the writer beside holds. Encoding leaves rows as good as they were: of
 * two with one key the later is in both places.
 */
static int put_boundary(struct ring *ring, const struct record *record)
{
	struct pending *own = ring->writer->encoder.pending[PART_STATE];
	const struct pending *lent;
	struct pending kept[NR_ROW_KINDS];
	int error;

	if (!ring->beside) {
		error = trace_writer_put(ring->writer, record);
		return error ? error : take_chunks(ring);
	}
	lent = ring->beside->encoder.pending[PART_STATE];
	memcpy(kept, own, sizeof(kept));
	memcpy(own, lent, sizeof(kept));
	error = trace_writer_put(ring->writer, record);
	memcpy(own, kept, sizeof(kept));
	return error ? error : take_chunks(ring);
}

int ring_put(struct ring *ring, const struct record *record)
{
	if (record->kind == RECORD_BOUNDARY) {
		if (is_full(ring))
			begin_generation(ring);
		ring->in_state = false;
		return put_boundary(ring, record);
	}
	if (ring->in_state && ring->beside)
		return 0;
	ring->in_state = record->kind == RECORD_SNAPSHOT;
	return trace_writer_put(ring->writer, record);
}

/* ---- the trace ------------------------------------------------------------------------------- */
void ring_span(const struct ring *ring, uint64_t *ret_from_ns, uint64_t *ret_to_ns)
{
	*ret_from_ns = ring->elder.chunks.count ? ring->elder.from_ns : ring->younger.from_ns;
	*ret_to_ns = ring->writer->last_ns;
}

bool ring_is_cut(const struct ring *ring)
{
	uint64_t from_ns, to_ns;

	ring_span(ring, &from_ns, &to_ns);
	return to_ns - from_ns < ring->ring_ns && to_ns - ring->writer->first_ns >= ring->ring_ns;
}

/* In a file of their own chunks have other numbers, and so other checksums. */
static void renumber(uint8_t *bytes, struct trace_chunk *head, uint32_t number)
{
	size_t rest = sizeof(*head) - offsetof(struct trace_chunk, type);

	head->number = number;
	memcpy(bytes, head, sizeof(*head));
	head->crc = (uint32_t)crc32(0, bytes + offsetof(struct trace_chunk, type),
				    (uInt)(rest + head->stored_bytes));
	memcpy(bytes, head, sizeof(*head));
}

struct base_list {
	struct base_entry *bases;
	size_t count, capacity;
};

static int put_chunks(struct trace_writer *writer, const struct buffer *chunks,
		      struct base_list *list)
{
	struct buffer *file = &writer->out.backlog;
	size_t at = file->count;
	struct trace_chunk head;

	put_bytes(file, chunks->bytes, chunks->count);
	if (file->failed)
		return -ENOMEM;
	for (; at < file->count; at += sizeof(head) + head.stored_bytes) {
		memcpy(&head, file->bytes + at, sizeof(head));
		renumber(file->bytes + at, &head, writer->number++);
		if (head.type != TRACE_BASE)
			continue;
		if (vec_reserve((void **)&list->bases, &list->capacity, list->count,
				sizeof(*list->bases)))
			return -ENOMEM;
		list->bases[list->count++] = (struct base_entry){ at, head.to_ns };
	}
	return 0;
}

int ring_trace(struct ring *ring, struct buffer *ret)
{
	struct trace_writer *writer = ring->writer;
	struct buffer *file = &writer->out.backlog; /* empty between boundaries */
	struct base_list list = { 0 };
	uint64_t from_ns, to_ns;
	int error;

	ring_span(ring, &from_ns, &to_ns);
	writer_put_head(writer);
	error = put_chunks(writer, &ring->schema, &list);
	if (!error)
		error = put_chunks(writer, &ring->elder.chunks, &list);
	if (!error)
		error = put_chunks(writer, &ring->younger.chunks, &list);
	writer->offset = file->count;
	if (!error)
		writer_put_index(writer, list.bases, list.count, from_ns, to_ns);
	if (!error)
		put_bytes(ret, file->bytes, file->count);
	free(list.bases);
	error = error || file->failed || ret->failed ? -ENOMEM : 0;
	buffer_free(file);
	return error;
}
