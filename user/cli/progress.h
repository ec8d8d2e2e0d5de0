/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one line on a terminal's stderr that says how far a watch, or the reading of a trace, is.
 * Where stderr is no terminal, none of these functions prints anything.
 */
#ifndef BOUNDBY_CLI_PROGRESS_H
#define BOUNDBY_CLI_PROGRESS_H

#include "cli/options/option_set.h"
#include "trace/source.h"
#include "verdict/timeline.h"

struct progress {
	bool terminal;
	bool shown; /* the line is on the screen */
	uint64_t since_ns; /* CLOCK_MONOTONIC */
	const struct options *watch; /* NULL: a trace is read */
	const struct source *file; /* NULL: live */
};

/* Shows at once what is watched: attaching takes a while by itself. */
void progress_watch(struct progress *ret, const struct options *options);

/* Of a file source. Shows nothing before half a second has gone by. */
void progress_read(struct progress *ret, const struct source *file);

/* For struct pipeline, after each window. timeline: those so far, NULL where none is judged. */
void progress_show(void *arg, const struct timeline *timeline);

/* Takes the line off the screen, so that something else can be printed. */
void progress_clear(void *arg);

#endif
