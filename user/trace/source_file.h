/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file source: one recording, in one file or several that follow each other. Takes open fds;
 * yields the records of a time range, as the live source yielded them.
 */
#ifndef BOUNDBY_TRACE_SOURCE_FILE_H
#define BOUNDBY_TRACE_SOURCE_FILE_H

#include <stddef.h>

#include "trace/source.h"
#include "trace/trace_facts.h"

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
