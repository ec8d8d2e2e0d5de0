/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known of a recording, what is asked of it, and what was damaged: plain data. */
#ifndef BOUNDBY_TRACE_TRACE_FACTS_H
#define BOUNDBY_TRACE_TRACE_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "trace/record.h"

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

#endif
