// SPDX-License-Identifier: GPL-2.0-or-later
/* Compares what the threads of one name wait for with the threads that wake them. */
#include "analysis/connection_pool.h"

#include <math.h>
#include <string.h>

#define THREADS_MIN 3
#define THREADS_MOST 1024 /* of a process: each is compared with each */
#define PART 8 /* a thread takes part with the mean's 8th and more ... */
#define TAKE_TURNS 0.75 /* ... and this part of them does */
#define ALIKE 4 /* wakers in the list are nearly all of one kind: one in this many is not */
#define BUSY 0.8 /* of the time a call is in flight: connections do not lie idle */
#define MOST_PARKED 0.5 /* of the time that the others have */
#define CALLS_PER_S 0.5 /* of each thread: they come back to it */

/* What the threads of one name do. */
struct sums {
	double threads, taking_part, network_ns, peer_ns, wall_ns, calls;
};

static bool is_member(const struct process_model *process, const struct thread_model *thread,
		      const char *name)
{
	char own[RECORD_COMM_LEN];

	if (thread->count != 1 || thread->exited)
		return false;
	model_base_name(thread->comm, own);
	return thread->tid != process->pid && !memcmp(own, name, sizeof(own));
}

static bool is_peer(const struct process_model *process, uint32_t tid, const char *name)
{
	size_t i;

	for (i = 0; i < process->thread_count; i++)
		if (process->threads[i].tid == tid)
			return is_member(process, &process->threads[i], name);
	return false;
}

/*
 * Time that the thread was parked until one of its name woke it. Wakers that found no place in the
 * list are taken for what nearly all of those in it are.
 */
static double peer_woken_ns(const struct process_model *process, const struct thread_model *thread,
			    const char *name)
{
	double peers = 0, others = 0, unlisted = 0;
	size_t k;

	for (k = 0; k < thread->waker_count; k++) {
		const struct waker_model *waker = &thread->wakers[k];

		if (!waker->tid && !waker->state)
			unlisted += (double)waker->ns;
		else if (waker->state == STATE_CONDITION && is_peer(process, waker->tid, name))
			peers += (double)waker->ns;
		else if (waker->state == STATE_CONDITION)
			others += (double)waker->ns;
	}
	if (others * ALIKE > peers)
		return peers;
	return fmin(peers + unlisted, (double)thread->time.state_ns[STATE_CONDITION]);
}

static void add(const struct process_model *process, const struct thread_model *thread,
		const char *name, struct sums *sums)
{
	sums->threads++;
	sums->network_ns += (double)thread->time.state_ns[STATE_NETWORK];
	sums->calls += (double)thread->state_count[STATE_NETWORK];
	sums->peer_ns += peer_woken_ns(process, thread, name);
	sums->wall_ns += (double)thread->time.wall_ns;
}

static bool is_exhausted(const struct sums *sums, double window_ns)
{
	double in_flight = sums->network_ns / window_ns;

	return sums->threads >= THREADS_MIN && in_flight >= BUSY &&
	       in_flight <= sums->threads / 2 && sums->taking_part >= TAKE_TURNS * sums->threads &&
	       sums->calls >= CALLS_PER_S * sums->threads * window_ns / 1e9 &&
	       sums->peer_ns >= MOST_PARKED * (sums->wall_ns - sums->network_ns);
}

static bool find_in(const struct model *model, const struct process_model *process,
		    struct connection_pool *ret)
{
	double window_ns = (double)model->duration_ns;
	struct sums sums;
	char name[RECORD_COMM_LEN];
	size_t i, j;

	if ((double)process->time.state_ns[STATE_NETWORK] < BUSY * window_ns ||
	    process->time.state_ns[STATE_CONDITION] < process->time.state_ns[STATE_NETWORK] / 2 ||
	    process->thread_count > THREADS_MOST)
		return false;
	for (i = 0; window_ns > 0 && i < process->thread_count; i++) {
		model_base_name(process->threads[i].comm, name);
		/* each name once: at the first thread that has it */
		for (j = 0; j < i && !is_member(process, &process->threads[j], name); j++)
			;
		if (j < i || !is_member(process, &process->threads[i], name))
			continue;
		memset(&sums, 0, sizeof(sums));
		for (j = i; j < process->thread_count; j++)
			if (is_member(process, &process->threads[j], name))
				add(process, &process->threads[j], name, &sums);
		for (j = i; j < process->thread_count; j++)
			sums.taking_part +=
				is_member(process, &process->threads[j], name) &&
				(double)process->threads[j].time.state_ns[STATE_NETWORK] * PART >=
					sums.network_ns / sums.threads;
		if (!is_exhausted(&sums, window_ns) || sums.peer_ns / window_ns <= ret->waiting)
			continue;
		*ret = (struct connection_pool){ .process = process,
						 .threads = sums.threads,
						 .in_flight = sums.network_ns / window_ns,
						 .waiting = sums.peer_ns / window_ns };
		memcpy(ret->name, name, sizeof(ret->name));
	}
	return ret->threads > 0;
}

bool connection_pool_find(const struct model *model, const struct process_model *process,
			  struct connection_pool *ret)
{
	struct process_range range = model_range(model, process);
	const struct process_model *each;
	bool found = false;

	memset(ret, 0, sizeof(*ret));
	for (each = range.first; each < range.end; each++)
		found |= find_in(model, each, ret);
	return found;
}
