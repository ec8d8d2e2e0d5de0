// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds event loops by their sets, from the waits of their threads. */
#include "model/loop_sets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HELD_SHARE 20 /* all threads of a set are held for one part in this many */
#define LEAST_STALLS 3

/* ---- loops of several threads ---------------------------------------------------------------- */
/* Time of a thread in which it serves its set, is parked until it is needed, computes, or would. */
static uint64_t not_held_ns(const struct process_model *process, uint32_t tid)
{
	const uint64_t *ns;
	size_t i;

	for (i = 0; i < process->thread_count; i++) {
		ns = process->threads[i].time.state_ns;
		if (process->threads[i].tid == tid)
			return ns[STATE_POLL_IDLE] + ns[STATE_POLL_IO] + ns[STATE_CONDITION] +
			       ns[STATE_ON_CPU] + ns[STATE_RUNNABLE_WAKEUP] +
			       ns[STATE_RUNNABLE_PREEMPTED] + ns[STATE_UNOBSERVED];
	}
	return 0;
}

/*
 * Threads that share a set are one loop with several servers, which is blocked while calls hold all
 * of them. Where fewer than one on average is not held, that is so for the rest of the time at least.
 */
static void join_shared(const struct model *model, struct process_model *process, size_t first)
{
	struct loop_model *loops = process->loops;
	uint64_t free_ns = 0, stalls = 0, held_ns;
	size_t i;

	for (i = first; i < process->loop_count; i++)
		if (loops[i].loop_class == LOOP_SHARED && loops[i].set == loops[first].set &&
		    loops[i].kind == loops[first].kind) {
			loops[i].shared = true;
			free_ns += not_held_ns(process, loops[i].tid);
			stalls += loops[i].stalls;
		}
	held_ns = span_minus(model->duration_ns, free_ns);
	for (i = first; i < process->loop_count; i++) {
		if (!loops[i].shared || loops[i].set != loops[first].set ||
		    loops[i].kind != loops[first].kind)
			continue;
		if (held_ns < model->duration_ns / HELD_SHARE || stalls < LEAST_STALLS)
			continue;
		loops[i].loop_class = LOOP_EVENT_LOOP;
		loops[i].stalls = stalls;
		if (loops[i].stalled_ns > held_ns)
			loops[i].stalled_ns = held_ns;
	}
}

void loop_sets_join(const struct model *model, struct process_model *process)
{
	size_t i;

	for (i = 0; i < process->loop_count; i++)
		if (process->loops[i].loop_class == LOOP_SHARED && !process->loops[i].shared)
			join_shared(model, process, i);
}

/* ---- loops that did not return --------------------------------------------------------------- */
/*
 * The thread that may be the loop of a set at which none waits: one that is away, the first or the
 * only one; if there is none, the first thread, which then waits for another one.
 */
static const struct thread_model *away_thread(const struct model *model,
					      const struct process_model *process)
{
	const struct thread_model *found = NULL, *first = NULL;
	size_t i, count = 0;

	for (i = 0; i < process->thread_count; i++) {
		const struct thread_model *thread = &process->threads[i];

		if (thread->tid == process->pid && !model_is_at_set(process, thread))
			first = thread;
		if (!model_is_away(model, process, thread))
			continue;
		if (thread->tid == process->pid)
			return thread;
		found = thread;
		count++;
	}
	return count == 1 ? found : count ? NULL : first;
}

/* What the process waited for longest in a state, as of a stall. */
static void note_block(const struct process_model *process, struct record_stall *stall)
{
	size_t i;

	for (i = 0; i < process->wait_count; i++) {
		const struct wait_model *wait = &process->waits[i];

		if (!stall->parts_ns[wait->state] || wait->wait_ns <= stall->block_ns)
			continue;
		stall->block_ns = wait->wait_ns;
		stall->block.state = wait->state;
		stall->block.object = wait->object;
		stall->block.device = wait->device;
		stall->block.family = wait->family;
		stall->block.peer_port = wait->peer_port;
		memcpy(stall->block.peer_addr, wait->peer_addr, sizeof(wait->peer_addr));
		memcpy(stall->block.call_name, wait->call_name, sizeof(wait->call_name));
	}
}

/*
 * Input waits in an event set at which no thread waited in the whole window: the loop that it is of
 * has not returned to it. That is one stall, which has not ended.
 */
int loop_sets_add_lost(const struct model *model, struct process_model *process)
{
	const struct thread_model *thread = process->pending ? away_thread(model, process) : NULL;
	struct stall_entry entry = { .frames = NULL };
	struct loop_model *loops;
	struct stall_model *stalls;

	if (!thread || thread->time.wall_ns < model->duration_ns / 10 * 9)
		return 0;
	loops = realloc(process->loops, (process->loop_count + 1) * sizeof(*loops));
	if (!loops)
		return -ENOMEM;
	process->loops = loops;
	stalls = realloc(process->stalls, (process->stall_count + 1) * sizeof(*stalls));
	if (!stalls)
		return -ENOMEM;
	process->stalls = stalls;
	loops[process->loop_count++] = (struct loop_model){
		.tid = thread->tid,
		.loop_class = LOOP_EVENT_LOOP,
		.kind = LOOP_KIND_EPOLL,
		.stalls = 1,
		.stalled_ns = model->duration_ns,
		.lag_p50_ns = RECORD_UNKNOWN,
		.lag_p99_ns = RECORD_UNKNOWN,
		.lag = { model->duration_ns, model->duration_ns },
	};
	entry.stall.tid = thread->tid;
	entry.stall.begin_ns = model->start_ns;
	entry.stall.end_ns = model->start_ns + model->duration_ns;
	entry.stall.open = true;
	memcpy(entry.stall.parts_ns, thread->time.state_ns, sizeof(entry.stall.parts_ns));
	note_block(process, &entry.stall);
	return build_stall(&entry, &stalls[process->stall_count++]);
}
