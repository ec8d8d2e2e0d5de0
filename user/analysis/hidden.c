// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds threads that may be blocked event loops. */
#include "analysis/hidden.h"

#include "lib/runtimes.h"

#define MOST 0.5 /* of the window, or of a thread's time */

static bool most_of(uint64_t part_ns, uint64_t whole_ns)
{
	return whole_ns && (double)part_ns > MOST * (double)whole_ns;
}

static const struct loop_model *loop_of(const struct process_model *process, uint32_t tid)
{
	size_t i;

	for (i = 0; i < process->loop_count; i++)
		if (process->loops[i].tid == tid)
			return &process->loops[i];
	return NULL;
}

static uint64_t in_sets_ns(const struct thread_model *thread)
{
	return thread->time.state_ns[STATE_POLL_IDLE] + thread->time.state_ns[STATE_POLL_IO];
}

/* A thread that rests at its set, or comes back to it. */
static bool is_at_set(const struct process_model *process, const struct thread_model *thread)
{
	const struct loop_model *loop = thread->count == 1 ? loop_of(process, thread->tid) : NULL;

	return (loop && loop->iterations) || most_of(in_sets_ns(thread), thread->time.wall_ns);
}

/* A loop's thread that sleeps elsewhere serves no request meanwhile: that is not rest. */
static bool is_at_work(const struct model *model, const struct thread_model *thread)
{
	const uint64_t *ns = thread->time.state_ns;
	uint64_t parked =
		ns[STATE_CONDITION] + ns[STATE_REQUEST] + ns[STATE_STOPPED] + ns[STATE_UNOBSERVED];

	return thread->count == 1 && most_of(thread->time.wall_ns, model->duration_ns) &&
	       !most_of(parked, thread->time.wall_ns);
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

		if (is_at_set(process, thread))
			at_sets += thread->count;
		else
			at_work += is_at_work(model, thread);
	}
	return at_work && process->event_sets > at_sets;
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
	seen = loop->busy_ns + in_sets_ns(thread) + thread->time.state_ns[STATE_SLEEP];
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
			if (each->loops[j].nature == LOOP_YES &&
			    most_of(unseen_ns(each, &each->loops[j]), model->duration_ns))
				return true;
	}
	return false;
}
