// SPDX-License-Identifier: GPL-2.0-or-later
/* Advice for waiting on I/O, by what is waited for, and how. */
#include <stdio.h>
#include <string.h>

#include "lib/state_names.h"
#include "verdict/advice/advice_rules.h"

#define CHILDREN_COMPUTE 0.5 /* cores that children take one after the other, when they compute */

/* The state of I/O that took most, less what was for watched threads. */
static uint32_t main_io(const struct advice *advice)
{
	const struct process_model *process = advice->process;
	const uint64_t *ns = process ? process->time.state_ns : advice->model->time.state_ns;
	const uint64_t *inner = process ? process->inner_ns : advice->model->inner_ns;
	uint64_t most = 0, own;
	uint32_t s, ret = STATE_NETWORK;

	for (s = 0; s < NR_STATES; s++) {
		own = ns[s] > inner[s] ? ns[s] - inner[s] : 0;
		if (state_group(s) == GROUP_IO && own > most) {
			most = own;
			ret = s;
		}
	}
	return ret;
}

/* Threads that spend a tenth of their time or more in this state: what the pool is now. */
static int waiting_threads(const struct advice *advice, uint32_t state)
{
	struct process_range range = model_range(advice->model, advice->process);
	const struct process_model *each;
	int count = 0;
	size_t j;

	for (each = range.first; each < range.end; each++)
		for (j = 0; j < each->thread_count; j++) {
			const struct thread_model *thread = &each->threads[j];

			if (thread->count == 1 && thread->time.wall_ns &&
			    thread->time.state_ns[state] >= thread->time.wall_ns / 10)
				count++;
		}
	return count;
}

static bool syncs_files(const struct advice *advice)
{
	const struct process_model *process = advice->main;
	size_t i;

	for (i = 0; process && i < process->wait_count; i++)
		if (process->waits[i].state == STATE_DISK)
			return strstr(process->waits[i].call_name, "sync");
	return false;
}

static void advise_network(const struct advice *advice)
{
	const struct signals *s = advice->signals;
	const struct runtime_words *words = advice->words;
	double in_flight = s->window_s > 0 ? s->io_s / s->window_s : 0;
	int now_waiting = waiting_threads(advice, STATE_NETWORK);
	char now[240], how[120];

	if (s->ratio < advice->settings->threshold[THRESHOLD_FANOUT_RATIO] &&
	    in_flight > advice->pool) {
		snprintf(now, sizeof(now), "%.0f requests are in flight, a thread for each: %s",
			 in_flight, words->many);
		advice_say(advice, words->loop, 0, now);
		return;
	}
	runtime_words_fill(words->pool, advice->pool, how, sizeof(how));
	if (now_waiting >= advice->pool)
		snprintf(
			now, sizeof(now),
			"%d threads wait already, as many as %s: more help only as far as the other "
			"side can take them; look at that",
			now_waiting, how);
	else
		snprintf(now, sizeof(now), "overlap the waiting: %s; now %d thread%s so", how,
			 now_waiting, now_waiting == 1 ? " waits" : "s wait");
	advice_say(advice, words->threads, advice->pool, now);
}

void advise_io(const struct advice *advice)
{
	const struct runtime_words *words = advice->words;
	char now[240], how[160];
	int limit;

	switch (main_io(advice)) {
	case STATE_POLL_IO:
		snprintf(
			now, sizeof(now),
			"its event loop waits for answers: keep more requests in flight, %s; or make "
			"the other side faster",
			words->many);
		advice_say(advice, words->loop, 0, now);
		return;
	case STATE_DISK:
		if (syncs_files(advice))
			snprintf(now, sizeof(now),
				 "it waits for storage to confirm writes: write more before each "
				 "sync, or sync from another thread");
		else
			snprintf(
				now, sizeof(now),
				"it waits for storage: read and write in larger pieces, or overlap "
				"them: %s",
				runtime_words_fill(words->pool, advice->pool, how, sizeof(how)));
		advice_say(advice, words->threads, advice->pool, now);
		return;
	case STATE_CHILD:
		/* cores limit only children that compute */
		limit = advice->signals->cores < CHILDREN_COMPUTE ? advice->pool : advice->cpus;
		snprintf(now, sizeof(now),
			 "it waits for its child processes: run up to %d of them at a time", limit);
		advice_say(advice, limit == advice->cpus ? "processes" : words->threads, limit,
			   now);
		return;
	case STATE_IPC:
		advice_say(
			advice, "", 0,
			"it waits for the process at the other end of its pipes: examine that one");
		return;
	case STATE_PAGE_FAULT:
		advice_say(advice, "", 0,
			   "it waits for page faults from disk: look for swapping (vmstat 1), give "
			   "the host more memory, or read files instead of mapping them");
		return;
	case STATE_KERNEL:
		advice_say(
			advice, "", 0,
			"it waits inside the kernel: -v shows the calls; use fewer of them, or on fewer "
			"threads at a time");
		return;
	default:
		advise_network(advice);
	}
}
