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

#define HELD_EXPLAINS 4 /* a quarter of the waiting and more: the rest is the way of a wake-up */

/* A lock as a whole: what it is. Of memory that processes share, all of them have a part in it. */
struct lock_group {
	uint64_t kind_count[NR_LOCK_KINDS]; /* waits by what each could tell */
	uint64_t waits, released, handed;
	uint64_t wait_ns, inner_hold_ns; /* inner: by those who wait for it themselves */
	uint64_t outer_ns; /* waits that others ended */
	uint32_t waiters; /* distinct threads */
	uint32_t kind;
	bool contention, inferred;
};

/* Its figures in one process. */
struct lock_part {
	uint64_t process_start_ns;
	uint32_t pid;
	size_t group;
	struct lock_model lock;
	const struct lock_place_entry *place; /* NULL: nothing is known */
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
static struct lock_part *part_of(struct lock_book *book, const struct session *session,
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
	uint64_t key = thread_key(part->pid, part->process_start_ns, tid), group = part->group;

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

static void longest(struct lock_model *lock, uint64_t ns)
{
	if (ns > lock->max_ns)
		lock->max_ns = ns;
}

static int row_add(struct lock_book *book, const struct session *session,
		   const struct record_lock *base, const struct record_lock *last)
{
	static const struct record_lock nothing;
	struct lock_part *part = part_of(book, session, last);
	struct lock_group *group;
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
	if (last->role == ROLE_HOLDER)
		return holder_add(part, last->tid, count, ns);
	if (last->kind != LOCK_GIL_HANDOVER) {
		group->released += span_minus(last->released, base->released);
		group->handed += span_minus(last->handed, base->handed);
		longest(&part->lock, last->max_ns);
		for (i = 0; i < RECORD_HISTOGRAM_LEN; i++)
			part->lock.histogram[i] +=
				span_minus(last->histogram[i], base->histogram[i]);
	}
	return wait_add(book, part, last, count, ns);
}

/* A wait that goes on when the window ends. */
static int open_add(struct lock_book *book, const struct session *session,
		    const struct window *window, const struct record_lock *open)
{
	struct lock_part *part = part_of(book, session, open);
	uint64_t most = window->end_ns - window->start_ns;

	if (!part)
		return -ENOMEM;
	if (open->kind != LOCK_GIL_HANDOVER) {
		longest(&part->lock, open->ns < most ? open->ns : most);
		if (open->holder && holder_add(part, open->holder, 1, open->ns))
			return -ENOMEM;
	}
	return wait_add(book, part, open, 1, open->ns);
}

/*
 * A wait that went on when the window opened: it has ended since, or goes on, and all of it was added.
 * Who held the lock then may not be who let it in.
 */
static int open_take(struct lock_book *book, const struct session *session,
		     const struct record_lock *open)
{
	struct lock_part *part = part_of(book, session, open);
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
 * A word behaves as a lock when two or more threads wait for it and most waits are ended by a
 * thread that was let in before, since only who was let in can let the next one in. Those who
 * wait for work at a queue or a condition never wake it, or (a queue that each worker passes on)
 * do so at once: then the time that it was held does not explain the time that was waited for it.
 */
static bool behaves_as_lock(const struct lock_group *group)
{
	double held = (double)group->inner_hold_ns * group->waiters;
	double waited = (double)group->wait_ns - (double)group->outer_ns;

	return group->waiters >= 2 && group->released >= 2 && 2 * group->released >= group->waits &&
	       2 * group->handed >= group->released && HELD_EXPLAINS * held >= waited;
}

/* Sorts the time that each made others wait by whether he waits there too. */
static void sort_holders(struct lock_book *book)
{
	size_t i, j;

	for (i = 0; i < book->part_count; i++) {
		const struct lock_part *part = &book->parts[i];
		struct lock_group *group = &book->groups[part->group];

		for (j = 0; j < part->holder_count; j++)
			if (index_find(&book->waiter_index,
				       waiter_key(part, part->holders[j].tid)) != INDEX_NONE)
				group->inner_hold_ns += part->holders[j].ns;
			else
				group->outer_ns += part->holders[j].ns;
	}
}

static void judge(struct lock_group *group)
{
	uint32_t kind = LOCK_UNKNOWN, i;

	/* what was told most often; what could not be told does not outvote it */
	for (i = LOCK_UNKNOWN + 1; i < NR_LOCK_KINDS; i++)
		if (group->kind_count[i] &&
		    (kind == LOCK_UNKNOWN || group->kind_count[i] > group->kind_count[kind]))
			kind = i;
	if (kind == LOCK_GIL_HANDOVER)
		kind = LOCK_GIL;
	group->kind = kind;
	group->contention = kind_states[kind] != STATE_CONDITION;
	if ((kind == LOCK_UNKNOWN || kind == LOCK_SEMAPHORE) && behaves_as_lock(group)) {
		group->contention = group->inferred = true;
		if (kind == LOCK_UNKNOWN)
			group->kind = LOCK_MUTEX;
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

static void move_take(struct lock_book *book, const struct record_lock *record)
{
	size_t position = index_find(
		&book->move_index, thread_key(record->pid, record->process_start_ns, record->tid));

	if (position != INDEX_NONE)
		book->moves[position].lock_ns =
			span_minus(book->moves[position].lock_ns, record->ns);
}

/* Are these waits that began as condition, at a word that turned out to be a lock? */
static bool is_moved(const struct lock_group *group, const struct record_lock *row)
{
	return group->contention && row->role == ROLE_WAITER &&
	       (row->kind == LOCK_UNKNOWN || row->kind == LOCK_SEMAPHORE);
}

static int row_move(struct lock_book *book, const struct session *session,
		    const struct record_lock *base, const struct record_lock *last)
{
	const struct lock_part *part = part_of(book, session, last);

	if (!part)
		return -ENOMEM;
	if (!is_moved(&book->groups[part->group], last))
		return 0;
	return move_add(book, last, span_minus(last->ns, base ? base->ns : 0));
}

/* Takes away what waits that went on when the window opened had lasted by then. */
static int take_base(struct lock_book *book, const struct session *session,
		     const struct window *window, bool moves)
{
	const struct open_rows *base = window->whole ? &session->open_locks.first :
						       &session->open_locks.previous;
	const struct record_lock *before = base->rows;
	const struct lock_part *part;
	int error = 0;
	size_t i;

	for (i = 0; i < base->count && !error; i++) {
		if (!moves) {
			error = open_take(book, session, &before[i]);
			continue;
		}
		part = part_of(book, session, &before[i]);
		if (!part)
			return -ENOMEM;
		if (is_moved(&book->groups[part->group], &before[i]))
			move_take(book, &before[i]);
	}
	return error;
}

int lock_book_fill(struct lock_book *book, const struct session *session,
		   const struct window *window)
{
	const struct record_lock *going_on = session->open_locks.last.rows;
	int pass, error = 0;
	size_t i;

	for (pass = 0; pass < 2 && !error; pass++) {
		for (i = 0; i < session->lock_count && !error; i++) {
			const struct lock_entry *entry = &session->locks[i];
			struct span span = span_of(window, &entry->seen, &entry->first,
						   &entry->previous, &entry->last);

			if (span.last)
				error = (pass ? row_move : row_add)(book, session, span.base,
								    span.last);
		}
		for (i = 0; i < session->open_locks.last.count && !error; i++) {
			const struct record_lock *open = &going_on[i];

			error = pass ? row_move(book, session, NULL, open) :
				       open_add(book, session, window, open);
		}
		if (!error)
			error = take_base(book, session, window, pass);
		if (!pass)
			sort_holders(book);
		for (i = 0; i < book->group_count && !pass; i++)
			judge(&book->groups[i]);
	}
	return error;
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
static void holders_share(struct lock_part *part)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < part->holder_count; i++)
		sum += (double)part->holders[i].ns;
	for (i = 0; i < part->holder_count && sum > 0; i++)
		part->holders[i].ns =
			(uint64_t)((double)part->holders[i].ns / sum * (double)part->lock.wait_ns);
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

/* What is known of its place, and the holders that made others wait most. */
static int lock_finish(struct lock_part *part, const struct lock_group *group,
		       struct lock_model *ret)
{
	const struct lock_place_entry *place = part->place;

	*ret = part->lock;
	ret->kind = group->kind;
	ret->contention = group->contention;
	ret->inferred = group->inferred;
	holders_share(part);
	if (part->holder_count)
		qsort(part->holders, part->holder_count, sizeof(*part->holders), compare_holders);
	ret->holder_count = part->holder_count < MODEL_MAX_HOLDERS ? part->holder_count :
								     MODEL_MAX_HOLDERS;
	if (ret->holder_count)
		memcpy(ret->holders, part->holders, ret->holder_count * sizeof(*ret->holders));
	if (!place)
		return 0;
	memcpy(ret->symbol, place->last.symbol, sizeof(ret->symbol));
	memcpy(ret->where, place->last.where, sizeof(ret->where));
	if (!place->frame_count)
		return 0;
	ret->frames = calloc(place->frame_count, sizeof(*ret->frames));
	if (!ret->frames)
		return -ENOMEM;
	memcpy(ret->frames, place->frames, place->frame_count * sizeof(*ret->frames));
	ret->frame_count = place->frame_count;
	return 0;
}

int lock_book_report(const struct lock_book *book, struct process_model *process)
{
	size_t capacity = 0, i;

	for (i = 0; i < book->part_count; i++) {
		struct lock_part *part = &book->parts[i];

		if (part->pid != process->pid || part->process_start_ns != process->start_ns ||
		    (!part->lock.waits && !part->lock.wait_ns && !part->lock.handovers))
			continue;
		if (vec_reserve((void **)&process->locks, &capacity, process->lock_count,
				sizeof(*process->locks)))
			return -ENOMEM;
		if (lock_finish(part, &book->groups[part->group],
				&process->locks[process->lock_count++]))
			return -ENOMEM;
	}
	if (process->lock_count)
		qsort(process->locks, process->lock_count, sizeof(*process->locks), compare_locks);
	for (; process->lock_count > MODEL_MAX_LOCKS; process->locks_dropped++)
		free(process->locks[--process->lock_count].frames);
	return 0;
}
