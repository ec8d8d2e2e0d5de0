/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A thread's states sum to the time that passed: one of them follows from the others. */
#ifndef BOUNDBY_TRACE_CODEC_RESIDUAL_H
#define BOUNDBY_TRACE_CODEC_RESIDUAL_H

#include <string.h>

#include "trace/record.h"

/* What of a thread as it was counts for that. */
struct residual {
	uint64_t end_ns;
	uint64_t state_ns[NR_STATES];
};

static inline void residual_begin(struct residual *before, const struct record_thread *thread)
{
	before->end_ns = thread->end_ns;
	memcpy(before->state_ns, thread->state_ns, sizeof(before->state_ns));
}

/*
 * What the states other than the one that it is in now do not explain of the time that passed:
 * mostly all of the rest was spent in that.
 */
static inline uint64_t residual_of(const struct residual *before, const struct record_thread *after,
				   uint64_t from_ns)
{
	uint64_t rest = after->end_ns - (before->end_ns > from_ns ? before->end_ns : from_ns);
	uint32_t i;

	for (i = 0; i < NR_STATES; i++)
		if (i != after->state)
			rest -= after->state_ns[i] - before->state_ns[i];
	return rest;
}

#endif
