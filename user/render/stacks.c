// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Turns a model's ledger, stalls and locks into weighted stacks. The ledger has the exact time of each
 * state and wait, the places divide it.
 */
#include "render/stacks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/state_names.h"
#include "lib/units.h"
#include "verdict/causes/stalls.h"
#include "verdict/words/wording.h"

struct walk {
	const struct model *model;
	const struct process_model *process;
	uint32_t views;
	struct stack *stack; /* large: one for all visits */
	int (*visit)(void *context, const struct stack *stack);
	void *context;
};

#define NAME(ident, name, kind, by_default) name,
static const char *const view_names[NR_VIEWS] = { STACK_VIEWS(NAME) };
#undef NAME
#define KIND(ident, name, kind, by_default) kind,
static const char *const view_kinds[NR_VIEWS] = { STACK_VIEWS(KIND) };
#undef KIND

const char *stack_view_name(enum stack_view view)
{
	return view_names[view];
}

enum stack_view stack_view_find(const char *name)
{
	int i;

	for (i = 0; i < NR_VIEWS && strcmp(view_names[i], name); i++)
		;
	return (enum stack_view)i;
}

/* Begins a stack of a view. */
static struct stack *stack_of(const struct walk *walk, enum stack_view view, const char *reason)
{
	struct stack *stack = walk->stack;
	char comm[2 * RECORD_COMM_LEN];

	memset(stack, 0, offsetof(struct stack, frames));
	stack->frame_count = 0;
	stack->count = 0;
	stack->where = "";
	stack->view = view;
	stack->process = walk->process;
	stack->reason = reason;
	units_printable(walk->process->comm, RECORD_COMM_LEN, comm, sizeof(comm));
	if (walk->process->merged)
		snprintf(stack->root, sizeof(stack->root), "%s-ended", comm);
	else
		snprintf(stack->root, sizeof(stack->root), "%s-%u", comm[0] ? comm : "process",
			 walk->process->pid);
	snprintf(stack->reason_frame, sizeof(stack->reason_frame), "[%s %s]", view_kinds[view],
		 reason);
	return stack;
}

/* text and file are borrowed until the visit. */
static void add_frame(struct stack *stack, const char *text, const char *file)
{
	if (stack->frame_count < STACK_MAX_FRAMES)
		stack->frames[stack->frame_count++] = (struct stack_frame){ text, file };
}

/* The frames from this one outwards; frame: number in model->frames plus one, 0 none. */
static void add_frames(const struct walk *walk, size_t frame)
{
	const struct place_frame *at;

	for (; frame; frame = at->caller) {
		at = &walk->model->frames[frame - 1];
		add_frame(walk->stack, at->text, at->file);
	}
}

static void add_texts(struct stack *stack, const char (*texts)[RECORD_PLACE_LEN], size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		add_frame(stack, texts[i], "");
}

static int visit_stack(const struct walk *walk, uint64_t ns, uint64_t count)
{
	walk->stack->ns = ns;
	walk->stack->count = count;
	return ns ? walk->visit(walk->context, walk->stack) : 0;
}

static uint64_t least(uint64_t one, uint64_t other)
{
	return one < other ? one : other;
}

/* ---- division by places ---------------------------------------------------------------------- */
/* Part of a whole that is given out in the order of weights, so that the parts sum to it. */
struct division {
	uint64_t whole, weights; /* to be divided, by weights that sum to this */
	uint64_t passed, given;
};

static uint64_t divide(struct division *division, uint64_t weight)
{
	uint64_t next;

	division->passed += weight;
	next = division->weights ? (uint64_t)((unsigned __int128)division->whole *
					      division->passed / division->weights) :
				   0;
	weight = next - division->given;
	division->given = next;
	return weight;
}

/* ---- on-CPU ---------------------------------------------------------------------------------- */
static int visit_computing(const struct walk *walk)
{
	const struct process_model *process = walk->process;
	uint64_t left = process->time.state_ns[STATE_ON_CPU];
	char leaf[RECORD_PLACE_LEN];
	int result = 0;
	size_t i, j;

	if (!(walk->views >> VIEW_ON_CPU & 1))
		return 0;
	for (i = 0; i < process->place_group_count && !result; i++) {
		const struct place_group *group = &process->place_groups[i];

		for (j = 0; group->site.state == STATE_ON_CPU && j < group->place_count && !result;
		     j++) {
			const struct place_model *place = &group->places[j];
			struct stack *stack = stack_of(walk, VIEW_ON_CPU, state_name(STATE_ON_CPU));

			if (place->call_name[0]) {
				snprintf(leaf, sizeof(leaf), "%.23s (kernel)", place->call_name);
				add_frame(stack, leaf, "");
			}
			add_frames(walk, place->frame);
			stack->where = place->where;
			left -= least(left, place->ns);
			result = visit_stack(walk, place->ns, place->samples);
		}
	}
	if (result)
		return result;
	stack_of(walk, VIEW_ON_CPU, state_name(STATE_ON_CPU));
	return visit_stack(walk, left, 0);
}

/* ---- off-CPU --------------------------------------------------------------------------------- */
static enum stack_view view_of(uint32_t state)
{
	return STATES_OF_REST >> state & 1 ? VIEW_REST : VIEW_OFF_CPU;
}

/* Is this group one of those that a wait's time went to? Locks have groups of their own. */
static bool is_of(const struct process_model *process, const struct place_group *group,
		  const struct wait_model *wait, uint32_t state)
{
	const struct place_site *site = &group->site;
	size_t i;

	if (!group->lock)
		return site->state == wait->state && site->object == wait->object &&
		       site->device == wait->device && site->family == wait->family &&
		       site->peer_port == wait->peer_port &&
		       !memcmp(site->peer_addr, wait->peer_addr, sizeof(site->peer_addr)) &&
		       !strncmp(site->call_name, wait->call_name, sizeof(site->call_name));
	if ((state != STATE_LOCK && state != STATE_GIL) || wait->object != OBJECT_FUTEX)
		return false;
	for (i = 0; i < process->lock_count; i++)
		if (process->locks[i].address == group->lock)
			return (process->locks[i].kind == LOCK_GIL) == (state == STATE_GIL);
	return false;
}

/* ns of a wait that the ledger has in this state, divided by the places of its groups. */
static int visit_wait(const struct walk *walk, const struct wait_model *wait, uint32_t state,
		      uint64_t ns, uint64_t count)
{
	const struct process_model *process = walk->process;
	struct division time = { .whole = ns }, waits = { .whole = count };
	char leaf[RECORD_PLACE_LEN];
	struct stack *stack;
	int result = 0;
	uint64_t part;
	size_t i, j;

	if (!ns || !(walk->views >> view_of(state) & 1))
		return 0;
	wording_wait(wait, leaf, sizeof(leaf));
	for (i = 0; i < process->place_group_count; i++)
		if (is_of(process, &process->place_groups[i], wait, state))
			time.weights += process->place_groups[i].ns;
	waits.weights = time.weights;
	for (i = 0; i < process->place_group_count && !result; i++) {
		const struct place_group *group = &process->place_groups[i];

		if (!is_of(process, group, wait, state))
			continue;
		for (j = 0; j < group->place_count && !result; j++) {
			part = divide(&time, group->places[j].ns);
			stack = stack_of(walk, view_of(state), state_name(state));
			wording_peer(wait, stack->peer, sizeof(stack->peer));
			add_frame(stack, leaf, "");
			add_frames(walk, group->places[j].frame);
			stack->where = group->places[j].where;
			result = visit_stack(walk, part, divide(&waits, group->places[j].ns));
		}
	}
	if (result)
		return result;
	stack = stack_of(walk, view_of(state), state_name(state));
	wording_peer(wait, stack->peer, sizeof(stack->peer));
	add_frame(stack, leaf, "");
	return visit_stack(walk, ns - time.given, count - waits.given);
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
	/* where the rest was is not known */
	for (s = 0; s < NR_STATES && !result; s++) {
		if (!(walk->views >> view_of(s) & 1))
			continue;
		stack_of(walk, view_of(s), state_name(s));
		result = visit_stack(walk, left[s], ready_count(process, s));
	}
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
	struct stack *stack = stack_of(walk, VIEW_STALLS, stall_cause_name(stall->cause));
	char words[RECORD_PLACE_LEN];

	stack->tid = stall->tid;
	stack->thread = thread_of(walk->process, stall->tid);
	if (stall->block)
		wording_peer(stall->block, stack->peer, sizeof(stack->peer));
	add_texts(stack, (const char(*)[RECORD_PLACE_LEN])stall->frames, stall->frame_count);
	if (!stall->frame_count && stall->where[0])
		add_frame(stack, stall->where, "");
	else if (!stall->frame_count) {
		wording_stall(stall, words, sizeof(words));
		add_frame(stack, words, "");
	}
	return visit_stack(walk, stall->duration_ns, 0);
}

static int visit_lock(const struct walk *walk, const struct lock_model *lock)
{
	struct stack *stack = stack_of(walk, VIEW_LOCKS, lock_kind_name(lock->kind));
	char address[24];

	if (!lock->contention)
		return 0;
	add_texts(stack, (const char(*)[RECORD_PLACE_LEN])lock->frames, lock->frame_count);
	if (!lock->frame_count && lock->where[0])
		add_frame(stack, lock->where, "");
	else if (!lock->frame_count && lock->symbol[0])
		add_frame(stack, lock->symbol, "");
	else if (!lock->frame_count) {
		snprintf(address, sizeof(address), "0x%llx", (unsigned long long)lock->address);
		add_frame(stack, address, "");
	}
	return visit_stack(walk, lock->wait_ns, 0);
}

static int visit_process(const struct walk *walk)
{
	const struct process_model *process = walk->process;
	int result = visit_computing(walk);
	size_t i;

	if (!result)
		result = visit_waits(walk);
	for (i = 0; walk->views >> VIEW_STALLS & 1 && i < process->stall_count && !result; i++)
		result = visit_stall(walk, &process->stalls[i]);
	for (i = 0; walk->views >> VIEW_LOCKS & 1 && i < process->lock_count && !result; i++)
		result = visit_lock(walk, &process->locks[i]);
	return result;
}

int stacks_each(const struct model *model, uint32_t views,
		int (*visit)(void *context, const struct stack *stack), void *context)
{
	struct stack stack;
	struct walk walk = {
		.model = model, .views = views, .stack = &stack, .visit = visit, .context = context
	};
	int result = 0;
	size_t i;

	for (i = 0; i < model->process_count && !result; i++) {
		walk.process = &model->processes[i];
		result = visit_process(&walk);
	}
	return result;
}
