// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Judges futex words. Receives rows of waits by thread and address; hands on locks with kind,
 * waiters and holders, and how much of each thread's waiting was contention.
 */
#include "model/locks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/vec.h"

struct lock_group {
	uint64_t process_start_ns;
	uint32_t pid;
	struct lock_model lock;
	uint64_t kind_count[NR_LOCK_KINDS]; /* waits by what each could tell */
	uint64_t released, handed;
	struct holder_model *holders; /* all */
	size_t holder_count, holder_capacity;
};

#define KIND_STATE(number, ident, name, state) [number] = STATE_##state,
static const enum ledger_state kind_states[NR_LOCK_KINDS] = { BOUNDBY_LOCKS(KIND_STATE) };
#undef KIND_STATE

static uint64_t thread_key(uint32_t pid, uint64_t process_start_ns, uint32_t tid)
{
	uint64_t key = index_hash(&process_start_ns, sizeof(process_start_ns), 0);

	key = index_hash(&pid, sizeof(pid), key);
	return index_hash(&tid, sizeof(tid), key);
}

static struct lock_group *group_of(struct lock_book *book, const struct record_lock *record)
{
	uint64_t key = index_hash(&record->process_start_ns, sizeof(record->process_start_ns), 0);
	struct lock_group *group;
	size_t position;

	key = index_hash(&record->pid, sizeof(record->pid), key);
	key = index_hash(&record->address, sizeof(record->address), key);
	position = index_find(&book->group_index, key);
	if (position != INDEX_NONE)
		return &book->groups[position];
	if (vec_reserve((void **)&book->groups, &book->group_capacity, book->group_count,
			sizeof(*group)) ||
	    index_add(&book->group_index, key, book->group_count))
		return NULL;
	group = &book->groups[book->group_count++];
	memset(group, 0, sizeof(*group));
	group->process_start_ns = record->process_start_ns;
	group->pid = record->pid;
	group->lock.address = record->address;
	return group;
}

static int holder_add(struct lock_group *group, uint32_t tid, uint64_t count, uint64_t ns)
{
	struct holder_model *holder;
	size_t i;

	for (i = 0; i < group->holder_count && group->holders[i].tid != tid; i++)
		;
	if (i == group->holder_count) {
		if (vec_reserve((void **)&group->holders, &group->holder_capacity, i,
				sizeof(*group->holders)))
			return -ENOMEM;
		memset(&group->holders[group->holder_count++], 0, sizeof(*group->holders));
	}
	holder = &group->holders[i];
	holder->tid = tid;
	holder->count += count;
	holder->ns += ns;
	return 0;
}

/* Rows of one thread at one address differ in kind alone: it is one waiter. */
static int waiter_add(struct lock_book *book, struct lock_group *group,
		      const struct record_lock *record)
{
	uint64_t key = thread_key(record->pid, record->process_start_ns, record->tid);

	key = index_hash(&record->address, sizeof(record->address), key);
	if (index_find(&book->group_index, key) != INDEX_NONE)
		return 0;
	group->lock.waiters++;
	return index_add(&book->group_index, key, 0);
}

static int row_add(struct lock_book *book, const struct record_lock *base,
		   const struct record_lock *last)
{
	static const struct record_lock nothing;
	struct lock_group *group = group_of(book, last);
	uint64_t count, ns;
	size_t i;

	if (!group)
		return -ENOMEM;
	base = base ? base : &nothing;
	count = span_minus(last->count, base->count);
	ns = span_minus(last->ns, base->ns);
	if (!count && !ns)
		return 0;
	if (last->role == ROLE_HOLDER)
		return holder_add(group, last->tid, count, ns);
	group->kind_count[last->kind] += count ? count : 1;
	if (last->kind == LOCK_GIL_HANDOVER) {
		group->lock.handovers += count;
		group->lock.handover_ns += ns;
		return 0;
	}
	group->released += span_minus(last->released, base->released);
	group->handed += span_minus(last->handed, base->handed);
	group->lock.waits += count;
	group->lock.wait_ns += ns;
	if (last->max_ns > group->lock.max_ns)
		group->lock.max_ns = last->max_ns;
	for (i = 0; i < RECORD_HISTOGRAM_LEN; i++)
		group->lock.histogram[i] += span_minus(last->histogram[i], base->histogram[i]);
	return waiter_add(book, group, last);
}

/* A wait that goes on when the window ends. */
static int open_add(struct lock_book *book, const struct window *window,
		    const struct record_lock *open)
{
	struct lock_group *group = group_of(book, open);
	uint64_t most = window->end_ns - window->start_ns, ns = open->ns < most ? open->ns : most;

	if (!group)
		return -ENOMEM;
	group->kind_count[open->kind]++;
	if (open->kind == LOCK_GIL_HANDOVER) {
		group->lock.handovers++;
		group->lock.handover_ns += ns;
		return 0;
	}
	group->lock.waits++;
	group->lock.wait_ns += ns;
	if (ns > group->lock.max_ns)
		group->lock.max_ns = ns;
	if (open->holder && holder_add(group, open->holder, 1, ns))
		return -ENOMEM;
	return waiter_add(book, group, open);
}

/*
 * A word behaves as a lock when two or more threads wait for it and most waits are ended by a
 * thread that was let in before, since only who was let in can let the next one in. Those who
 * wait for work at a queue or a condition never wake it.
 */
static bool behaves_as_lock(const struct lock_group *group)
{
	return group->lock.waiters >= 2 && group->released >= 2 &&
	       2 * group->released >= group->lock.waits && 2 * group->handed >= group->released;
}

static void judge(struct lock_group *group)
{
	struct lock_model *lock = &group->lock;
	uint32_t kind = LOCK_UNKNOWN, i;

	/* what was told most often; what could not be told does not outvote it */
	for (i = LOCK_UNKNOWN + 1; i < NR_LOCK_KINDS; i++)
		if (group->kind_count[i] &&
		    (kind == LOCK_UNKNOWN || group->kind_count[i] > group->kind_count[kind]))
			kind = i;
	if (kind == LOCK_GIL_HANDOVER)
		kind = LOCK_GIL;
	lock->kind = kind;
	lock->contention = kind_states[kind] != STATE_CONDITION;
	if ((kind == LOCK_UNKNOWN || kind == LOCK_SEMAPHORE) && behaves_as_lock(group)) {
		lock->contention = lock->inferred = true;
		if (kind == LOCK_UNKNOWN)
			lock->kind = LOCK_MUTEX;
	}
}

static int move_add(struct lock_book *book, const struct record_lock *record, uint64_t ns)
{
	uint64_t key = thread_key(record->pid, record->process_start_ns, record->tid);
	size_t position = index_find(&book->move_index, key);

	if (position == INDEX_NONE) {
		position = book->move_count;
		if (vec_reserve((void **)&book->moves, &book->move_capacity, position,
				sizeof(*book->moves)) ||
		    index_add(&book->move_index, key, position))
			return -ENOMEM;
		memset(&book->moves[book->move_count++], 0, sizeof(*book->moves));
	}
	book->moves[position].lock_ns += ns;
	return 0;
}

/* Waits that began as condition, at a word that turned out to be a lock. */
static int row_move(struct lock_book *book, const struct record_lock *base,
		    const struct record_lock *last)
{
	const struct lock_group *group = group_of(book, last);

	if (!group)
		return -ENOMEM;
	if (last->role != ROLE_WAITER || !group->lock.contention ||
	    (last->kind != LOCK_UNKNOWN && last->kind != LOCK_SEMAPHORE))
		return 0;
	return move_add(book, last, span_minus(last->ns, base ? base->ns : 0));
}

int lock_book_fill(struct lock_book *book, const struct session *session,
		   const struct window *window)
{
	int pass, error = 0;
	size_t i;

	for (pass = 0; pass < 2 && !error; pass++) {
		for (i = 0; i < session->lock_count && !error; i++) {
			const struct lock_entry *entry = &session->locks[i];
			struct span span = span_of(window, &entry->seen, &entry->first,
						   &entry->previous, &entry->last);

			if (span.last)
				error = (pass ? row_move : row_add)(book, span.base, span.last);
		}
		for (i = 0; i < session->open_lock_closed && !error; i++) {
			const struct record_lock *open = &session->open_locks[i];

			error = pass ? row_move(book, NULL, open) : open_add(book, window, open);
		}
		for (i = 0; i < book->group_count && !pass; i++)
			judge(&book->groups[i]);
	}
	return error;
}

void lock_book_free(struct lock_book *book)
{
	size_t i;

	for (i = 0; i < book->group_count; i++)
		free(book->groups[i].holders);
	free(book->groups);
	free(book->moves);
	index_free(&book->group_index);
	index_free(&book->move_index);
	memset(book, 0, sizeof(*book));
}

void lock_book_correct(const struct lock_book *book, uint32_t pid, uint64_t process_start_ns,
		       uint32_t tid, struct ledger *time)
{
	size_t position = index_find(&book->move_index, thread_key(pid, process_start_ns, tid));
	uint64_t ns;

	if (position == INDEX_NONE)
		return;
	ns = book->moves[position].lock_ns;
	if (ns > time->state_ns[STATE_CONDITION])
		ns = time->state_ns[STATE_CONDITION];
	time->state_ns[STATE_CONDITION] -= ns;
	time->state_ns[STATE_LOCK] += ns;
}

/*
 * The kernel's rows say how long each holder had the lock while the thread that came next waited.
 * All who waited did so through all those holds, so each holder has his share of all waiting.
 */
static void holders_share(struct lock_group *group)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < group->holder_count; i++)
		sum += (double)group->holders[i].ns;
	for (i = 0; i < group->holder_count && sum > 0; i++)
		group->holders[i].ns = (uint64_t)((double)group->holders[i].ns / sum *
						  (double)group->lock.wait_ns);
}

static int compare_holders(const void *a, const void *b)
{
	const struct holder_model *one = a, *other = b;

	if (one->ns != other->ns)
		return one->ns > other->ns ? -1 : 1;
	return (one->tid > other->tid) - (one->tid < other->tid);
}

static int compare_locks(const void *a, const void *b)
{
	const struct lock_model *one = a, *other = b;

	if (one->contention != other->contention)
		return one->contention ? -1 : 1;
	if (one->wait_ns != other->wait_ns)
		return one->wait_ns > other->wait_ns ? -1 : 1;
	return (one->address > other->address) - (one->address < other->address);
}

int lock_book_report(const struct lock_book *book, struct process_model *process)
{
	size_t capacity = 0, i, kept;

	for (i = 0; i < book->group_count; i++) {
		struct lock_group *group = &book->groups[i];
		struct lock_model *lock;

		if (group->pid != process->pid || group->process_start_ns != process->start_ns ||
		    (!group->lock.waits && !group->lock.wait_ns && !group->lock.handovers))
			continue;
		if (vec_reserve((void **)&process->locks, &capacity, process->lock_count,
				sizeof(*lock)))
			return -ENOMEM;
		lock = &process->locks[process->lock_count++];
		*lock = group->lock;
		holders_share(group);
		if (group->holder_count)
			qsort(group->holders, group->holder_count, sizeof(*group->holders),
			      compare_holders);
		kept = group->holder_count < MODEL_MAX_HOLDERS ? group->holder_count :
								 MODEL_MAX_HOLDERS;
		if (kept)
			memcpy(lock->holders, group->holders, kept * sizeof(*lock->holders));
		lock->holder_count = kept;
	}
	if (process->lock_count)
		qsort(process->locks, process->lock_count, sizeof(*process->locks), compare_locks);
	if (process->lock_count > MODEL_MAX_LOCKS) {
		process->locks_dropped = process->lock_count - MODEL_MAX_LOCKS;
		process->lock_count = MODEL_MAX_LOCKS;
	}
	return 0;
}
