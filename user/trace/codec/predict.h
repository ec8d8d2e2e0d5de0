/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows whose sums grow by about the same amount in each window. Takes the values written; returns
 * the values predicted for the next window: writer, reader and quantize.c predict the same.
 */
#ifndef BOUNDBY_TRACE_CODEC_PREDICT_H
#define BOUNDBY_TRACE_CODEC_PREDICT_H

#include "trace/fields.h"

/* Of one row. All zero: nothing was written yet. */
struct prediction {
	uint64_t windows; /* as predicted since it was written */
	uint64_t *sums; /* as last written; then the growth of each per window */
};

/* Sums of a kind lie next to each other: how many, and in ret_offset where. 0: it has none such. */
size_t predict_sums(int row, size_t *ret_offset);

/* Which of them are times: from *ret_from on, up to the one that is returned. */
size_t predict_times(int row, size_t *ret_from, size_t *ret_offset);

/*
 * The row was written: the growth of its sums since the previous time, divided by the windows in
 * between, becomes their predicted growth. 0 or -ENOMEM.
 */
int predict_update(struct prediction *steady, int row, const uint8_t *values);

/*
 * Turns values as of from_ns into the values predicted for to_ns. A thread that enters its state
 * repeatedly has, at to_ns, been in it for as long as at from_ns. Not done here: the time of the
 * state that a thread is in (residual.h), and end_ns.
 */
void predict_go_on(const struct prediction *steady, int row, uint64_t from_ns, uint64_t to_ns,
		   uint8_t *values);

/* What a thread's time in a state is expected to grow by. */
uint64_t predict_state_step(const struct prediction *steady, uint32_t state);

void predict_free(struct prediction *steady);

#endif
