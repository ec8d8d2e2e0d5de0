// SPDX-License-Identifier: GPL-2.0-or-later
/* Looks for each kind of proof of a hang: locks, files, pipes, connections, pools, barriers. */
#include "analysis/stuck/stuck.h"

#include <string.h>

#include "analysis/stuck/stuck_closed.h"
#include "analysis/stuck/stuck_proofs.h"
#include "analysis/stuck/stuck_waits.h"
#include "lib/runtimes.h"

#define CHAIN_MAX 64 /* holders that are followed */

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
		row = stuck_add(proofs, wait->holder == wait->tid ? STUCK_SELF : STUCK_DEADLOCK,
				process, wait);
		if (!row)
			return;
		row->holder = stuck_wait_of(process, wait->holder);
		row->threads = stuck_wait_count(process, wait->lock);
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
		if (!wait->stray && (!holder || waits_for_lock(process, holder) ||
				     stuck_wait_follows(process, wait)))
			continue;
		row = stuck_add(proofs, wait->stray ? STUCK_GONE : STUCK_HOLDER, process, wait);
		if (!row)
			return;
		row->holder = holder;
		row->threads = stuck_wait_count(process, wait->lock);
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

/* ---- what only processes that stand themselves could end --------------------------------------- */
static const struct standing_model *first_wait(const struct process_model *process)
{
	const struct standing_model *main = stuck_wait_of(process, process->pid);

	return main || !process->standing_count ? main : &process->standing[0];
}

static void find_reads(struct proofs *proofs, const struct model *model,
		       const struct process_model *process)
{
	const struct process_model *other;
	struct stuck *row = NULL;
	size_t i;

	for (i = 0; i < process->standing_count; i++) {
		if (!stuck_closed_read(&process->standing[i]))
			continue;
		if (!row && !stuck_closed(model, process))
			return;
		row = stuck_add(proofs, STUCK_READ, process, &process->standing[i]);
		if (!row)
			return;
		other = stuck_process(model, row->wait->other_pid);
		row->holder = other ? first_wait(other) : NULL;
		row->threads = 1;
	}
}

/* Each thread has waited all the time, and for no work: a holder that is idle may be meant to keep its lock. */
static bool never_moves(const struct process_model *process)
{
	size_t i;

	if (!stuck_all_stand(process))
		return false;
	for (i = 0; i < process->standing_count; i++)
		switch (process->standing[i].state) {
		case STATE_POLL_IDLE:
		case STATE_REQUEST:
		case STATE_CONDITION:
		case STATE_CHILD: /* it may work for this one */
			return false;
		}
	return true;
}

static void find_file_locks(struct proofs *proofs, const struct model *model,
			    const struct process_model *process)
{
	const struct process_model *holder = stuck_process(model, process->file_lock_pid);
	struct stuck *row;
	size_t i;

	if (!holder || holder == process || (!never_moves(holder) && !stuck_closed(model, holder)))
		return;
	for (i = 0; i < process->standing_count; i++) {
		if (!stuck_waits_for_file(process, &process->standing[i]))
			continue;
		row = stuck_add(proofs, STUCK_FILE, process, &process->standing[i]);
		if (!row)
			return;
		row->holder = first_wait(holder);
		row->threads = 1;
	}
}

/* ---- sockets --------------------------------------------------------------------------------- */
static bool is_listener(const struct backlog_model *socket)
{
	return socket->object == OBJECT_TCP_LISTENING || socket->object == OBJECT_UNIX_LISTENING;
}

/*
 * The thread that should serve: one that waits for no work, else the main one, or the first with a place.
 * A runtime's own idle workers serve nothing.
 */
static const struct standing_model *server_of(const struct process_model *process)
{
	const struct standing_model *main = stuck_wait_of(process, process->pid), *unexplained;
	size_t i;

	unexplained = stuck_wait_unexplained(process);
	if (unexplained && !(main && runtime_traits_of(process->runtime)->parks_workers))
		main = unexplained;
	for (i = 0; (!main || !main->where[0]) && i < process->standing_count; i++)
		if (process->standing[i].where[0])
			return &process->standing[i];
	return main;
}

static bool has_queue(const struct backlog_model *socket)
{
	return is_listener(socket) && socket->pending_first && socket->pending;
}

/* The same, and it is known that none was taken meanwhile. */
static bool has_still_queue(const struct backlog_model *socket)
{
	return has_queue(socket) && socket->untouched;
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

/* How well a wait tells why a listener is not served. */
static int explains(const struct process_model *process, const struct standing_model *wait)
{
	if (!wait)
		return 0;
	if (stuck_wait_unexplained(process) || wait->object == OBJECT_TCP_ACCEPTED ||
	    wait->object == OBJECT_UNIX_ACCEPTED)
		return 2;
	return 1;
}

/* The queue of a listener that processes share is one; the process that explains it best stands for all. */
static bool joins_queue(struct proofs *proofs, const struct process_model *process,
			const struct backlog_model *socket)
{
	const struct standing_model *wait;
	struct stuck *row;

	for (row = proofs->rows; socket->shared && row < proofs->rows + proofs->count; row++) {
		if (row->kind != STUCK_ACCEPT || row->process == process || !socket->port ||
		    row->port != socket->port)
			continue;
		wait = server_of(process);
		if (explains(process, wait) > explains(row->process, row->wait)) {
			row->process = process;
			row->wait = wait;
		}
		return true;
	}
	return false;
}

/* Sums up the sockets of one kind, selected by a test, as one proof. */
static void add_sockets(struct proofs *proofs, enum stuck_kind kind, const struct model *model,
			const struct process_model *process,
			bool (*is_one)(const struct backlog_model *socket))
{
	struct stuck *row = NULL;
	size_t i;

	for (i = 0; i < process->backlog_count; i++) {
		if (!is_one(&process->backlogs[i]) ||
		    (kind == STUCK_ACCEPT &&
		     (stuck_others_may_accept(model, process, &process->backlogs[i]) ||
		      joins_queue(proofs, process, &process->backlogs[i]))))
			continue;
		if (!row)
			row = stuck_add(proofs, kind, process, server_of(process));
		if (!row)
			return;
		row->port = process->backlogs[i].port;
		row->pending += kind == STUCK_REQUEST ? 1 : process->backlogs[i].pending;
	}
}

/*
 * What waits for a loop that has not come back is the effect of that stall, which has its own class. A
 * queue that was not empty twice may be that of a server with more to do than it can, unless its first is
 * the same. Where some threads moved, what lies in a connection is no proof unless one is found that waits
 * for something other than work: it may be what should serve.
 */
static void find_sockets(struct proofs *proofs, const struct model *model,
			 const struct process_model *process)
{
	bool none = stuck_none_moved(process);

	if (!stuck_is_still(model, process) || model_loop_never_returned(model, process) ||
	    (!none && !stuck_none_serves(model, process)))
		return;
	add_sockets(proofs, STUCK_ACCEPT, model, process, none ? has_queue : has_still_queue);
	if (!none && !stuck_wait_unexplained(process))
		return;
	add_sockets(proofs, STUCK_UNREAD, model, process, has_unread);
	add_sockets(proofs, STUCK_REQUEST, model, process, is_unwaited);
}

/* ---- pools ----------------------------------------------------------------------------------- */
/* A worker of the same pool, whatever it does. */
static bool is_sibling(const struct standing_model *one, const struct standing_model *other)
{
	return !strcmp(one->runner, other->runner);
}

/* Has it a thread, not its first, that moved and is called as these are? It may be one of them. */
static bool has_moving_sibling(const struct process_model *process,
			       const struct standing_model *wait)
{
	char name[RECORD_COMM_LEN], other[RECORD_COMM_LEN];
	size_t i;

	model_base_name(wait->comm, name);
	for (i = 0; i < process->thread_count; i++) {
		const struct thread_model *thread = &process->threads[i];

		model_base_name(thread->comm, other);
		if (thread->tid != process->pid && !thread->exited &&
		    !stuck_wait_of(process, thread->tid) && !memcmp(name, other, sizeof(name)))
			return true;
	}
	return false;
}

/*
 * An idle worker of a pool waits in the pool's library alone; one that has a function of the program
 * further in, and waits there for a result of the library, waits inside its work. When all do, none is left
 * to take what they wait for.
 */
static void find_pools(struct proofs *proofs, const struct process_model *process)
{
	const struct standing_model *first = NULL, *wait;
	uint32_t workers = 0, inside = 0;
	struct stuck *row;
	size_t i;

	for (i = 0; i < process->standing_count && !first; i++)
		if (process->standing[i].tid != process->pid &&
		    stuck_wait_is_inside(&process->standing[i]))
			first = &process->standing[i];
	for (i = 0; first && i < process->standing_count; i++) {
		wait = &process->standing[i];
		if (wait->tid == process->pid || !is_sibling(first, wait))
			continue;
		workers++;
		inside += stuck_wait_is_inside(wait);
	}
	if (!first || inside < workers || has_moving_sibling(process, first))
		return;
	row = stuck_add(proofs, STUCK_POOL, process, first);
	if (row)
		row->threads = workers;
}

/* ---- whole processes ------------------------------------------------------------------------- */
/* Runtimes that schedule tasks, or hand signals to threads, keep threads that the kernel may wake. */
static bool may_wake_itself(const struct process_model *process)
{
	const struct runtime_traits *traits = runtime_traits_of(process->runtime);

	return traits->parks_tasks || traits->parks_each_thread || traits->owns_event_set;
}

/*
 * When each of several threads waits at a futex of their own process, without a timeout, none is left
 * that could wake one. A single one may wait for a signal.
 */
static void find_all(struct proofs *proofs, const struct process_model *process)
{
	const struct standing_model *first = NULL;
	struct stuck *row;
	size_t i;

	if (process->standing_count < 2 || !stuck_all_stand(process) || may_wake_itself(process))
		return;
	for (i = 0; i < process->standing_count; i++) {
		if (!process->standing[i].internal)
			return;
		if (!first && process->standing[i].where[0] &&
		    !stuck_wait_joins(&process->standing[i]))
			first = &process->standing[i];
	}
	row = stuck_add(proofs, STUCK_ALL, process, first ? first : &process->standing[0]);
	if (row)
		row->threads = (uint32_t)process->standing_count;
}

static bool at_barrier(const struct standing_model *wait)
{
	return wait->internal && stuck_wait_has_frame(wait, "pthread_barrier_wait", "");
}

/*
 * Threads that wait at a barrier wait for one of their own kind. Where every other thread waits for a
 * time, a signal, or the end of these, and for no work, the one that is missing will not come.
 */
static void find_barrier(struct proofs *proofs, const struct process_model *process)
{
	const struct standing_model *first = NULL, *wait;
	uint32_t waiting = 0;
	struct stuck *row;
	size_t i;

	if (!stuck_all_stand(process))
		return;
	for (i = 0; i < process->standing_count; i++) {
		wait = &process->standing[i];
		if (at_barrier(wait)) {
			waiting++;
			first = first ? first : wait;
		} else if (wait->state != STATE_SLEEP && !stuck_wait_joins(wait) &&
			   !record_wait_for_signal(wait->call_name, wait->object)) {
			return;
		}
	}
	row = waiting > 1 ? stuck_add(proofs, STUCK_BARRIER, process, first) : NULL;
	if (row)
		row->threads = waiting;
}

/* ---- all ------------------------------------------------------------------------------------- */
static void find_in(struct proofs *proofs, const struct model *model,
		    const struct process_model *process)
{
	size_t before = proofs->count;

	find_locks(proofs, process);
	find_file_locks(proofs, model, process);
	stuck_find_writes(proofs, model, process);
	find_reads(proofs, model, process);
	find_sockets(proofs, model, process);
	find_pools(proofs, process);
	/* what says less: it names nothing that should move */
	if (proofs->count == before)
		find_barrier(proofs, process);
	if (proofs->count == before)
		find_all(proofs, process);
}

/* What is first in the enum is the reason of what comes later: a queue grows since its server is stuck. */
static void sort_by_kind(struct proofs *proofs)
{
	struct stuck row;
	size_t i, j;

	for (i = 1; i < proofs->count; i++) {
		row = proofs->rows[i];
		for (j = i; j && proofs->rows[j - 1].kind > row.kind; j--)
			proofs->rows[j] = proofs->rows[j - 1];
		proofs->rows[j] = row;
	}
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
	sort_by_kind(&proofs);
	return proofs.count;
}
