// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Turns what chunks hold into records. Reading starts at the last BASE before the range; a window is
 * yielded once it is known whether another follows.
 */
#include "trace/source_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace/source_file_parts.h"

static void source_file_close(struct source *source)
{
	struct source_file *file = (struct source_file *)source;

	recording_close(&file->recording);
	decoder_free(&file->decoder);
	row_filter_free(&file->filter);
	free(file);
}

/* ---- records --------------------------------------------------------------------------------- */
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
	source_file_begin(file, STAGE_STATE);
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
	return err_set(e, ERR_FAILED, "out of memory; give a shorter range with --from and --to");
}

static int fail(const struct source_file *file, int error, struct err *e)
{
	if (error == -ENOMEM)
		return no_memory(e);
	return err_set(
		e, ERR_FAILED, "cannot read '%s': %s",
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
			got = file->last ? 0 : source_file_advance(file);
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

int source_file_select(struct source *source, const struct trace_range *range, struct err *e)
{
	struct source_file *file = (struct source_file *)source;
	const struct trace_facts *facts = &file->recording.facts;
	int got;

	if ((range->from_ns && range->from_ns >= facts->last_ns) ||
	    (range->to_ns && range->to_ns <= facts->first_ns) ||
	    (range->to_ns && range->from_ns >= range->to_ns))
		return err_set(e, ERR_USAGE, "nothing was recorded in that range; %s",
			       range->to_ns && range->from_ns >= range->to_ns ?
				       "it ends before it begins" :
				       "`boundby report FILE` says from when to when it goes");
	file->range = *range;
	if (!range->from_ns)
		return 0;
	got = source_file_seek(file);
	return got < 0 ? fail(file, got, e) : 0;
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
