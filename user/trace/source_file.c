// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Turns chunks into records. Reading starts at the last BASE before the range; a window is yielded
 * once it is known whether another follows.
 */
#include "trace/source_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exit_codes.h"
#include "trace/codec/decode.h"
#include "trace/recording.h"
#include "trace/row_filter.h"

enum stage {
	STAGE_SEEK, /* no chunk is held yet */
	STAGE_CAPTURE, /* capture, host, settings are next */
	STAGE_ONCE, /* the one-shot records of the chunk */
	STAGE_STATE, /* its state, behind the SNAPSHOT */
	STAGE_BOUNDARY,
	STAGE_END,
};

struct source_file {
	struct source source; /* first: the interface */
	struct recording recording;
	size_t file; /* the one of its files that is being read */
	struct decoder decoder;
	struct trace_range range;
	struct trace_damage damage;
	enum stage stage;
	size_t at; /* in the stage */
	bool held; /* chunks' chunk of the current file is read, but not delivered */
	bool begun; /* the boundary that opens the window was delivered */
	bool last; /* the chunk in hand closes the window */
	bool ahead; /* the next base is where reading goes on: windows before it were left out */
	uint64_t boundary_ns; /* of the chunk in hand */
	uint64_t slack_ns; /* of the window in hand */
	uint64_t reader_lost; /* windows that damage took */
	struct row_filter filter;
};

static void source_file_close(struct source *source)
{
	struct source_file *file = (struct source_file *)source;

	recording_close(&file->recording);
	decoder_free(&file->decoder);
	row_filter_free(&file->filter);
	free(file);
}

/* ---- chunks ---------------------------------------------------------------------------------- */
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

/* ---- records --------------------------------------------------------------------------------- */
static void begin_snapshot(struct source_file *file, enum stage stage)
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
	begin_snapshot(file, STAGE_STATE);
}

/* Decodes up to the next snapshot to deliver. 1: there is one, 0: the end, negative errno. */
static int advance(struct source_file *file)
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
		begin_snapshot(file,
			       file->begun || file->boundary_ns == file->recording.facts.first_ns ?
				       STAGE_ONCE :
				       STAGE_STATE);
		return 1;
	}
	if (got || !file->begun || file->last || !file->decoder.based)
		return got;
	/* the chunk that was to follow was not there: what came before it was the last */
	file->last = true;
	begin_snapshot(file, STAGE_STATE);
	return 1;
}

static void put_snapshot(const struct source_file *file, struct record *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->kind = RECORD_SNAPSHOT;
	ret->snapshot.at_ns = file->boundary_ns;
	ret->snapshot.last = file->last;
}

/* The next record of the capture's own. False: that was all. */
static bool next_capture(struct source_file *file, struct record *ret)
{
	size_t at = file->at++;

	memset(ret, 0, sizeof(*ret));
	if (at == 0) {
		ret->kind = RECORD_CAPTURE;
		ret->capture = file->recording.facts.capture;
		ret->capture.from_trace = true;
	} else if (at == 1) {
		ret->kind = RECORD_HOST;
		ret->host = file->recording.facts.host;
	} else if (at - 2 < file->recording.facts.setting_count) {
		ret->kind = RECORD_SETTING;
		ret->setting = file->recording.facts.settings[at - 2];
	} else {
		return false;
	}
	return true;
}

static bool is_of_capture(enum record_kind kind)
{
	return kind == RECORD_CAPTURE || kind == RECORD_HOST || kind == RECORD_SETTING;
}

/* The next one-shot record of the chunk; then the SNAPSHOT mark before its state. */
static bool next_once(struct source_file *file, struct record *ret)
{
	while (file->at < file->decoder.once_state) {
		decoder_once(&file->decoder, file->at++, ret);
		if (!is_of_capture(ret->kind) && row_filter_keeps(&file->filter, ret))
			return true;
	}
	begin_snapshot(file, STAGE_STATE);
	return false;
}

/* The mark, then all rows; last the one-shot records of what is in progress. */
static bool next_state(struct source_file *file, struct record *ret)
{
	const struct decoder *decoder = &file->decoder;
	size_t rows = decoder->table.count, once = decoder->once_count - decoder->once_state, at;

	if (!file->at++) {
		put_snapshot(file, ret);
		return true;
	}
	for (; file->at - 2 < rows + once; file->at++) {
		at = file->at - 2;
		if (at >= rows)
			decoder_once(decoder, decoder->once_state + at - rows, ret);
		else if (!decoder_state(decoder, at, ret))
			continue;
		if (!row_filter_keeps(&file->filter, ret))
			continue;
		if (ret->kind == RECORD_LOSS)
			ret->loss.count[LOSS_READER] += file->reader_lost;
		return true;
	}
	file->stage = STAGE_BOUNDARY;
	return false;
}

static int no_memory(struct err *e)
{
	return err_set(e, EXIT_FAILED, "out of memory; give a shorter range with --from and --to");
}

static int fail(const struct source_file *file, int error, struct err *e)
{
	if (error == -ENOMEM)
		return no_memory(e);
	return err_set(
		e, EXIT_FAILED, "cannot read '%s': %s",
		file->recording.files[file->file < file->recording.count ? file->file : 0].name,
		strerror(-error));
}

static int source_file_next(struct source *source, struct record *ret, struct err *e)
{
	struct source_file *file = (struct source_file *)source;
	int got;

	for (;;) {
		switch (file->stage) {
		case STAGE_CAPTURE:
			if (next_capture(file, ret))
				return 1;
			file->stage = STAGE_SEEK;
			break;
		case STAGE_SEEK:
			got = file->last ? 0 : advance(file);
			if (got < 0)
				return fail(file, got, e);
			if (!got)
				file->stage = STAGE_END;
			break;
		case STAGE_ONCE:
			if (next_once(file, ret))
				return 1;
			break;
		case STAGE_STATE:
			if (next_state(file, ret))
				return 1;
			break;
		case STAGE_BOUNDARY:
			memset(ret, 0, sizeof(*ret));
			ret->kind = RECORD_BOUNDARY;
			ret->boundary.at_ns = file->boundary_ns;
			file->begun = true;
			file->stage = STAGE_SEEK;
			return 1;
		case STAGE_END:
			return 0;
		}
	}
}

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
static uint64_t source_file_leave_out(struct source *source, uint64_t more)
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

/* ---- the interface --------------------------------------------------------------------------- */
int source_file_open(const int *fds, const char *const *names, size_t count, struct source **ret,
		     struct err *e)
{
	static const struct source_ops ops = { .next = source_file_next,
					       .leave_out = source_file_leave_out,
					       .close = source_file_close };
	struct source_file *file = calloc(1, sizeof(*file));
	size_t i;

	if (!file) {
		for (i = 0; i < count; i++)
			close(fds[i]);
		return no_memory(e);
	}
	file->source.ops = &ops;
	file->stage = STAGE_CAPTURE;
	file->filter.range = &file->range;
	decoder_init(&file->decoder);
	if (recording_open(&file->recording, fds, names, count, e)) {
		source_file_close(&file->source);
		return -1;
	}
	*ret = &file->source;
	return 0;
}

const struct trace_facts *source_file_facts(const struct source *source)
{
	return &((const struct source_file *)source)->recording.facts;
}

/* The last BASE that is not after the range's start. */
static void seek(struct source_file *file)
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

int source_file_select(struct source *source, const struct trace_range *range, struct err *e)
{
	struct source_file *file = (struct source_file *)source;
	const struct trace_facts *facts = &file->recording.facts;
	int got;

	if ((range->from_ns && range->from_ns >= facts->last_ns) ||
	    (range->to_ns && range->to_ns <= facts->first_ns) ||
	    (range->to_ns && range->from_ns >= range->to_ns))
		return err_set(e, EXIT_USAGE, "nothing was recorded in that range; %s",
			       range->to_ns && range->from_ns >= range->to_ns ?
				       "it ends before it begins" :
				       "`boundby report FILE` says from when to when it goes");
	file->range = *range;
	if (!range->from_ns)
		return 0;
	/* the schema comes first, wherever reading begins */
	do
		got = hold(file);
	while (got > 0 && !file->decoder.kind_count && !(file->held = false));
	if (got < 0)
		return fail(file, got, e);
	file->held = false;
	seek(file);
	return 0;
}

const struct trace_damage *source_file_damage(const struct source *source)
{
	return &((const struct source_file *)source)->damage;
}

double source_file_progress(const struct source *source)
{
	const struct source_file *file = (const struct source_file *)source;
	uint64_t from = file->range.from_ns ? file->range.from_ns : file->recording.facts.first_ns;
	uint64_t to = file->range.to_ns ? file->range.to_ns : file->recording.facts.last_ns;

	if (file->boundary_ns <= from || to <= from)
		return 0;
	return file->boundary_ns >= to ? 1 :
					 (double)(file->boundary_ns - from) / (double)(to - from);
}
