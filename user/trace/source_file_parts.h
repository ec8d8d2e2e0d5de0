/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the file source is made of: private to source_file*.c. */
#ifndef BOUNDBY_TRACE_SOURCE_FILE_PARTS_H
#define BOUNDBY_TRACE_SOURCE_FILE_PARTS_H

#include "trace/codec/decode.h"
#include "trace/recording.h"
#include "trace/row_filter.h"
#include "trace/source.h"
#include "trace/trace_facts.h"

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

/* ---- source_file_chunks.c: from chunk to chunk ---- */
/* Goes on with a stage from its start. */
void source_file_begin(struct source_file *file, enum stage stage);

/*
 * Decodes up to the next snapshot to deliver, and chooses the stage that delivers it. 1: there is
 * one, 0: the end, negative errno.
 */
int source_file_advance(struct source_file *file);

/* Reading goes on at the last BASE that is not after the start of the range. 0 or negative errno. */
int source_file_seek(struct source_file *file);

/* For struct source_ops. */
uint64_t source_file_leave_out(struct source *source, uint64_t more);

#endif
