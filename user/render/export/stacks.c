// SPDX-License-Identifier: GPL-2.0-or-later
/* Turns a model's waits, stalls and locks into weighted stacks. */
#include "render/export/stacks.h"

#include <stdio.h>
#include <string.h>

#include "lib/state_names.h"
#include "lib/units.h"
#include "render/export/export_parts.h"
#include "verdict/stalls.h"
#include "verdict/wording.h"

struct walk {
	const struct process_model *process;
	int (*visit)(void *context, const struct stack *stack);
	void *context;
};

const char *stack_view_name(enum stack_view view)
{
	static const char *const names[NR_VIEWS] = { "off-cpu", "stalls", "locks" };

	return names[view];
}

static struct stack stack_of(const struct walk *walk, enum stack_view view, const char *reason)
{
	static const char *const kinds[NR_VIEWS] = { "off-cpu", "stall", "lock" };
	struct stack stack = { .view = view, .process = walk->process, .reason = reason };
	char comm[2 * RECORD_COMM_LEN];

	units_printable(walk->process->comm, RECORD_COMM_LEN, comm, sizeof(comm));
	snprintf(stack.root, sizeof(stack.root), "%s-%u", comm[0] ? comm : "process",
		 walk->process->pid);
	snprintf(stack.reason_frame, sizeof(stack.reason_frame), "[%s %s]", kinds[view], reason);
	return stack;
}

static uint64_t least(uint64_t one, uint64_t other)
{
	return one < other ? one : other;
}

/* ---- off-CPU --------------------------------------------------------------------------------- */
/* wait NULL: where it was is not known. */
static int visit_wait(const struct walk *walk, const struct wait_model *wait, uint32_t state,
		      uint64_t ns, uint64_t count)
{
	struct stack stack = stack_of(walk, VIEW_OFF_CPU, export_state_name(state));
	char place[1][RECORD_PLACE_LEN];

	if (!ns)
		return 0;
	stack.ns = ns;
	stack.count = count;
	if (wait) {
		wording_wait(wait, place[0], sizeof(place[0]));
		wording_peer(wait, stack.peer, sizeof(stack.peer));
		stack.frames = (const char(*)[RECORD_PLACE_LEN])place;
		stack.frame_count = 1;
	}
	return walk->visit(walk->context, &stack);
}

/* Times that threads became ready; of blocked states the rows of the waits have the count. */
static uint64_t ready_count(const struct process_model *process, uint32_t state)
{
	uint64_t count = 0;
	size_t i;

	for (i = 0; i < process->thread_count; i++)
		count += process->threads[i].state_count[state];
	return state == STATE_RUNNABLE_WAKEUP || state == STATE_RUNNABLE_PREEMPTED ? count : 0;
}

/*
 * The ledger is exact, the rows say where. What was parked and proved to be waiting for a lock
 * has moved from condition to lock in the ledger, but not in the rows: it moves here.
 */
static int visit_waits(const struct walk *walk)
{
	const struct process_model *process = walk->process;
	uint64_t left[NR_STATES], to_lock = process->time.state_ns[STATE_LOCK], ns, moved;
	int result = 0;
	uint32_t s;
	size_t i;

	memcpy(left, process->time.state_ns, sizeof(left));
	left[STATE_ON_CPU] = left[STATE_UNOBSERVED] = 0;
	for (i = 0; i < process->wait_count; i++)
		if (process->waits[i].state == STATE_LOCK)
			to_lock -= least(to_lock, process->waits[i].wait_ns);
	for (i = 0; i < process->wait_count && !result; i++) {
		const struct wait_model *wait = &process->waits[i];

		ns = least(wait->wait_ns, left[wait->state]);
		left[wait->state] -= ns;
		moved = wait->state == STATE_CONDITION ? least(wait->wait_ns - ns, to_lock) : 0;
		to_lock -= moved;
		left[STATE_LOCK] -= moved;
		result = visit_wait(walk, wait, wait->state, ns, wait->waits);
		if (!result)
			result = visit_wait(walk, wait, STATE_LOCK, moved, ns ? 0 : wait->waits);
	}
	for (s = 0; s < NR_STATES && !result; s++)
		result = visit_wait(walk, NULL, s, left[s], ready_count(process, s));
	return result;
}

/* ---- stalls and locks ------------------------------------------------------------------------ */
static const struct thread_model *thread_of(const struct process_model *process, uint32_t tid)
{
	size_t i;

	for (i = 0; i < process->thread_count; i++)
		if (process->threads[i].tid == tid && process->threads[i].count == 1)
			return &process->threads[i];
	return NULL;
}

static int visit_stall(const struct walk *walk, const struct stall_model *stall)
{
	struct stack stack = stack_of(walk, VIEW_STALLS, stall_cause_name(stall->cause));
	char place[1][RECORD_PLACE_LEN];

	if (!stall->duration_ns)
		return 0;
	stack.ns = stall->duration_ns;
	stack.tid = stall->tid;
	stack.thread = thread_of(walk->process, stall->tid);
	if (stall->block)
		wording_peer(stall->block, stack.peer, sizeof(stack.peer));
	stack.frames = (const char(*)[RECORD_PLACE_LEN])stall->frames;
	stack.frame_count = stall->frame_count;
	if (!stall->frame_count) {
		if (stall->where[0])
			memcpy(place[0], stall->where, sizeof(place[0]));
		else
			wording_stall(stall, place[0], sizeof(place[0]));
		stack.frames = (const char(*)[RECORD_PLACE_LEN])place;
		stack.frame_count = 1;
	}
	return walk->visit(walk->context, &stack);
}

static int visit_lock(const struct walk *walk, const struct lock_model *lock)
{
	struct stack stack = stack_of(walk, VIEW_LOCKS, lock_kind_name(lock->kind));
	char place[1][RECORD_PLACE_LEN];

	if (!lock->contention || !lock->wait_ns)
		return 0;
	stack.ns = lock->wait_ns;
	stack.frames = (const char(*)[RECORD_PLACE_LEN])lock->frames;
	stack.frame_count = lock->frame_count;
	if (!lock->frame_count) {
		if (lock->where[0])
			memcpy(place[0], lock->where, sizeof(place[0]));
		else if (lock->symbol[0])
			snprintf(place[0], sizeof(place[0]), "%.*s", (int)sizeof(lock->symbol),
				 lock->symbol);
		else
			snprintf(place[0], sizeof(place[0]), "0x%llx",
				 (unsigned long long)lock->address);
		stack.frames = (const char(*)[RECORD_PLACE_LEN])place;
		stack.frame_count = 1;
	}
	return walk->visit(walk->context, &stack);
}

int stacks_each(const struct model *model, int (*visit)(void *context, const struct stack *stack),
		void *context)
{
	struct walk walk = { .visit = visit, .context = context };
	int result = 0;
	size_t i, j;

	for (i = 0; i < model->process_count && !result; i++) {
		walk.process = &model->processes[i];
		result = visit_waits(&walk);
		for (j = 0; j < walk.process->stall_count && !result; j++)
			result = visit_stall(&walk, &walk.process->stalls[j]);
		for (j = 0; j < walk.process->lock_count && !result; j++)
			result = visit_lock(&walk, &walk.process->locks[j]);
	}
	return result;
}
