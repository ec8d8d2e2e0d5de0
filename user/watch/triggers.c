// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds judged windows that are out of the ordinary. */
#include "watch/triggers.h"

#define STEADY_WINDOWS 2 /* a single one may be chance: the timeline's minimum for a period ... */
#define LASTS_NS 900000000ULL /* ... nor does what lasts for less than a second, or so, count */

/* A stall calls once, however many windows it goes through. */
static bool is_new(struct triggers *triggers, const struct stall_model *stall)
{
	size_t i;

	for (i = 0; i < TRIGGERS_MAX_RAISED; i++)
		if (triggers->raised[i].tid == stall->tid &&
		    triggers->raised[i].begin_ns == stall->begin_ns)
			return false;
	triggers->raised[triggers->raised_next++ % TRIGGERS_MAX_RAISED] =
		(struct told_stall){ stall->tid, stall->begin_ns };
	return true;
}

/* All are checked: simultaneous stalls raise one trigger. */
static bool has_long_stall(struct triggers *triggers, const struct model *model,
			   const struct verdict_settings *settings)
{
	double limit_s = settings->threshold[THRESHOLD_LONG_STALL_S];
	bool found = false;
	size_t i, j;

	for (i = 0; i < model->process_count; i++)
		for (j = 0; j < model->processes[i].stall_count; j++) {
			const struct stall_model *stall = &model->processes[i].stalls[j];

			if ((double)stall->duration_ns >= limit_s * 1e9 && is_new(triggers, stall))
				found = true;
		}
	return found;
}

/*
 * Whether the class differs from what it steadily was. Starting and stopping to work is normal: the
 * comparison starts over.
 */
static bool class_changed(struct triggers *triggers, const struct timeline_window *window)
{
	uint64_t before_ns;
	bool changed;

	if (!window->clear || window->class == VERDICT_INSUFFICIENT)
		return false;
	if (window->class == VERDICT_IDLE)
		triggers->steady = VERDICT_INSUFFICIENT;
	if (window->class != triggers->latest) {
		triggers->latest = window->class;
		triggers->windows = 0;
		triggers->lasted_ns = 0;
	}
	before_ns = triggers->lasted_ns;
	triggers->windows++;
	triggers->lasted_ns += window->duration_ns;
	if (triggers->lasted_ns < LASTS_NS || window->class == VERDICT_IDLE)
		return false;
	changed = triggers->steady != VERDICT_INSUFFICIENT && window->class != triggers->steady &&
		  before_ns < LASTS_NS;
	if (triggers->windows >= STEADY_WINDOWS)
		triggers->steady = window->class;
	return changed;
}

enum trigger triggers_window(struct triggers *triggers, const struct model *model,
			     const struct timeline *timeline,
			     const struct verdict_settings *settings)
{
	bool changed = timeline->count &&
		       class_changed(triggers, &timeline->windows[timeline->count - 1]);

	if (has_long_stall(triggers, model, settings))
		return TRIGGER_STALL;
	return changed ? TRIGGER_CLASS : TRIGGER_NONE;
}
