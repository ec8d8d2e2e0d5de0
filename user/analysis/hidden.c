// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds threads that may be blocked event loops. */
#include "analysis/hidden.h"

#include "lib/runtimes.h"

#define MOST 0.5 /* of the window, or of a thread's time */

static bool most_of(uint64_t part_ns, uint64_t whole_ns)
{
	return whole_ns && (double)part_ns > MOST * (double)whole_ns;
}

static uint64_t in_sets_ns(const struct thread_model *thread)
{
	return thread->time.state_ns[STATE_POLL_IDLE] + thread->time.state_ns[STATE_POLL_IO];
}

bool hidden_loop(const struct model *model, const struct process_model *process)
{
	uint64_t at_sets = 0, at_work = 0;
	size_t i;

	if (process->event_sets == RECORD_UNKNOWN || !process->event_sets ||
	    runtime_traits_of(process->runtime)->owns_event_set)
		return false;
	for (i = 0; i < process->thread_count; i++) {
		const struct thread_model *thread = &process->threads[i];

		if (model_is_at_set(process, thread))
			at_sets += thread->count;
		else
			at_work += model_is_away(model, process, thread);
	}
	return at_work && process->event_sets > at_sets;
}

/*
 * May the thread of a loop be one that serves events? One that came back too rarely to say, or was seen
 * only while it found something each time, may have been kept from it, unless it was parked or its set is
 * the runtime's own.
 */
static bool may_be_event_loop(const struct process_model *process, const struct loop_model *loop,
			      const struct thread_model *thread)
{
	switch (loop->loop_class) {
	case LOOP_EVENT_LOOP:
		return true;
	case LOOP_TOO_FEW:
	case LOOP_SPINS:
	case LOOP_READY:
		return !runtime_traits_of(process->runtime)->owns_event_set &&
		       !model_is_parked(thread);
	case LOOP_SHARED:
	case LOOP_ONE:
	case LOOP_RUNTIME:
		break;
	}
	return false;
}

/* What a loop that neither sleeps nor waits does between two returns: it computes. */
static uint64_t spinning_ns(const struct loop_model *loop, const struct thread_model *thread)
{
	const uint64_t *ns = thread->time.state_ns;

	return loop->loop_class == LOOP_SPINS || loop->loop_class == LOOP_READY ?
		       ns[STATE_ON_CPU] + ns[STATE_RUNNABLE_WAKEUP] + ns[STATE_RUNNABLE_PREEMPTED] :
		       0;
}

/*
 * Of the thread of what may be an event loop: the time that is neither in its wait nor between two
 * returns to it.
 */
static uint64_t unseen_ns(const struct process_model *process, const struct loop_model *loop)
{
	const struct thread_model *thread = NULL;
	uint64_t seen;
	size_t i;

	for (i = 0; i < process->thread_count && !thread; i++)
		if (process->threads[i].tid == loop->tid)
			thread = &process->threads[i];
	if (!thread || !may_be_event_loop(process, loop, thread))
		return 0;
	seen = loop->busy_ns + spinning_ns(loop, thread) + in_sets_ns(thread) +
	       thread->time.state_ns[STATE_SLEEP];
	return thread->time.wall_ns > seen ? thread->time.wall_ns - seen : 0;
}

bool hidden_stall(const struct model *model, const struct process_model *process)
{
	struct process_range range = model_range(model, process);
	const struct process_model *each;
	size_t j;

	for (each = range.first; each < range.end; each++) {
		if (hidden_loop(model, each))
			return true;
		for (j = 0; j < each->loop_count; j++)
			if (most_of(unseen_ns(each, &each->loops[j]), model->duration_ns))
				return true;
	}
	return false;
}
