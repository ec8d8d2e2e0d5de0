// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A thread that spends most of its time waiting until one other thread wakes it is as fast as that
 * one; the chain is followed until a thread that does something else.
 */
#include "analysis/chain.h"

#include <math.h>
#include <string.h>

#include "lib/runtimes.h"

#define MOST 0.5 /* of a thread's time: less says little about what it is held up by */

/* GIL ownership rotates, so the waker is not the holder. */
static bool is_for_another(const struct waker_model *waker)
{
	return waker->tid && waker->state && waker->state != STATE_GIL;
}

/* The wait for one other thread that takes most of this one's time; NULL: none takes half. */
static const struct waker_model *main_waker(const struct thread_model *thread)
{
	const struct waker_model *largest = NULL;
	size_t i;

	for (i = 0; i < thread->waker_count; i++)
		if (is_for_another(&thread->wakers[i]) &&
		    (!largest || thread->wakers[i].ns > largest->ns))
			largest = &thread->wakers[i];
	if (!largest || (double)largest->ns < MOST * (double)thread->time.wall_ns)
		return NULL;
	return largest;
}

static bool find_thread(const struct model *model, uint32_t tid, struct chain_link *ret)
{
	size_t i, j;

	for (i = 0; i < model->process_count; i++)
		for (j = 0; j < model->processes[i].thread_count; j++) {
			ret->process = &model->processes[i];
			ret->thread = &ret->process->threads[j];
			if (ret->thread->count == 1 && ret->thread->tid == tid)
				return true;
		}
	return false;
}

/* A runtime's own threads are parked until it has something for them: nothing is held up by that. */
static bool is_runtime_worker(const struct process_model *process, const struct waker_model *waker)
{
	return waker->state == STATE_CONDITION &&
	       runtime_traits_of(process->runtime)->parks_workers;
}

static bool find_first(const struct model *model, const struct process_model *process,
		       struct chain_link *ret)
{
	struct process_range range = model_range(model, process);
	const struct process_model *own;
	const struct waker_model *waker;
	uint64_t most = 0;
	size_t j;

	for (own = range.first; own < range.end; own++)
		for (j = 0; j < own->thread_count; j++) {
			waker = main_waker(&own->threads[j]);
			if (!waker || waker->ns <= most || is_runtime_worker(own, waker))
				continue;
			most = waker->ns;
			ret->process = own;
			ret->thread = &own->threads[j];
		}
	return most;
}

static uint32_t main_state(const struct thread_model *thread)
{
	uint32_t s, most = STATE_ON_CPU;

	for (s = STATE_ON_CPU; s < NR_STATES; s++)
		if (thread->time.state_ns[s] > thread->time.state_ns[most])
			most = s;
	return most;
}

bool chain_find(const struct model *model, const struct process_model *process, struct chain *ret)
{
	const struct waker_model *waker;
	struct chain_link next;
	size_t i;

	memset(ret, 0, sizeof(*ret));
	if (!find_first(model, process, &ret->links[0]))
		return false;
	ret->count = 1;
	while ((waker = main_waker(ret->links[ret->count - 1].thread))) {
		if (ret->count == 1 && ret->links[0].thread->time.wall_ns)
			ret->share = fmin(1, (double)waker->ns /
						     (double)ret->links[0].thread->time.wall_ns);
		if (ret->count == CHAIN_MAX || !find_thread(model, waker->tid, &next))
			break;
		for (i = 0; i < ret->count; i++)
			if (ret->links[i].thread == next.thread)
				return false;
		ret->links[ret->count++] = next;
	}
	if (ret->count < 2)
		return false;
	ret->state = main_state(ret->links[ret->count - 1].thread);
	/* a timed sleep is what the last one does, not a wait for something outside */
	return state_group(ret->state) != GROUP_REST || ret->state == STATE_SLEEP;
}
