/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows whose sums grow by about as much in each window. Receives the values that were told; hands on
 * what is expected of the next window: writer, reader and quantize.c expect the same.
 */
#ifndef BOUNDBY_TRACE_CODEC_PREDICT_H
#define BOUNDBY_TRACE_CODEC_PREDICT_H

#include "trace/fields.h"

/* Of one row. All zero: nothing was told yet. */
struct prediction {
	uint64_t windows; /* that went as expected since it was told */
	uint64_t *sums; /* as they were told last; then by how much each grows in a window */
};

/* Sums of a kind lie next to each other: how many, and in ret_offset where. 0: it has none such. */
size_t predict_sums(int row, size_t *ret_offset);

/* Which of them are times: from *ret_from on, up to the one that is returned. */
size_t predict_times(int row, size_t *ret_from, size_t *ret_offset);

/*
 * Something was told of the row: what its sums have grown by since the time before is what they are
 * expected to grow by, divided by the windows in between. 0 or -ENOMEM.
 */
int predict_tell(struct prediction *steady, int row, const uint8_t *values);

/*
 * Makes values as of from_ns those that are expected at to_ns: sums grow. Who goes into its state
 * again and again has, at to_ns, been in it for as long as at from_ns. Not done here: what the state
 * that a thread is in takes (residual.h), and end_ns.
 */
void predict_go_on(const struct prediction *steady, int row, uint64_t from_ns, uint64_t to_ns,
		   uint8_t *values);

/* What a thread's time in a state is expected to grow by. */
uint64_t predict_state_step(const struct prediction *steady, uint32_t state);

void predict_free(struct prediction *steady);

#endif
