/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What each futex word is. One wait often cannot distinguish a lock from a queue: both wait for a
 * semaphore, or for a word of an unknown library. All waiters and wakers of the window can.
 */
#ifndef BOUNDBY_MODEL_LOCKS_H
#define BOUNDBY_MODEL_LOCKS_H

#include "lib/index.h"
#include "model/model.h"
#include "model/span.h"

struct lock_group;
struct lock_part;

/* All futex words of a window, judged. Zeroed before use, freed by lock_book_free. */
struct lock_book {
	struct lock_group *groups;
	size_t group_count, group_capacity;
	struct index group_index;
	struct lock_part *parts;
	size_t part_count, part_capacity;
	struct index part_index;
	struct index waiter_index;
	struct thread_moves {
		uint64_t lock_ns;
		uint64_t condition_ns; /* the reverse: waits at what turned out to be no lock */
	} * moves; /* by thread: what is contention, though its waits began as condition */
	size_t move_count, move_capacity;
	struct index move_index;
};

/* Judges. 0 or -ENOMEM. */
int lock_book_fill(struct lock_book *book, const struct session *session,
		   const struct window *window);
void lock_book_free(struct lock_book *book);

/* Moves what the book calls contention from condition to lock in a thread's ledger. */
void lock_book_correct(const struct lock_book *book, uint32_t pid, uint64_t process_start_ns,
		       uint32_t tid, struct ledger *time);

/* Gives each process its locks, sorted, at most MODEL_MAX_LOCKS. 0 or -ENOMEM. */
int lock_book_report(const struct lock_book *book, struct process_model *processes, size_t count);

#endif
