// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Linear prediction of sums from the rows written so far. All arithmetic is modulo 2^64: a hostile
 * file gives wrong sums, as it can anyway.
 */
#include "trace/codec/predict.h"

#include <errno.h>
#include <stdlib.h>

#define SUMS_FROM offsetof(struct record_thread, state_ns)
#define SUMS_TO (offsetof(struct record_thread, in_idle) + sizeof(uint64_t))
#define THREAD_SUMS ((SUMS_TO - SUMS_FROM) / sizeof(uint64_t))

_Static_assert(THREAD_SUMS == 2 * NR_STATES + 7, "a thread's sums, and nothing else");
_Static_assert(offsetof(struct record_waker, ns) ==
		       offsetof(struct record_waker, count) + sizeof(uint64_t),
	       "a waker's sums, and nothing else");

size_t predict_sums(int row, size_t *ret_offset)
{
	switch (row) {
	case ROW_THREAD:
		*ret_offset = SUMS_FROM;
		return THREAD_SUMS;
	case ROW_WAKER:
		*ret_offset = offsetof(struct record_waker, count);
		return 2;
	default:
		return 0;
	}
}

size_t predict_times(int row, size_t *ret_from, size_t *ret_offset)
{
	size_t count = predict_sums(row, ret_offset);

	*ret_from = row == ROW_WAKER; /* its count comes first */
	return row == ROW_THREAD ? NR_STATES : count;
}

int predict_update(struct prediction *steady, int row, const uint8_t *values)
{
	size_t offset = 0, count = predict_sums(row, &offset), i;
	bool first = !steady->sums;
	uint64_t *written, *step, value;

	if (!count)
		return 0;
	if (first)
		steady->sums = calloc(2 * count, sizeof(*steady->sums));
	if (!steady->sums)
		return -ENOMEM;
	written = steady->sums;
	step = written + count;
	for (i = 0; i < count; i++) {
		memcpy(&value, values + offset + i * sizeof(value), sizeof(value));
		if (!first)
			step[i] = (uint64_t)((int64_t)(value - written[i]) /
					     (int64_t)(steady->windows + 1));
		written[i] = value;
	}
	steady->windows = 0;
	return 0;
}

/* Whether the thread entered its state again in each window. */
static bool comes_again(const struct prediction *steady, uint32_t state)
{
	return state < NR_STATES && steady->sums[THREAD_SUMS + NR_STATES + state];
}

void predict_go_on(const struct prediction *steady, int row, uint64_t from_ns, uint64_t to_ns,
		   uint8_t *values)
{
	size_t offset = 0, count = predict_sums(row, &offset), i;
	struct record_thread *thread = (struct record_thread *)values;
	uint64_t *sums = (uint64_t *)(values + offset);

	if (!count || !steady->sums)
		return;
	for (i = 0; i < count; i++)
		sums[i] += steady->sums[count + i];
	if (row == ROW_THREAD && comes_again(steady, thread->state))
		thread->entered_ns += to_ns - from_ns;
}

uint64_t predict_state_step(const struct prediction *steady, uint32_t state)
{
	return steady->sums && state < NR_STATES ? steady->sums[THREAD_SUMS + state] : 0;
}

void predict_free(struct prediction *steady)
{
	free(steady->sums);
	memset(steady, 0, sizeof(*steady));
}
