// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One thread at a time holds a lock. What all that hold it in turn wait for elsewhere, summed, is as long as
 * the window when they wait while they hold it, and longer when they wait beside each other without it. Where
 * they compute for as long, it may be the computing that they hold it for.
 */
#include "analysis/holders.h"

#include <string.h>

#define LEAST 0.4 /* of the window */
#define MOST 1.2 /* more: they wait without the lock */

static bool holds(const struct lock_model *lock, uint32_t tid)
{
	size_t i;

	for (i = 0; i < lock->holder_count; i++)
		if (lock->holders[i].tid == tid)
			return true;
	return false;
}

/* Waits that a holder may be in: for I/O, or asleep. */
static bool counts(uint32_t state)
{
	return state == STATE_SLEEP ||
	       (state_group(state) == GROUP_IO && state != STATE_PAGE_FAULT);
}

static const struct wait_model *longest_wait(const struct process_model *process, uint32_t state)
{
	const struct wait_model *most = NULL;
	size_t i;

	for (i = 0; i < process->wait_count; i++)
		if (process->waits[i].state == state &&
		    (!most || process->waits[i].wait_ns > most->wait_ns))
			most = &process->waits[i];
	return most;
}

static bool find_for(const struct model *model, const struct process_model *process,
		     const struct lock_model *lock, struct held_wait *ret)
{
	uint64_t sums[NR_STATES] = { 0 }, threads = 0, computing = 0;
	size_t i;
	uint32_t s, most = STATE_NETWORK;

	for (i = 0; i < process->thread_count; i++) {
		if (process->threads[i].count != 1 || !holds(lock, process->threads[i].tid))
			continue;
		threads++;
		computing += process->threads[i].time.state_ns[STATE_ON_CPU];
		for (s = 0; s < NR_STATES; s++)
			sums[s] += counts(s) ? process->threads[i].time.state_ns[s] : 0;
	}
	for (s = 0; s < NR_STATES; s++)
		if (sums[s] > sums[most])
			most = s;
	*ret = (struct held_wait){ .process = process,
				   .lock = lock,
				   .state = most,
				   .wait = longest_wait(process, most),
				   .share = (double)sums[most] / (double)model->duration_ns };
	return threads && sums[most] > computing && ret->share >= LEAST && ret->share <= MOST;
}

bool holders_find(const struct model *model, const struct process_model *process,
		  struct held_wait *ret)
{
	struct process_range range = model_range(model, process);
	const struct process_model *each, *of = NULL;
	const struct lock_model *lock = NULL;

	for (each = range.first; each < range.end; each++)
		if (each->lock_count && each->locks[0].contention &&
		    each->locks[0].kind != LOCK_GIL &&
		    (!lock || each->locks[0].wait_ns > lock->wait_ns)) {
			of = each;
			lock = &each->locks[0];
		}
	return lock && model->duration_ns && find_for(model, of, lock, ret);
}
