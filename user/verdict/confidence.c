// SPDX-License-Identifier: GPL-2.0-or-later
/* Computes the confidence of a verdict from model, rule and signals. */
#include "verdict/confidence.h"

#include "analysis/hidden.h"
#include "analysis/pools.h"
#include "analysis/stuck/stuck_waits.h"
#include "lib/runtimes.h"
#include "lib/state_names.h"

#define STANDING_SHARE 0.5 /* of the waiting for locks */
#define HIDDEN_LOCK_SHARE 0.5 /* of the window: threads that wake each other wait so much, in sum */

/*
 * Runtimes that park their threads, or tasks, by themselves: what the kernel sees as rest may be a
 * wait for a lock. In Java and Ruby it may where threads of one name wake each other, as those do
 * that hand a mutex on; in Go anywhere.
 */
static bool parks_alone(const struct runtime_traits *traits)
{
	return traits->parks_each_thread || (traits->has_gil && !traits->gil_measured);
}

static bool may_hide_locks(const struct model *model, const struct process_model *process,
			   enum verdict_class class)
{
	struct process_range range = model_range(model, process);
	const struct process_model *each;

	for (each = range.first; each < range.end; each++) {
		if (runtime_traits_of(each->runtime)->parks_tasks && class == VERDICT_IDLE)
			return true;
		if (parks_alone(runtime_traits_of(each->runtime)) &&
		    (double)pools_peer_woken_ns(each) >
			    HIDDEN_LOCK_SHARE * (double)model->duration_ns)
			return true;
	}
	return false;
}

/* Idle for sure only if each wait is known to be one for work, and none waits by trying. */
static bool may_be_stuck(const struct signals *s)
{
	return s->unexplained || s->tries;
}

/* Most waiting for locks did not end in the window: what holds them may be slow, or never come back. */
static bool locks_stand(const struct model *model, const struct process_model *process,
			const struct signals *s)
{
	struct process_range range = model_range(model, process);
	const struct process_model *each;
	double standing = -(double)stuck_followers(model, process); /* those are rest */
	size_t i;

	for (each = range.first; each < range.end; each++)
		for (i = 0; i < each->standing_count; i++)
			standing += state_group(each->standing[i].state) == GROUP_WAIT;
	return standing * s->window_s > STANDING_SHARE * s->lock_s;
}

#define FEW_CORES 0.1

/* Where it hardly computes, what else it waits for decides what it is bound by. */
static bool rest_decides(enum verdict_class class, const struct signals *s)
{
	return (class == VERDICT_CPU_BOUND || class == VERDICT_CPU_STARVED) &&
	       s->cores < FEW_CORES && may_be_stuck(s);
}

/* Nothing outside can end it; what else waits for the whole window may be meant to. */
static bool is_for_ever(enum stuck_kind kind)
{
	return kind == STUCK_DEADLOCK || kind == STUCK_SELF || kind == STUCK_GONE;
}

enum confidence confidence_find(const struct rule *rule, const struct model *model,
				const struct process_model *process, const struct signals *s,
				const struct verdict_settings *settings)
{
	double switches = (double)model->switches.voluntary + (double)model->switches.involuntary;
	bool lossy = model->lost_total &&
		     (s->unobserved_s > 0 || (double)model->lost_total > switches / 1000);
	int level = CONFIDENCE_HIGH;

	if (rule->class == VERDICT_INSUFFICIENT || s->unobserved_s > 0.10 * s->wall_s)
		return CONFIDENCE_LOW;
	level -= rules_distance(rule, s, settings) < 0.10;
	level -= s->window_s < 2.99;
	level -= s->unobserved_s > 0.01 * s->wall_s;
	level -= rule->class == VERDICT_IDLE && may_be_stuck(s);
	level -= rule->class == VERDICT_LOCK_BOUND && locks_stand(model, process, s);
	level -= rest_decides(rule->class, s);
	level -= rule->class == VERDICT_HUNG && !is_for_ever(s->stuck_kind);
	if (rule->class == VERDICT_IDLE && s->unexplained && !s->awaits_work)
		return CONFIDENCE_LOW;
	/* what could not be classified may have been work */
	if (rule->class == VERDICT_IDLE &&
	    s->work_s + s->unattributed_s >=
		    settings->threshold[THRESHOLD_IDLE_WORK] * s->window_s &&
	    s->unattributed_s > 0.01 * s->wall_s)
		return CONFIDENCE_LOW;
	/* what was watched stands for the rest only as far as the program is steady */
	level -= model_gave_up(model, DETAIL_AT_CONTINUOUS);
	if (level == CONFIDENCE_HIGH && (lossy || may_hide_locks(model, process, rule->class)))
		level = CONFIDENCE_MEDIUM;
	if (rule->class != VERDICT_LOOP_BLOCKED && hidden_stall(model, process)) {
		/* of switches alone: not even whether it came back is known */
		if (model->capture.depth == DEPTH_SCHED && !model->capture.sees_loops)
			level = CONFIDENCE_LOW;
		else if (level == CONFIDENCE_HIGH)
			level = CONFIDENCE_MEDIUM;
	}
	/* what only passes data between two descriptors polls as an event loop does, and delays no other client */
	if (rule->class == VERDICT_LOOP_BLOCKED && s->loop_of_two)
		return CONFIDENCE_LOW;
	/* which thread the loop is was concluded: it did not return once */
	if (level == CONFIDENCE_HIGH && rule->class == VERDICT_LOOP_BLOCKED && !s->loop_returned)
		level = CONFIDENCE_MEDIUM;
	return level < CONFIDENCE_LOW ? CONFIDENCE_LOW : (enum confidence)level;
}
