// SPDX-License-Identifier: GPL-2.0-or-later
#include "analysis/stuck.h"

#include <string.h>

#define CHAIN_MAX 64 /* holders that are followed */
#define STILL_SHARE 0.02 /* of the window on a CPU: a process that does more moves */

struct proofs {
	struct stuck *rows;
	size_t count;
};

static struct stuck *add(struct proofs *proofs, enum stuck_kind kind,
			 const struct process_model *process, const struct standing_model *wait)
{
	struct stuck *row = &proofs->rows[proofs->count];

	if (proofs->count == STUCK_MAX)
		return NULL;
	proofs->count++;
	*row = (struct stuck){ .kind = kind, .process = process, .wait = wait };
	return row;
}

const struct standing_model *stuck_wait_of(const struct process_model *process, uint32_t tid)
{
	size_t i;

	for (i = 0; tid && i < process->standing_count; i++)
		if (process->standing[i].tid == tid)
			return &process->standing[i];
	return NULL;
}

/* ---- locks ----------------------------------------------------------------------------------- */
static const struct lock_model *lock_of(const struct process_model *process, uint64_t address)
{
	size_t i;

	for (i = 0; i < process->lock_count; i++)
		if (process->locks[i].address == address)
			return &process->locks[i];
	return NULL;
}

/* It waits for a lock, not at a condition or an unknown word. */
static bool waits_for_lock(const struct process_model *process, const struct standing_model *wait)
{
	const struct lock_model *lock = wait->waits_for_lock ? lock_of(process, wait->lock) : NULL;

	return lock && lock->contention && lock->kind != LOCK_GIL;
}

/* Threads that wait for this lock. */
static uint32_t count_waiters(const struct process_model *process, uint64_t lock)
{
	uint32_t count = 0;
	size_t i;

	for (i = 0; i < process->standing_count; i++)
		count += process->standing[i].waits_for_lock && process->standing[i].lock == lock;
	return count;
}

/* Does following the holders from here lead back, with no member of a lower number? One finds each cycle. */
static bool begins_cycle(const struct process_model *process, const struct standing_model *wait)
{
	const struct standing_model *next = wait;
	int steps;

	for (steps = 0; steps < CHAIN_MAX; steps++) {
		next = waits_for_lock(process, next) ? stuck_wait_of(process, next->holder) : NULL;
		if (!next || next->tid < wait->tid)
			return false;
		if (next == wait)
			return true;
	}
	return false;
}

static void add_cycle(struct proofs *proofs, const struct process_model *process,
		      const struct standing_model *first)
{
	const struct standing_model *wait = first;
	struct stuck *row;

	do {
		row = add(proofs, STUCK_DEADLOCK, process, wait);
		if (!row)
			return;
		row->holder = stuck_wait_of(process, wait->holder);
		row->threads = count_waiters(process, wait->lock);
		wait = row->holder;
	} while (wait != first);
}

/* The first waiter of each lock stands for all of them. */
static bool is_first_waiter(const struct process_model *process, const struct standing_model *wait)
{
	const struct standing_model *each;

	for (each = process->standing; each < wait; each++)
		if (each->waits_for_lock && each->lock == wait->lock)
			return false;
	return true;
}

static void find_holders(struct proofs *proofs, const struct process_model *process)
{
	const struct standing_model *wait, *holder;
	struct stuck *row;
	size_t i;

	for (i = 0; i < process->standing_count; i++) {
		wait = &process->standing[i];
		if (!waits_for_lock(process, wait) || !is_first_waiter(process, wait))
			continue;
		holder = stuck_wait_of(process, wait->holder);
		if (!wait->stray && (!holder || waits_for_lock(process, holder)))
			continue;
		row = add(proofs, wait->stray ? STUCK_GONE : STUCK_HOLDER, process, wait);
		if (!row)
			return;
		row->holder = holder;
		row->threads = count_waiters(process, wait->lock);
	}
}

static void find_locks(struct proofs *proofs, const struct process_model *process)
{
	size_t i;

	for (i = 0; i < process->standing_count; i++)
		if (begins_cycle(process, &process->standing[i]))
			add_cycle(proofs, process, &process->standing[i]);
	find_holders(proofs, process);
}

/* ---- writes ---------------------------------------------------------------------------------- */
static const struct process_model *process_of(const struct model *model, uint32_t pid)
{
	size_t i;

	for (i = 0; pid && i < model->process_count; i++)
		if (model->processes[i].pid == pid && !model->processes[i].exited)
			return &model->processes[i];
	return NULL;
}

static bool is_stream(uint32_t object)
{
	switch (object) {
	case OBJECT_PIPE:
	case OBJECT_UNIX:
	case OBJECT_UNIX_ACCEPTED:
	case OBJECT_TCP_CONNECTED:
	case OBJECT_TCP_ACCEPTED:
	case OBJECT_TERMINAL:
		return true;
	}
	return false;
}

static void find_writes(struct proofs *proofs, const struct model *model,
			const struct process_model *process)
{
	const struct process_model *other;
	const struct standing_model *wait, *reader;
	size_t i;

	for (i = 0; i < process->standing_count; i++) {
		wait = &process->standing[i];
		if (!wait->writes || !is_stream(wait->object))
			continue;
		if (!add(proofs, STUCK_WRITE, process, wait))
			return;
		proofs->rows[proofs->count - 1].threads = 1;
		other = wait->other_pid ? process_of(model, wait->other_pid) : NULL;
		reader = other ? stuck_wait_of(other, other->pid) : NULL;
		if (reader)
			add(proofs, STUCK_READER, other, reader);
	}
}

/* ---- sockets --------------------------------------------------------------------------------- */
/* The process did next to nothing in the window. */
static bool is_still(const struct model *model, const struct process_model *process)
{
	return (double)process->time.state_ns[STATE_ON_CPU] <
	       STILL_SHARE * (double)model->duration_ns;
}

static bool is_listener(const struct backlog_model *socket)
{
	return socket->object == OBJECT_TCP_LISTENING || socket->object == OBJECT_UNIX_LISTENING;
}

/* The thread that should serve: the main one, or the first whose place is known. */
static const struct standing_model *server_of(const struct process_model *process)
{
	const struct standing_model *main = stuck_wait_of(process, process->pid);
	size_t i;

	for (i = 0; (!main || !main->where[0]) && i < process->standing_count; i++)
		if (process->standing[i].where[0])
			return &process->standing[i];
	return main;
}

/* Sums up the sockets of one kind, selected by a test, as one proof. */
static void add_sockets(struct proofs *proofs, enum stuck_kind kind,
			const struct process_model *process,
			bool (*is_one)(const struct backlog_model *socket))
{
	struct stuck *row = NULL;
	size_t i;

	for (i = 0; i < process->backlog_count; i++) {
		if (!is_one(&process->backlogs[i]))
			continue;
		if (!row)
			row = add(proofs, kind, process, server_of(process));
		if (!row)
			return;
		row->port = process->backlogs[i].port;
		row->pending += kind == STUCK_REQUEST ? 1 : process->backlogs[i].pending;
	}
}

static bool has_queue(const struct backlog_model *socket)
{
	return is_listener(socket) && socket->pending_first && socket->pending;
}

static bool has_unread(const struct backlog_model *socket)
{
	return !is_listener(socket) && socket->pending_first && socket->untouched &&
	       !socket->waited && !socket->shared;
}

static bool is_unwaited(const struct backlog_model *socket)
{
	return !is_listener(socket) && !socket->pending && socket->untouched && !socket->waited &&
	       !socket->shared;
}

/* All of its threads waited for one thing each: none can have taken anything. */
static bool none_moved(const struct process_model *process)
{
	return process->standing_count && process->standing_count == process->threads_seen;
}

/* What waits for a loop that has not come back is the effect of that stall, which has its own class. */
static void find_sockets(struct proofs *proofs, const struct model *model,
			 const struct process_model *process)
{
	/* a queue that was not empty twice is also that of a server with more to do than it can */
	if (!is_still(model, process) || !none_moved(process) ||
	    model_loop_never_returned(model, process))
		return;
	add_sockets(proofs, STUCK_ACCEPT, process, has_queue);
	add_sockets(proofs, STUCK_UNREAD, process, has_unread);
	add_sockets(proofs, STUCK_REQUEST, process, is_unwaited);
}

/* ---- pools ----------------------------------------------------------------------------------- */
/* First frame with this text, from a frame on. */
static bool has_frame(const struct standing_model *wait, const char *file, const char *function)
{
	size_t i;

	for (i = 0; i < wait->frame_count; i++)
		if (strstr(wait->frames[i], file) && strstr(wait->frames[i], function))
			return true;
	return false;
}

/* A worker of concurrent.futures, which waits inside its task for the result of another task. */
static bool waits_for_result(const struct standing_model *wait)
{
	return has_frame(wait, "concurrent/futures/_base.py", " result");
}

static void find_pools(struct proofs *proofs, const struct process_model *process)
{
	uint32_t workers = 0, waiting = 0;
	const struct standing_model *first = NULL;
	struct stuck *row;
	size_t i;

	for (i = 0; i < process->standing_count; i++) {
		const struct standing_model *wait = &process->standing[i];

		if (!has_frame(wait, "concurrent/futures/thread.py", " _worker"))
			continue;
		workers++;
		waiting += waits_for_result(wait);
		first = !first && waits_for_result(wait) ? wait : first;
	}
	if (!waiting || waiting < workers)
		return;
	row = add(proofs, STUCK_POOL, process, first);
	if (row)
		row->threads = workers;
}

/* ---- all ------------------------------------------------------------------------------------- */
static void find_in(struct proofs *proofs, const struct model *model,
		    const struct process_model *process)
{
	find_locks(proofs, process);
	find_writes(proofs, model, process);
	find_sockets(proofs, model, process);
	find_pools(proofs, process);
}

size_t stuck_find(const struct model *model, const struct process_model *process,
		  struct stuck ret[STUCK_MAX])
{
	struct process_range range = model_range(model, process);
	struct proofs proofs = { .rows = ret };
	const struct process_model *each;

	if (model->duration_ns < STUCK_MIN_NS)
		return 0;
	for (each = range.first; each < range.end; each++)
		find_in(&proofs, model, each);
	return proofs.count;
}

/* ---- rest that is understood ----------------------------------------------------------------- */
/* A condition, or a word of unknown kind, that others of the process wait at as well: a pool's own. */
static bool is_pool_wait(const struct process_model *process, const struct standing_model *wait)
{
	if (has_frame(wait, "concurrent/futures/thread.py", " _worker"))
		return !waits_for_result(wait) &&
		       !has_frame(wait, "concurrent/futures/thread.py", " run");
	return wait->waits_for_lock && count_waiters(process, wait->lock) > 1;
}

static bool is_for_work(const struct process_model *process, const struct standing_model *wait)
{
	switch (wait->state) {
	case STATE_REQUEST:
	case STATE_SLEEP:
	case STATE_POLL_IDLE:
	case STATE_CHILD: /* what the children do is asked of them */
		return true;
	case STATE_CONDITION:
		return is_pool_wait(process, wait);
	case STATE_OTHER:
		return record_wait_for_signal(wait->call_name);
	}
	return false;
}

const struct standing_model *stuck_unexplained(const struct model *model,
					       const struct process_model *process)
{
	struct process_range range = model_range(model, process);
	const struct process_model *each;
	size_t i;

	for (each = range.first; each < range.end; each++)
		for (i = 0; i < each->standing_count; i++)
			if (!is_for_work(each, &each->standing[i]))
				return &each->standing[i];
	return NULL;
}
