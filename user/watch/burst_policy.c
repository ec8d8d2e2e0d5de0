// SPDX-License-Identifier: GPL-2.0-or-later
/* The decision whether a burst is useful. */
#include "watch/burst_policy.h"

#include "analysis/hidden.h"
#include "verdict/rules.h"

#define BUSY_LOOP 0.5 /* of the window: it may be saturated, or blocked for most of it */

/*
 * A loop whose longest interval without a sleep is as long as a stall: either it returned to its
 * wait in between or not; only returns that do not sleep can show it. Where these are seen at all
 * times, the other calls of one that never rests tell whether it serves what is ready.
 */
static bool is_unclear(const struct model *model, const struct loop_model *loop)
{
	if (loop->loop_class != LOOP_EVENT_LOOP || loop->lag.most_ns == RECORD_UNKNOWN)
		return false;
	if (model->capture.sees_loops)
		return loop->never_rests;
	return loop->lag.most_ns >= model->capture.stall_ns ||
	       (double)loop->busy_ns >= BUSY_LOOP * (double)model->duration_ns;
}

bool burst_wanted(const struct model *model, const struct verdict *verdicts)
{
	size_t i, j;

	for (i = 0; i < model->process_count; i++) {
		if (rules[verdicts[i].class].bursts ||
		    (!model->capture.sees_loops && hidden_stall(model, &model->processes[i])))
			return true;
		for (j = 0; j < model->processes[i].loop_count; j++)
			if (is_unclear(model, &model->processes[i].loops[j]))
				return true;
	}
	return false;
}
