// SPDX-License-Identifier: GPL-2.0-or-later
/* How much of each thread's waiting at futexes was contention, once it is known what each word is. */
#include <errno.h>
#include <string.h>

#include "lib/state_names.h"
#include "lib/vec.h"
#include "model/locks/locks_parts.h"

/* The sums of the thread of a row; NULL when out of memory. */
static struct thread_moves *moves_of(struct lock_book *book, const struct record_lock *record)
{
	uint64_t key = lock_thread_key(record->pid, record->process_start_ns, record->tid);
	size_t position = index_find(&book->move_index, key);

	if (position == INDEX_NONE) {
		position = book->move_count;
		if (vec_reserve((void **)&book->moves, &book->move_capacity, position,
				sizeof(*book->moves)) ||
		    index_add(&book->move_index, key, position))
			return NULL;
		memset(&book->moves[book->move_count++], 0, sizeof(*book->moves));
	}
	return &book->moves[position];
}

/*
 * Which sum of a thread's moves these waits belong to: they began as condition at a word that turned out
 * to be a lock, or the reverse. NULL: neither.
 */
static uint64_t *moved_sum(const struct lock_group *group, const struct record_lock *row,
			   struct thread_moves *moves)
{
	if (row->role != ROLE_WAITER)
		return NULL;
	if (group->contention && lock_kind_state(row->kind) == STATE_CONDITION &&
	    row->kind != LOCK_CONDITION)
		return &moves->lock_ns;
	if (!group->contention && group->kind == LOCK_UNKNOWN &&
	    lock_kind_state(row->kind) == STATE_LOCK)
		return &moves->condition_ns;
	return NULL;
}

static int row_move(struct lock_book *book, const struct session *session,
		    const struct record_lock *base, const struct record_lock *last)
{
	const struct lock_part *part = lock_part_of(book, session, last);
	struct thread_moves *moves, none;
	uint64_t *sum;

	if (!part)
		return -ENOMEM;
	if (!moved_sum(&book->groups[part->group], last, &none))
		return 0;
	moves = moves_of(book, last);
	if (!moves)
		return -ENOMEM;
	sum = moved_sum(&book->groups[part->group], last, moves);
	*sum += span_minus(last->ns, base ? base->ns : 0);
	return 0;
}

static int open_move(struct lock_book *book, const struct session *session,
		     const struct window *window, const struct record_lock *open)
{
	(void)window;
	return row_move(book, session, NULL, open);
}

/* The other way, for one that went on when the window opened. */
static int move_take(struct lock_book *book, const struct session *session,
		     const struct record_lock *open)
{
	const struct lock_part *part = lock_part_of(book, session, open);
	uint64_t *sum;
	size_t position;

	if (!part)
		return -ENOMEM;
	position = index_find(&book->move_index,
			      lock_thread_key(open->pid, open->process_start_ns, open->tid));
	sum = position == INDEX_NONE ?
		      NULL :
		      moved_sum(&book->groups[part->group], open, &book->moves[position]);
	if (sum)
		*sum = span_minus(*sum, open->ns);
	return 0;
}

int lock_fill_moves(struct lock_book *book, const struct session *session,
		    const struct window *window)
{
	static const struct lock_walk moves = { row_move, open_move, move_take };

	return lock_rows_walk(book, session, window, &moves);
}

/* As much of ns as there is. */
static void shift(struct ledger *time, enum ledger_state from, enum ledger_state to, uint64_t ns)
{
	if (ns > time->state_ns[from])
		ns = time->state_ns[from];
	time->state_ns[from] -= ns;
	time->state_ns[to] += ns;
}

void lock_book_correct(const struct lock_book *book, uint32_t pid, uint64_t process_start_ns,
		       uint32_t tid, struct ledger *time)
{
	size_t position =
		index_find(&book->move_index, lock_thread_key(pid, process_start_ns, tid));

	if (position == INDEX_NONE)
		return;
	shift(time, STATE_CONDITION, STATE_LOCK, book->moves[position].lock_ns);
	shift(time, STATE_LOCK, STATE_CONDITION, book->moves[position].condition_ns);
}
