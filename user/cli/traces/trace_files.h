/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files that a report is made from, open. */
#ifndef BOUNDBY_CLI_TRACE_FILES_H
#define BOUNDBY_CLI_TRACE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/err.h"

#define TRACE_INPUT_MAX_FILES 4096

struct trace_input {
	int fds[TRACE_INPUT_MAX_FILES];
	char *names[TRACE_INPUT_MAX_FILES]; /* owned; alive until the source is closed */
	bool incident[TRACE_INPUT_MAX_FILES]; /* by its name: the ring of a flight recorder */
	bool recorder; /* files of a flight recorder are among them */
	size_t count;
	pid_t *pids; /* of the processes that -p and -n choose in it */
	size_t pid_count;
};

/*
 * Opens what a name says: a trace, or all traces (*.bbt) of a directory. Reads nothing, unless the
 * name is "-": stdin, where a pipe is copied to its end. 0, or -1 with e filled.
 */
int trace_input_add(struct trace_input *input, const char *name, struct err *e);

/* Closes what the source did not take over. */
void trace_input_free(struct trace_input *input);

#endif
