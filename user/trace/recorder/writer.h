/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The trace writer: a listener on the record stream. Writes a file that is only appended to and is
 * complete up to the last snapshot, however the writer ends.
 */
#ifndef BOUNDBY_TRACE_RECORDER_WRITER_H
#define BOUNDBY_TRACE_RECORDER_WRITER_H

#include "lib/err.h"
#include "trace/record.h"

struct trace_writer;

/*
 * Creates the file, which must not be there, mode 0600; "-" is standard output. 0, or -1 with e
 * filled.
 */
int trace_writer_open(const char *path, struct trace_writer **ret, struct err *e);

/* The wall clock was set: the next file carries it from its start. */
void trace_writer_clock(struct trace_writer *writer, uint64_t realtime_ns);

/* Notes a threshold that the user set, before the first boundary. 0 or -ENOMEM. */
int trace_writer_setting(struct trace_writer *writer, const char *name, double value);

/*
 * Takes a record; a boundary writes what came since the one before. A place that takes nothing
 * costs resolution first: windows merge until it does again. 0 or -ENOMEM.
 */
int trace_writer_put(struct trace_writer *writer, const struct record *record);

/*
 * Ends the file at the last boundary and goes on in another one, which begins there: a trace by
 * itself, and with the one before without a gap. fd (taken over in any case) is of a new, empty,
 * regular file opened to append, or -1: there is no place for now; name is for messages. What the
 * old file did not take is lost: do this while something waits only when that file is gone.
 * Between boundaries or before the first. 0 or -ENOMEM.
 */
int trace_writer_continue(struct trace_writer *writer, int fd, const char *name);

/* Tries to write what waits. 0: nothing waits any more; else the errno that the place gave. */
int trace_writer_flush(struct trace_writer *writer);

/* How large the file is, with what waits; and how many windows had to join the next one so far. */
uint64_t trace_writer_bytes(const struct trace_writer *writer);
uint64_t trace_writer_merged(const struct trace_writer *writer);

/*
 * Writes the index and closes the file. 0, with a text in e if detail was given up; or -1 with e
 * filled: what the file lacks and why. The writer is gone either way. NULL is allowed.
 */
int trace_writer_close(struct trace_writer *writer, struct err *e);

#endif
