// SPDX-License-Identifier: GPL-2.0-or-later
/* Which chunks are read, in which order, and where a window of the range begins and ends in them. */
#include <errno.h>

#include "trace/source_file_parts.h"

static struct chunks *current(struct source_file *file)
{
	return &file->recording.files[file->file];
}

/* Holds the next chunk that has a snapshot. 1, 0 there is none, negative errno. */
static int hold(struct source_file *file)
{
	uint64_t before;
	int got;

	while (!file->held && file->file < file->recording.count) {
		struct chunks *chunks = current(file);

		before = chunks->damaged_bytes;
		got = chunks_next(chunks);
		file->damage.bytes += chunks->damaged_bytes - before;
		if (got < 0)
			return got;
		if (!got) {
			file->file++;
			continue;
		}
		if (chunks->chunk.gap)
			decoder_gap(&file->decoder);
		if (chunks->chunk.head.type == TRACE_SCHEMA &&
		    decode_schema(&file->decoder, chunks->chunk.plain.bytes,
				  chunks->chunk.plain.count))
			file->damage.windows++;
		file->held = chunks->chunk.head.type == TRACE_BASE ||
			     chunks->chunk.head.type == TRACE_WINDOW;
	}
	return file->held;
}

/* A window that does not begin where the last one ended follows one that is lost. */
static bool follows_gap(const struct source_file *file)
{
	const struct trace_chunk *head = &file->recording.files[file->file].chunk.head;

	return head->type == TRACE_WINDOW && file->decoder.based &&
	       head->from_ns > file->boundary_ns;
}

/*
 * Windows are not cut to the second: a boundary that is a small part of one beside the moment that
 * was asked for is meant by it.
 */
static uint64_t slack(const struct trace_chunk *head)
{
	return (head->to_ns - head->from_ns) / 8;
}

/* Decodes the held chunk. 1: its snapshot is in the decoder, 0: it is not, negative errno. */
static int decode_held(struct source_file *file)
{
	const struct chunk *chunk = &current(file)->chunk;
	const struct trace_chunk *head = &chunk->head;
	int error;

	file->held = false;
	if (head->type == TRACE_WINDOW)
		file->slack_ns = slack(head);
	if (head->to_ns < file->boundary_ns || (head->type == TRACE_WINDOW && file->decoder.based &&
						head->from_ns < file->boundary_ns)) {
		file->damage.windows++; /* time does not go back */
		return 0;
	}
	error = head->type == TRACE_BASE ?
			decode_base(&file->decoder, chunk->plain.bytes, chunk->plain.count,
				    head->to_ns) :
			decode_window(&file->decoder, chunk->plain.bytes, chunk->plain.count,
				      head->from_ns, head->to_ns);
	if (error == -ENOMEM)
		return error;
	file->damage.windows += error != 0;
	return !error;
}

/* Does no other window follow in the range? Negative errno. */
static int is_last(struct source_file *file)
{
	int got;

	if (file->range.to_ns && file->boundary_ns + file->slack_ns >= file->range.to_ns)
		return 1;
	got = hold(file);
	return got < 0 ? got : !got;
}

/* Does the range start later than here? Negative errno. */
static int is_before_range(struct source_file *file)
{
	const struct trace_chunk *head;
	int got;

	if (file->begun || !file->range.from_ns)
		return 0;
	got = hold(file);
	if (got <= 0)
		return got;
	head = &current(file)->chunk.head;
	return head->to_ns <= file->range.from_ns + slack(head);
}

/* ---- windows --------------------------------------------------------------------------------- */
void source_file_begin(struct source_file *file, enum stage stage)
{
	file->stage = stage;
	file->at = 0;
}

/* A lost range becomes a separate window, with nothing known. */
static void begin_gap(struct source_file *file)
{
	uint64_t from_ns = current(file)->chunk.head.from_ns;

	decoder_gap(&file->decoder);
	file->ahead = false;
	file->damage.missing_ns += from_ns - file->boundary_ns;
	file->reader_lost++;
	file->boundary_ns = from_ns;
	file->last = false;
	source_file_begin(file, STAGE_STATE);
}

int source_file_advance(struct source_file *file)
{
	bool base;
	int got;

	for (;;) {
		got = hold(file);
		if (got <= 0)
			break;
		if (file->begun && follows_gap(file)) {
			begin_gap(file);
			return 1;
		}
		base = current(file)->chunk.head.type == TRACE_BASE;
		if (base && file->begun && file->decoder.based &&
		    (file->ahead || current(file)->chunk.head.to_ns == file->boundary_ns)) {
			got = decode_held(file);
			if (got < 0)
				return got;
			if (got)
				file->boundary_ns = file->decoder.to_ns;
			file->ahead = false;
			continue; /* it contains nothing that is wanted */
		}
		if (!base && !file->decoder.based) {
			file->held = false;
			continue; /* of rows that are not known */
		}
		got = decode_held(file);
		if (got < 0)
			return got;
		if (!got)
			continue;
		file->boundary_ns = file->decoder.to_ns;
		got = is_before_range(file);
		if (got < 0)
			return got;
		if (got)
			continue;
		got = is_last(file);
		if (got < 0)
			return got;
		file->last = got && file->begun;
		source_file_begin(file, file->begun || file->boundary_ns ==
								file->recording.facts.first_ns ?
						STAGE_ONCE :
						STAGE_STATE);
		return 1;
	}
	if (got || !file->begun || file->last || !file->decoder.based)
		return got;
	/* the chunk that was to follow was not there: what came before it was the last */
	file->last = true;
	source_file_begin(file, STAGE_STATE);
	return 1;
}

/* ---- leaving windows out --------------------------------------------------------------------- */
/*
 * The last base among the next windows that are not wanted, `more` of them at most. Returns how many
 * come before it, 0: there is none that helps.
 */
static uint64_t find_base(struct source_file *file, uint64_t more, uint64_t *ret_offset)
{
	struct chunks *chunks = current(file);
	uint64_t at = file->held ? chunks->chunk.offset : chunks->offset, next, windows = 0;
	uint64_t found = 0;
	struct trace_chunk head;

	for (; chunks_head(chunks, at, &head, &next) > 0; at = next) {
		if (head.type == TRACE_BASE && windows) {
			found = windows;
			*ret_offset = at;
		}
		if (head.type != TRACE_WINDOW)
			continue;
		if (windows == more || !(head.flags & TRACE_QUIET) ||
		    (file->range.to_ns && head.to_ns + slack(&head) >= file->range.to_ns))
			break;
		windows++;
	}
	return found;
}

/* A BASE contains everything that the windows before it would: they need not be read. */
uint64_t source_file_leave_out(struct source *source, uint64_t more)
{
	struct source_file *file = (struct source_file *)source;
	uint64_t offset, left_out = 0;

	file->stage = STAGE_SEEK;
	if (!more || file->file == file->recording.count || file->decoder.gap ||
	    file->decoder.shifted)
		return 0;
	left_out = find_base(file, more, &offset);
	if (left_out) {
		chunks_seek(current(file), offset);
		file->held = false;
		file->ahead = true;
	}
	return left_out;
}

/* The last BASE that is not after the range's start. */
static void seek_base(struct source_file *file)
{
	uint64_t from_ns = file->range.from_ns;
	size_t i, j, base = 0;
	bool found = false;

	for (i = 0; i < file->recording.count; i++)
		for (j = 0; j < file->recording.files[i].base_count; j++)
			if (file->recording.files[i].bases[j].to_ns <= from_ns) {
				file->file = i;
				base = j;
				found = true;
			}
	if (found)
		chunks_seek(current(file), file->recording.files[file->file].bases[base].offset);
}

int source_file_seek(struct source_file *file)
{
	int got;

	/* the schema comes first, wherever reading begins */
	do
		got = hold(file);
	while (got > 0 && !file->decoder.kind_count && !(file->held = false));
	if (got < 0)
		return got;
	file->held = false;
	seek_base(file);
	return 0;
}
