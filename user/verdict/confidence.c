// SPDX-License-Identifier: GPL-2.0-or-later
/* Computes the confidence of a verdict from model, rule and signals. */
#include "verdict/confidence.h"

#include <string.h>

#include "analysis/pools.h"

#define HIDDEN_LOCK_SHARE 0.5 /* of the window: threads that wake each other wait so much, in sum */
#define UNSEEN_LOOP_SHARE 0.5 /* of the window */

/*
 * Runtimes that park their threads, or tasks, by themselves: what the kernel sees as rest may be a
 * wait for a lock. In Java it may where threads of one name wake each other; in Go anywhere.
 */
static bool may_hide_locks(const struct model *model, const struct process_model *process,
			   enum verdict_class class)
{
	struct process_range range = model_range(model, process);
	const struct process_model *each;

	for (each = range.first; each < range.end; each++) {
		if (!strcmp(each->runtime, "Go") && class == VERDICT_IDLE)
			return true;
		if (!strcmp(each->runtime, "Java") &&
		    (double)pools_peer_woken_ns(each) >
			    HIDDEN_LOCK_SHARE * (double)model->duration_ns)
			return true;
	}
	return false;
}

/* Of a loop's thread: the time that is neither in its wait nor between two returns to it. */
static uint64_t unseen_ns(const struct process_model *process, const struct loop_model *loop)
{
	const struct thread_model *thread = NULL;
	uint64_t seen;
	size_t i;

	for (i = 0; i < process->thread_count && !thread; i++)
		if (process->threads[i].tid == loop->tid)
			thread = &process->threads[i];
	if (!thread)
		return 0;
	seen = loop->busy_ns + thread->time.state_ns[STATE_POLL_IDLE] +
	       thread->time.state_ns[STATE_POLL_IO] + thread->time.state_ns[STATE_SLEEP];
	return thread->time.wall_ns > seen ? thread->time.wall_ns - seen : 0;
}

/*
 * Its main thread works, has event sets, and did not return to one in the whole window: this is
 * either a blocked loop or a program that does something else for a while. Go's set belongs to its
 * scheduler.
 */
static bool stays_away(const struct model *model, const struct process_model *process)
{
	const struct thread_model *thread;
	const uint64_t *ns;
	size_t i;

	if (process->event_sets == RECORD_UNKNOWN || !process->event_sets ||
	    !strcmp(process->runtime, "Go"))
		return false;
	for (i = 0; i < process->thread_count; i++) {
		thread = &process->threads[i];
		ns = thread->time.state_ns;
		if (thread->tid == process->pid)
			return !ns[STATE_POLL_IDLE] && !ns[STATE_POLL_IO] &&
			       (double)(ns[STATE_CONDITION] + ns[STATE_REQUEST]) <
				       UNSEEN_LOOP_SHARE * (double)model->duration_ns;
	}
	return false;
}

/*
 * A loop is known once it has returned to its wait a few times. The time before may have been one
 * long stall, or its startup.
 */
static bool may_hide_stall(const struct model *model, const struct process_model *process)
{
	struct process_range range = model_range(model, process);
	const struct process_model *each;
	size_t j;

	for (each = range.first; each < range.end; each++) {
		if (stays_away(model, each))
			return true;
		for (j = 0; j < each->loop_count; j++)
			if (each->loops[j].nature == LOOP_YES &&
			    (double)unseen_ns(each, &each->loops[j]) >
				    UNSEEN_LOOP_SHARE * (double)model->duration_ns)
				return true;
	}
	return false;
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
	/* what was watched stands for the rest only as far as the program is steady */
	level -= model_gave_up(model, DETAIL_AT_CONTINUOUS);
	if (level == CONFIDENCE_HIGH &&
	    (lossy || may_hide_locks(model, process, rule->class) ||
	     (rule->class != VERDICT_LOOP_BLOCKED && rule->class != VERDICT_IDLE &&
	      may_hide_stall(model, process))))
		level = CONFIDENCE_MEDIUM;
	return level < CONFIDENCE_LOW ? CONFIDENCE_LOW : (enum confidence)level;
}
