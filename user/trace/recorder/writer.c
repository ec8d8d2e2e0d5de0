// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Turns the record stream into chunks as described in include/trace_format.h. Never blocks on the
 * file: what it does not accept is kept, and no other chunk is made until it is written.
 */
#include "trace/recorder/writer.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/vec.h"
#include "trace/recorder/writer_parts.h"

/* A base costs as much as some windows: it comes when it adds little to what is there. */
#define BASE_PART 24
#define BASE_MOST_WINDOWS 300 /* at most this many are read to reach any time */
#define SLOW_NS 60000000000ULL /* distributions of waits and lags are written this often */
#define ONCE_MAX 100000 /* records kept while nothing can be written; later ones are dropped */

/* ---- opening --------------------------------------------------------------------------------- */
void writer_put_head(struct trace_writer *writer)
{
	struct trace_head head = { .major = TRACE_MAJOR, .minor = TRACE_MINOR };

	memcpy(head.magic, TRACE_MAGIC, sizeof(head.magic));
	put_bytes(&writer->out.backlog, &head, sizeof(head));
	writer->offset = sizeof(head);
	writer->number = 0;
}

/* All but the sink. NULL: out of memory. */
static struct trace_writer *new_writer(int level)
{
	struct trace_writer *writer = calloc(1, sizeof(*writer));

	if (writer && deflateInit(&writer->deflate, level) != Z_OK) {
		free(writer);
		return NULL;
	}
	if (writer)
		encoder_init(&writer->encoder);
	return writer;
}

int trace_writer_open(const char *path, struct trace_writer **ret, struct err *e)
{
	struct trace_writer *writer = new_writer(Z_DEFAULT_COMPRESSION);

	if (!writer)
		return err_set(e, ERR_FAILED, "out of memory");
	if (sink_open(&writer->out, path, e)) {
		deflateEnd(&writer->deflate);
		free(writer);
		return -1;
	}
	if (strcmp(path, "-"))
		writer->path = strdup(path);
	writer_put_head(writer);
	*ret = writer;
	return 0;
}

struct trace_writer *trace_writer_new(bool memory)
{
	/* memory is for a moment, time is not */
	struct trace_writer *writer = new_writer(memory ? Z_BEST_SPEED : Z_DEFAULT_COMPRESSION);

	if (!writer)
		return NULL;
	sink_init(&writer->out);
	writer->memory = memory;
	if (!memory)
		writer_put_head(writer);
	return writer;
}

/* ---- chunks ---------------------------------------------------------------------------------- */
static int put_chunk(struct trace_writer *writer, enum trace_chunk_type type, uint16_t flags,
		     uint64_t from_ns, uint64_t to_ns)
{
	struct trace_chunk chunk = { .magic = TRACE_CHUNK_MAGIC,
				     .type = (uint16_t)type,
				     .flags = flags,
				     .number = writer->number,
				     .plain_bytes = (uint32_t)writer->plain.count,
				     .from_ns = from_ns,
				     .to_ns = to_ns };
	size_t most = deflateBound(&writer->deflate, writer->plain.count), head;
	z_stream *deflate_to = &writer->deflate;
	uint8_t *at;

	if (writer->plain.failed || writer->plain.count > TRACE_MAX_PLAIN_BYTES ||
	    !buffer_room(&writer->out.backlog, sizeof(chunk) + most))
		return -ENOMEM;
	head = writer->out.backlog.count;
	at = writer->out.backlog.bytes + head;
	deflateReset(deflate_to);
	deflate_to->next_in = writer->plain.bytes;
	deflate_to->avail_in = (uInt)writer->plain.count;
	deflate_to->next_out = at + sizeof(chunk);
	deflate_to->avail_out = (uInt)most;
	if (deflate(deflate_to, Z_FINISH) != Z_STREAM_END)
		return -ENOMEM;
	chunk.stored_bytes = (uint32_t)deflate_to->total_out;
	memcpy(at, &chunk, sizeof(chunk));
	chunk.crc = (uint32_t)crc32(
		0, at + offsetof(struct trace_chunk, type),
		(uInt)(sizeof(chunk) - offsetof(struct trace_chunk, type) + chunk.stored_bytes));
	memcpy(at, &chunk, sizeof(chunk));
	writer->out.backlog.count += sizeof(chunk) + chunk.stored_bytes;
	writer->offset += sizeof(chunk) + chunk.stored_bytes;
	writer->number++;
	writer->plain.count = 0;
	return 0;
}

static int put_base(struct trace_writer *writer, uint64_t at_ns)
{
	uint64_t offset = writer->offset;
	int error = encode_base(&writer->encoder, writer->once, writer->once_count, at_ns,
				&writer->plain);

	if (!error && vec_reserve((void **)&writer->bases, &writer->base_capacity,
				  writer->base_count, sizeof(*writer->bases)))
		error = -ENOMEM;
	if (!error)
		error = put_chunk(writer, TRACE_BASE, 0, at_ns, at_ns);
	if (error)
		return error;
	writer->bases[writer->base_count++] = (struct base_entry){ offset, at_ns };
	writer->base_bytes = writer->offset - offset;
	writer->bytes_since_base = writer->windows_since_base = 0;
	writer->base_wanted = false;
	return 0;
}

static bool wants_base(const struct trace_writer *writer)
{
	if (writer->base_wanted || encoder_is_worn(&writer->encoder))
		return true;
	return !writer->memory && (writer->windows_since_base >= BASE_MOST_WINDOWS ||
				   writer->bytes_since_base >= BASE_PART * writer->base_bytes);
}

static int put_window(struct trace_writer *writer, uint64_t to_ns)
{
	uint64_t offset;
	uint16_t flags;
	int error;

	error = wants_base(writer) ? put_base(writer, writer->last_ns) : 0;
	writer->encoder.tell_slow = writer->each_counts || writer->last || writer->memory ||
				    to_ns - writer->slow_ns >= SLOW_NS;
	if (writer->encoder.tell_slow)
		writer->slow_ns = to_ns;
	/* a BASE is never the end of a file: a window follows in the same write */
	offset = writer->offset;
	flags = encoder_is_quiet(&writer->encoder) ? TRACE_QUIET : 0;
	if (!error)
		error = encode_window(&writer->encoder, writer->last_ns, to_ns, &writer->plain);
	if (!error)
		error = put_chunk(writer, TRACE_WINDOW, flags, writer->last_ns, to_ns);
	writer->bytes_since_base += writer->offset - offset;
	writer->windows_since_base++;
	return error;
}

/* A separate trace starts with the state at a snapshot. */
static int begin_file(struct trace_writer *writer, uint64_t at_ns)
{
	int error;

	encode_schema(&writer->plain);
	error = put_chunk(writer, TRACE_SCHEMA, 0, at_ns, at_ns);
	if (!error)
		error = put_base(writer, at_ns);
	writer->first_ns = at_ns;
	return error;
}

static void flush(struct trace_writer *writer)
{
	if (!writer->memory)
		sink_flush(&writer->out);
}

static int put_boundary(struct trace_writer *writer, uint64_t at_ns)
{
	int error = 0;

	flush(writer);
	if (!writer->first_ns) {
		error = begin_file(writer, at_ns);
		writer->slow_ns = at_ns;
	} else if (writer->out.backlog.count) {
		/* the state is written again at the next snapshot */
		encoder_skip(&writer->encoder);
		writer->merged++;
		return 0;
	} else {
		error = put_window(writer, at_ns);
	}
	writer->last_ns = at_ns;
	writer->once_waiting = 0;
	flush(writer);
	return error;
}

/* ---- records --------------------------------------------------------------------------------- */
static int keep_once(struct trace_writer *writer, const struct record *record)
{
	if (vec_reserve((void **)&writer->once, &writer->once_capacity, writer->once_count,
			sizeof(*writer->once)))
		return -ENOMEM;
	writer->once[writer->once_count++] = *record;
	return 0;
}

int trace_writer_setting(struct trace_writer *writer, const char *name, double value)
{
	struct record record = { .kind = RECORD_SETTING };
	size_t i;

	for (i = 0; i < writer->once_count; i++)
		if (writer->once[i].kind == RECORD_SETTING &&
		    !strcmp(writer->once[i].setting.name, name)) {
			memcpy(&writer->once[i].setting.value, &value, sizeof(value));
			return 0;
		}
	snprintf(record.setting.name, sizeof(record.setting.name), "%s", name);
	memcpy(&record.setting.value, &value, sizeof(value));
	return keep_once(writer, &record);
}

void trace_writer_clock(struct trace_writer *writer, uint64_t realtime_ns)
{
	size_t i;

	for (i = 0; i < writer->once_count; i++)
		if (writer->once[i].kind == RECORD_CAPTURE)
			writer->once[i].capture.start_realtime_ns = realtime_ns;
}

int trace_writer_put(struct trace_writer *writer, const struct record *record)
{
	switch (record->kind) {
	case RECORD_CAPTURE:
		writer->each_counts = record->capture.interval_ns != 0;
		return keep_once(writer, record);
	case RECORD_HOST:
	case RECORD_SETTING:
		return keep_once(writer, record);
	case RECORD_SNAPSHOT:
		writer->last = record->snapshot.last;
		return encoder_add(&writer->encoder, record);
	case RECORD_BOUNDARY:
		return put_boundary(writer, record->boundary.at_ns);
	default:
		/* stalls, exits: written only once */
		if (writer->out.backlog.count && writer->encoder.part == PART_ONCE &&
		    ++writer->once_waiting > ONCE_MAX) {
			writer->dropped++;
			return 0;
		}
		return encoder_add(&writer->encoder, record);
	}
}

/* ---- the next file --------------------------------------------------------------------------- */
void writer_put_index(struct trace_writer *writer, const struct base_entry *bases, size_t count,
		      uint64_t first_ns, uint64_t last_ns)
{
	struct trace_tail tail = { .index_offset = writer->offset, .magic = TRACE_TAIL_MAGIC };
	struct base_entry last = { 0, 0 };
	size_t i;

	put_varint(&writer->plain, count);
	for (i = 0; i < count; i++) {
		put_varint(&writer->plain, bases[i].offset - last.offset);
		put_varint(&writer->plain, bases[i].to_ns - last.to_ns);
		last = bases[i];
	}
	if (!put_chunk(writer, TRACE_INDEX, 0, first_ns, last_ns))
		put_bytes(&writer->out.backlog, &tail, sizeof(tail));
}

static void end_file(struct trace_writer *writer)
{
	if (writer->first_ns)
		writer_put_index(writer, writer->bases, writer->base_count, writer->first_ns,
				 writer->last_ns);
}

int trace_writer_continue(struct trace_writer *writer, int fd, const char *name)
{
	int error = 0;

	if (!writer->out.backlog.count) {
		end_file(writer);
		sink_flush(&writer->out);
	}
	sink_replace(&writer->out, fd, name);
	writer->base_count = 0;
	writer_put_head(writer);
	if (writer->first_ns)
		error = begin_file(writer, writer->last_ns);
	sink_flush(&writer->out);
	return error;
}

int trace_writer_flush(struct trace_writer *writer)
{
	if (writer->out.backlog.count)
		sink_flush(&writer->out);
	return writer->out.backlog.count ? writer->out.error : 0;
}

uint64_t trace_writer_bytes(const struct trace_writer *writer)
{
	return writer->offset;
}

uint64_t trace_writer_merged(const struct trace_writer *writer)
{
	return writer->merged;
}

/* ---- the end --------------------------------------------------------------------------------- */
static int say_missing(const struct trace_writer *writer, struct err *e)
{
	if (!writer->first_ns) {
		if (writer->path)
			unlink(writer->path); /* an empty trace is useless */
		return err_set(e, ERR_FAILED, "nothing was recorded: the watch ended too early");
	}
	if (writer->out.backlog.count)
		return err_set(e, ERR_FAILED, "%s lacks the last windows: %s; the rest can be read",
			       writer->out.name, strerror(writer->out.error));
	if (writer->merged || writer->dropped)
		snprintf(e->text, sizeof(e->text),
			 "%s did not take everything in time: %llu windows are merged with the "
			 "next one, %llu stalls or ends of threads are left out",
			 writer->out.name, (unsigned long long)writer->merged,
			 (unsigned long long)writer->dropped);
	return 0;
}

void writer_free(struct trace_writer *writer)
{
	deflateEnd(&writer->deflate);
	encoder_free(&writer->encoder);
	buffer_free(&writer->plain);
	free(writer->path);
	free(writer->once);
	free(writer->bases);
	free(writer);
}

int trace_writer_close(struct trace_writer *writer, struct err *e)
{
	int result, error;

	if (!writer)
		return 0;
	end_file(writer);
	sink_flush_patiently(&writer->out);
	result = say_missing(writer, e);
	error = sink_close(&writer->out);
	if (error && !result)
		result = err_set(e, ERR_FAILED, "cannot finish %s: %s", writer->out.name,
				 strerror(error));
	writer_free(writer);
	return result;
}
