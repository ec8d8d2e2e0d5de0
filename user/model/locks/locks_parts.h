/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a book of locks is made of: private to locks.c, which fills it, lock_moves.c and lock_report.c. */
#ifndef BOUNDBY_MODEL_LOCKS_PARTS_H
#define BOUNDBY_MODEL_LOCKS_PARTS_H

#include "model/locks/locks.h"

/* A lock as a whole: what it is. Of memory that processes share, all of them have a part in it. */
struct lock_group {
	uint64_t kind_count[NR_LOCK_KINDS]; /* waits by the kind that each determined */
	uint64_t waits, released, handed;
	uint64_t wait_ns, internal_hold_ns; /* internal: by threads that wait for it themselves */
	uint64_t outer_ns; /* waits that others ended */
	uint64_t inner_wakes, outer_wakes; /* number of waits that such threads ended */
	uint32_t waiters; /* distinct threads */
	uint32_t kind;
	bool stray; /* its memory named a holder that is no thread of the process ... */
	bool owned; /* ... and one that is, or a waiter is inside a lock function */
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

uint64_t lock_thread_key(uint32_t pid, uint64_t process_start_ns, uint32_t tid);

/* The part that a row of the lock adds to, made if need be; NULL when out of memory. */
struct lock_part *lock_part_of(struct lock_book *book, const struct session *session,
			       const struct record_lock *record);

/* What is done with each row of a window. Each returns 0, or -ENOMEM, which ends the walk. */
struct lock_walk {
	/* waits that ended by the end of the window, and by its begin: base, NULL none */
	int (*ended)(struct lock_book *book, const struct session *session,
		     const struct record_lock *base, const struct record_lock *last);
	/* a wait that goes on at the window's end */
	int (*going_on)(struct lock_book *book, const struct session *session,
			const struct window *window, const struct record_lock *open);
	/* one that went on when the window opened: what it had waited by then is not of the window */
	int (*before)(struct lock_book *book, const struct session *session,
		      const struct record_lock *open);
};

/* All rows of the window. 0 or -ENOMEM. */
int lock_rows_walk(struct lock_book *book, const struct session *session,
		   const struct window *window, const struct lock_walk *walk);

/*
 * After all words are judged: sums for lock_book_correct() what was contention though it began as
 * condition, and the reverse. 0 or -ENOMEM.
 */
int lock_fill_moves(struct lock_book *book, const struct session *session,
		    const struct window *window);

#endif
