/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Locks in memory that processes share: one cause for all that wait for it. Pure. */
#ifndef BOUNDBY_VERDICT_SHARED_LOCKS_H
#define BOUNDBY_VERDICT_SHARED_LOCKS_H

#include "model/model.h"

struct shared_lock {
	const struct process_model *first; /* of those that wait for it */
	struct lock_model sum; /* of all of them; frames and place are the first's */
	uint32_t processes;
};

/* Sums up a lock of a process over those of the range; one that is not shared is alone. */
void shared_lock_find(const struct process_range *range, const struct process_model *process,
		      const struct lock_model *lock, struct shared_lock *ret);

/* "mutex queue_lock, 4 waiters in 4 processes". */
void shared_lock_words(const struct shared_lock *lock, char *ret, size_t size);

#endif
