// SPDX-License-Identifier: GPL-2.0-or-later
/* Receives a window; hands on yes or no. */
#include "watch/burst_policy.h"

#define BUSY_LOOP 0.5 /* of the window: it may be saturated, or stand still for most of it */

/*
 * A loop whose longest stretch without a sleep is as long as a stall: it came back to its wait in
 * between, or it did not; only returns that do not sleep tell.
 */
static bool is_unclear(const struct model *model, const struct loop_model *loop)
{
	if (loop->nature != LOOP_YES || loop->lag.most_ns == RECORD_UNKNOWN)
		return false;
	return loop->lag.most_ns >= model->capture.stall_ns ||
	       (double)loop->busy_ns >= BUSY_LOOP * (double)model->duration_ns;
}

bool burst_wanted(const struct model *model, const struct verdict *verdicts)
{
	size_t i, j;

	for (i = 0; i < model->process_count; i++) {
		if (verdicts[i].class == VERDICT_LOOP_BLOCKED ||
		    verdicts[i].class == VERDICT_LOCK_BOUND)
			return true;
		for (j = 0; j < model->processes[i].loop_count; j++)
			if (is_unclear(model, &model->processes[i].loops[j]))
				return true;
	}
	return false;
}
