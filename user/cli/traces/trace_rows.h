/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The processes and threads that -p, -t and -n choose in a recording. */
#ifndef BOUNDBY_CLI_TRACE_ROWS_H
#define BOUNDBY_CLI_TRACE_ROWS_H

#include "cli/options/option_set.h"
#include "cli/traces/trace_files.h"
#include "trace/trace_facts.h"

/* Do the options choose among the processes and threads of a trace at all? */
bool trace_rows_chosen(const struct options *options);

/*
 * Reads the range once for the processes that the options choose: those of -p, and those that had a
 * name of -n at any time. Fills pids and pid_count of the input with them. fds: copies of the
 * input's files, which it closes. 0, or -1 with e filled (ERR_NO_TARGET: none of them is there).
 */
int trace_rows_find(struct trace_input *input, const int *fds, const struct options *options,
		    const struct trace_range *range, struct err *e);

#endif
