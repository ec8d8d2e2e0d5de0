// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Classifies futex words from rows of waits by thread and address: kind, waiters and holders of
 * each.
 */
#include "model/locks/locks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/state_names.h"
#include "lib/vec.h"
#include "model/locks/locks_parts.h"

#define HELD_EXPLAINS 4 /* a quarter of the waiting and more: the rest is the way of a wake-up */
#define OUTER_WAKES \
	0.4 /* of all wakes: with three waiters an owner that never waits makes a third */

uint64_t lock_thread_key(uint32_t pid, uint64_t process_start_ns, uint32_t tid)
{
	uint64_t key = index_hash(&process_start_ns, sizeof(process_start_ns), 0);

	key = index_hash(&pid, sizeof(pid), key);
	return index_hash(&tid, sizeof(tid), key);
}

static const struct lock_place_entry *place_of(const struct session *session,
					       const struct record_lock *record)
{
	size_t position = index_find(&session->lock_place_index,
				     session_lock_place_key(record->pid, record->process_start_ns,
							    record->address));

	return position == INDEX_NONE ? NULL : &session->lock_places[position];
}

static int group_add(struct lock_book *book, uint64_t key, size_t *ret)
{
	*ret = index_find(&book->group_index, key);
	if (*ret != INDEX_NONE)
		return 0;
	*ret = book->group_count;
	if (vec_reserve((void **)&book->groups, &book->group_capacity, *ret,
			sizeof(*book->groups)) ||
	    index_add(&book->group_index, key, *ret))
		return -ENOMEM;
	memset(&book->groups[book->group_count++], 0, sizeof(*book->groups));
	return 0;
}

/* A lock that is seen at several addresses is one lock: its identity is that of the memory. */
struct lock_part *lock_part_of(struct lock_book *book, const struct session *session,
			       const struct record_lock *record)
{
	const struct lock_place_entry *place = place_of(session, record);
	uint64_t process = session_lock_place_key(record->pid, record->process_start_ns, 0), key;
	bool shared = place && place->last.inode;
	struct lock_part *part;
	size_t position;

	if (shared) {
		key = index_hash(&place->last.device, sizeof(place->last.device), 1);
		key = index_hash(&place->last.inode, sizeof(place->last.inode), key);
		key = index_hash(&place->last.offset, sizeof(place->last.offset), key);
	} else {
		key = index_hash(&record->address, sizeof(record->address), process);
	}
	process = index_hash(&key, sizeof(key), process);
	position = index_find(&book->part_index, process);
	if (position == INDEX_NONE) {
		position = book->part_count;
		if (vec_reserve((void **)&book->parts, &book->part_capacity, position,
				sizeof(*part)) ||
		    index_add(&book->part_index, process, position))
			return NULL;
		part = &book->parts[book->part_count++];
		memset(part, 0, sizeof(*part));
		part->process_start_ns = record->process_start_ns;
		part->pid = record->pid;
		part->lock.address = record->address;
		part->lock.shared = shared;
		if (group_add(book, key, &part->group))
			return NULL;
	}
	part = &book->parts[position];
	if (place && (!part->place || place->frame_count > part->place->frame_count))
		part->place = place;
	return part;
}

static int holder_add(struct lock_part *part, uint32_t tid, uint64_t count, uint64_t ns)
{
	struct holder_model *holder;
	size_t i;

	for (i = 0; i < part->holder_count && part->holders[i].tid != tid; i++)
		;
	if (i == part->holder_count) {
		if (vec_reserve((void **)&part->holders, &part->holder_capacity, i,
				sizeof(*part->holders)))
			return -ENOMEM;
		memset(&part->holders[part->holder_count++], 0, sizeof(*part->holders));
	}
	holder = &part->holders[i];
	holder->tid = tid;
	holder->count += count;
	holder->ns += ns;
	return 0;
}

static uint64_t waiter_key(const struct lock_part *part, uint32_t tid)
{
	uint64_t key = lock_thread_key(part->pid, part->process_start_ns, tid), group = part->group;

	return index_hash(&group, sizeof(group), key);
}

/* Rows of one thread at one lock may differ in kind, or in address: it is one waiter. */
static int waiter_add(struct lock_book *book, struct lock_part *part, const struct record_lock *row)
{
	uint64_t key = waiter_key(part, row->tid);

	if (index_find(&book->waiter_index, key) != INDEX_NONE)
		return 0;
	part->lock.waiters++;
	book->groups[part->group].waiters++;
	return index_add(&book->waiter_index, key, 0);
}

/* Waits of one thread that add to the figures of a lock. */
static int wait_add(struct lock_book *book, struct lock_part *part, const struct record_lock *row,
		    uint64_t count, uint64_t ns)
{
	struct lock_group *group = &book->groups[part->group];

	group->kind_count[row->kind] += count ? count : 1;
	if (row->kind == LOCK_GIL_HANDOVER) {
		part->lock.handovers += count;
		part->lock.handover_ns += ns;
		return 0;
	}
	group->waits += count;
	group->wait_ns += ns;
	part->lock.waits += count;
	part->lock.wait_ns += ns;
	return waiter_add(book, part, row);
}

static int row_add(struct lock_book *book, const struct session *session,
		   const struct record_lock *base, const struct record_lock *last)
{
	static const struct record_lock nothing;
	struct lock_part *part = lock_part_of(book, session, last);
	struct lock_group *group;
	struct longest longest;
	uint64_t count, ns;
	size_t i;

	if (!part)
		return -ENOMEM;
	group = &book->groups[part->group];
	base = base ? base : &nothing;
	count = span_minus(last->count, base->count);
	ns = span_minus(last->ns, base->ns);
	if (!count && !ns)
		return 0;
	if (last->role == ROLE_NUMBERED) {
		group->owned |= last->tid != 0;
		group->stray |= !last->tid && !last->shared; /* another process may hold it */
	}
	if (last->role != ROLE_WAITER)
		return last->tid ? holder_add(part, last->tid, count, ns) : 0;
	if (last->kind != LOCK_GIL_HANDOVER) {
		group->released += span_minus(last->released, base->released);
		group->handed += span_minus(last->handed, base->handed);
		longest = span_longest(last->max_ns, base->max_ns, count, ns);
		longest_add(&part->lock.longest, &longest);
		for (i = 0; i < RECORD_HISTOGRAM_LEN; i++)
			part->lock.histogram[i] +=
				span_minus(last->histogram[i], base->histogram[i]);
	}
	return wait_add(book, part, last, count, ns);
}

/* Functions of C libraries that wait for a lock and nothing else. */
bool model_waits_for_lock(const char *frame)
{
	static const char *const names[] = { "lll_lock_wait", "pthread_mutex_lock",
					     "pthread_mutex_timedlock", "pthread_mutex_clocklock" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strstr(frame, names[i]))
			return true;
	return false;
}

/* Does the stack of this wait, where it is known, pass through such a function? Asked of strays only. */
static bool in_lock_function(const struct session *session, const struct record_lock *open)
{
	const struct record_long_wait *waits = session->long_waits.last.rows;
	const struct record_long_wait_frame *frames = session->long_wait_frames.last.rows;
	size_t i, j;

	for (i = 0; open->stray && i < session->long_waits.last.count; i++) {
		if (waits[i].tid != open->tid || waits[i].pid != open->pid)
			continue;
		for (j = 0; j < session->long_wait_frames.last.count; j++)
			if (frames[j].thread_id == waits[i].thread_id &&
			    model_waits_for_lock(frames[j].text))
				return true;
	}
	return false;
}

/* A wait that goes on when the window ends. */
static int open_add(struct lock_book *book, const struct session *session,
		    const struct window *window, const struct record_lock *open)
{
	struct lock_part *part = lock_part_of(book, session, open);
	uint64_t most = window->end_ns - window->start_ns, ns = open->ns < most ? open->ns : most;
	const struct longest longest = { ns, ns };

	if (!part)
		return -ENOMEM;
	book->groups[part->group].stray |= open->stray;
	book->groups[part->group].owned |= open->holder || in_lock_function(session, open);
	if (open->kind != LOCK_GIL_HANDOVER) {
		longest_add(&part->lock.longest, &longest);
		if (open->holder && holder_add(part, open->holder, 1, open->ns))
			return -ENOMEM;
	}
	return wait_add(book, part, open, 1, open->ns);
}

/*
 * A wait in progress when the window opened: it has ended since, or is still in progress, and was
 * added completely. The holder at that time may not be the thread that woke it.
 */
static int open_take(struct lock_book *book, const struct session *session,
		     const struct record_lock *open)
{
	struct lock_part *part = lock_part_of(book, session, open);
	struct lock_group *group;
	size_t i;

	if (!part)
		return -ENOMEM;
	if (open->kind == LOCK_GIL_HANDOVER) {
		part->lock.handover_ns = span_minus(part->lock.handover_ns, open->ns);
		return 0;
	}
	group = &book->groups[part->group];
	group->wait_ns = span_minus(group->wait_ns, open->ns);
	part->lock.wait_ns = span_minus(part->lock.wait_ns, open->ns);
	for (i = 0; i < part->holder_count; i++)
		if (part->holders[i].tid == open->holder)
			part->holders[i].ns = span_minus(part->holders[i].ns, open->ns);
	return 0;
}

/*
 * A thread that wakes waiters again and again and never waits itself hands over work: an owner would
 * find the lock taken now and then. CPython's SimpleQueue.get() releases its lock too, once for each
 * put(), and the thread that this wakes finds nothing and waits again.
 */
static bool is_handed_work(const struct lock_group *group)
{
	return group->outer_wakes &&
	       (double)group->outer_wakes >=
		       OUTER_WAKES * (double)(group->outer_wakes + group->inner_wakes);
}

/*
 * A word behaves as a lock when two or more threads wait for it and most waits are ended by a
 * thread that had itself been woken on it, since only the owner can wake the next. Threads that
 * wait for work at a queue or a condition never wake it, or (a queue that each worker passes on) do
 * so at once: then the hold time does not explain the wait time.
 */
static bool behaves_as_lock(const struct lock_group *group)
{
	double held = (double)group->internal_hold_ns * group->waiters;
	double waited = (double)group->wait_ns - (double)group->outer_ns;

	return group->waiters >= 2 && group->released >= 2 && 2 * group->released >= group->waits &&
	       2 * group->handed >= group->released && !is_handed_work(group) &&
	       HELD_EXPLAINS * held >= waited;
}

/* Splits the hold time charged to each thread by whether that thread waits there too. */
static void sort_holders(struct lock_book *book)
{
	size_t i, j;

	for (i = 0; i < book->part_count; i++) {
		const struct lock_part *part = &book->parts[i];
		struct lock_group *group = &book->groups[part->group];

		for (j = 0; j < part->holder_count; j++)
			if (index_find(&book->waiter_index,
				       waiter_key(part, part->holders[j].tid)) != INDEX_NONE) {
				group->internal_hold_ns += part->holders[j].ns;
				group->inner_wakes += part->holders[j].count;
			} else {
				group->outer_ns += part->holders[j].ns;
				group->outer_wakes += part->holders[j].count;
			}
	}
}

static void judge(struct lock_group *group)
{
	uint32_t kind = LOCK_UNKNOWN, i;

	/* the most frequent answer; waits without one do not outvote it */
	for (i = LOCK_UNKNOWN + 1; i < NR_LOCK_KINDS; i++)
		if (group->kind_count[i] &&
		    (kind == LOCK_UNKNOWN || group->kind_count[i] > group->kind_count[kind]))
			kind = i;
	if (kind == LOCK_GIL_HANDOVER)
		kind = LOCK_GIL;
	if (group->stray && !group->owned && lock_kind_state(kind) == STATE_LOCK)
		kind = LOCK_UNKNOWN; /* what lies beside the word is no holder: another kind of lock */
	group->kind = kind;
	group->contention = lock_kind_state(kind) != STATE_CONDITION;
	if ((kind == LOCK_UNKNOWN || kind == LOCK_SEMAPHORE) && behaves_as_lock(group)) {
		group->contention = group->inferred = true;
		if (kind == LOCK_UNKNOWN)
			group->kind = LOCK_MUTEX;
	}
}

int lock_rows_walk(struct lock_book *book, const struct session *session,
		   const struct window *window, const struct lock_walk *walk)
{
	const struct pending_rows *last = &session->open_locks.last,
				  *base = window->whole ? &session->open_locks.first :
							  &session->open_locks.previous;
	const struct record_lock *going_on = last->rows, *before = base->rows;
	struct span span;
	int error = 0;
	size_t i;

	for (i = 0; i < session->lock_count && !error; i++) {
		const struct lock_entry *entry = &session->locks[i];

		span = span_of(window, &entry->seen, &entry->first, &entry->previous, &entry->last);
		if (span.last)
			error = walk->ended(book, session, span.base, span.last);
	}
	for (i = 0; i < last->count && !error; i++)
		error = walk->going_on(book, session, window, &going_on[i]);
	for (i = 0; i < base->count && !error; i++)
		error = walk->before(book, session, &before[i]);
	return error;
}

int lock_book_fill(struct lock_book *book, const struct session *session,
		   const struct window *window)
{
	static const struct lock_walk rows = { row_add, open_add, open_take };
	int error = lock_rows_walk(book, session, window, &rows);
	size_t i;

	if (error)
		return error;
	sort_holders(book);
	for (i = 0; i < book->group_count; i++)
		judge(&book->groups[i]);
	return lock_fill_moves(book, session, window);
}

void lock_book_free(struct lock_book *book)
{
	size_t i;

	for (i = 0; i < book->part_count; i++)
		free(book->parts[i].holders);
	free(book->groups);
	free(book->parts);
	free(book->moves);
	index_free(&book->group_index);
	index_free(&book->part_index);
	index_free(&book->waiter_index);
	index_free(&book->move_index);
	memset(book, 0, sizeof(*book));
}
