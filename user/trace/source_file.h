/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file source: one recording, in one file or several that follow each other. Takes open fds;
 * yields the records of a time range, as the live source yielded them.
 */
#ifndef BOUNDBY_TRACE_SOURCE_FILE_H
#define BOUNDBY_TRACE_SOURCE_FILE_H

#include <stddef.h>
#include <sys/types.h>

#include "trace/source.h"

#define TRACE_MAX_SETTINGS 64

/* What is known once the files are open. */
struct trace_facts {
	struct record_capture capture;
	struct record_host host;
	struct record_setting settings[TRACE_MAX_SETTINGS];
	size_t setting_count;
	uint64_t first_ns, last_ns; /* boundaries, CLOCK_MONOTONIC of the host that recorded */
	bool ended; /* the last file was ended in peace */
};

/* What is wanted of it. All zero: everything. */
struct trace_range {
	uint64_t from_ns, to_ns; /* 0: from the start, to the end; widened to whole windows */
	const pid_t *pids; /* these and their children, unless no_children */
	size_t pid_count;
	const pid_t *tids; /* these threads alone */
	size_t tid_count;
	bool no_children;
};

/* What could not be read, so far. */
struct trace_damage {
	uint64_t bytes; /* skipped */
	uint64_t missing_ns; /* between windows that are there */
	uint64_t windows; /* that were read, but not understood */
};

/*
 * Takes ownership of count fds, closed with the source, of the files in names (borrowed), in any
 * order. 0, or -1 with e filled.
 */
int source_file_open(const int *fds, const char *const *names, size_t count, struct source **ret,
		     struct err *e);

const struct trace_facts *source_file_facts(const struct source *source);

/* Before the first record is taken. 0, or -1 with e filled: nothing lies in the range. */
int source_file_select(struct source *source, const struct trace_range *range, struct err *e);

const struct trace_damage *source_file_damage(const struct source *source);

/* How much of the range was read, 0..1. */
double source_file_progress(const struct source *source);

#endif
