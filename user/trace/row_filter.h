/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which records of a trace are of the processes and threads that were asked for. */
#ifndef BOUNDBY_TRACE_ROW_FILTER_H
#define BOUNDBY_TRACE_ROW_FILTER_H

#include "lib/index.h"
#include "trace/trace_facts.h"

struct row_filter {
	const struct trace_range *range; /* borrowed */
	struct index kept_threads; /* id -> 1 kept, 0 not */
	struct index kept_processes; /* pid -> 1 */
};

/* Threads come first in each snapshot: they carry their process and its parent. */
bool row_filter_keeps(struct row_filter *filter, const struct record *record);
void row_filter_free(struct row_filter *filter);

#endif
