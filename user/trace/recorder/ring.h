/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The last moments in memory, in full detail. Takes the record stream; returns on request a trace
 * of at least the last ring_ns, unless that exceeds max_bytes.
 */
#ifndef BOUNDBY_TRACE_RECORDER_RING_H
#define BOUNDBY_TRACE_RECORDER_RING_H

#include "trace/codec/bytes.h"
#include "trace/record.h"

struct ring;
struct trace_writer;

/*
 * beside (borrowed): a writer that is given the same records, each behind the ring's. The state of
 * all that lives is held once, by it. NULL: the ring holds it itself. max_bytes: of encoded windows; what the encoder itself knows
 * comes on top. NULL: out of memory.
 */
struct ring *ring_new(uint64_t ring_ns, uint64_t max_bytes, struct trace_writer *beside);
void ring_free(struct ring *ring); /* NULL is allowed */

/* As trace_writer_setting and trace_writer_put. 0 or -ENOMEM. */
int ring_setting(struct ring *ring, const char *name, double value);
int ring_put(struct ring *ring, const struct record *record);

/* Boundaries from which to which it reaches; equal: it holds no window. */
void ring_span(const struct ring *ring, uint64_t *ret_from_ns, uint64_t *ret_to_ns);

/* Is it shorter than ring_ns because of max_bytes? */
bool ring_is_cut(const struct ring *ring);

/* Appends the trace, a whole file, to ret. 0 or -ENOMEM. */
int ring_trace(struct ring *ring, struct buffer *ret);

#endif
