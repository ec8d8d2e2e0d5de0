/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The trace writer: a listener on the record stream. Receives records; hands on a file that only
 * grows and is whole up to the last boundary, whatever ends the writer.
 */
#ifndef BOUNDBY_TRACE_WRITER_H
#define BOUNDBY_TRACE_WRITER_H

#include "lib/err.h"
#include "trace/record.h"

struct trace_writer;

/*
 * Creates the file, which must not be there, mode 0600; "-" is standard output. 0, or -1 with e
 * filled.
 */
int trace_writer_open(const char *path, struct trace_writer **ret, struct err *e);

/* Notes a threshold that the user set, before the first boundary. 0 or -ENOMEM. */
int trace_writer_setting(struct trace_writer *writer, const char *name, double value);

/*
 * Takes a record; a boundary writes what came since the one before. A place that takes nothing
 * costs resolution first: windows merge until it does again. 0 or -ENOMEM.
 */
int trace_writer_put(struct trace_writer *writer, const struct record *record);

/*
 * Writes the index and closes the file. 0, with a text in e if detail was given up; or -1 with e
 * filled: what the file lacks and why. The writer is gone either way. NULL is allowed.
 */
int trace_writer_close(struct trace_writer *writer, struct err *e);

#endif
