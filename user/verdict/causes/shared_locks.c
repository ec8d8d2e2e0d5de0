// SPDX-License-Identifier: GPL-2.0-or-later
/* Merges waits for one word of shared memory in several processes into one cause. */
#include "verdict/causes/shared_locks.h"

#include <string.h>

#include "verdict/words/wording.h"

/* The same lock as another process has it: forked with it, hence at the same address. NULL: it has not. */
static const struct lock_model *find_same(const struct process_model *process,
					  const struct lock_model *lock)
{
	const struct lock_model *each;
	size_t i;

	for (i = 0; i < process->lock_count && process->locks[i].contention; i++) {
		each = &process->locks[i];
		if (each->shared && each->address == lock->address && each->kind == lock->kind)
			return each;
	}
	return NULL;
}

static void add(struct lock_model *sum, const struct lock_model *one)
{
	sum->wait_ns += one->wait_ns;
	sum->handover_ns += one->handover_ns;
	sum->waiters += one->waiters;
	if (!one->holder_count || (sum->holder_count && one->holders[0].ns <= sum->holders[0].ns))
		return;
	sum->holder_count = one->holder_count;
	memcpy(sum->holders, one->holders, sizeof(sum->holders));
}

void shared_lock_find(const struct process_range *range, const struct process_model *process,
		      const struct lock_model *lock, struct shared_lock *ret)
{
	const struct process_model *each;
	const struct lock_model *same;

	ret->first = process;
	ret->sum = *lock;
	ret->processes = 1;
	if (!lock->shared)
		return;
	ret->processes = 0;
	for (each = range->first; each < range->end; each++) {
		same = find_same(each, lock);
		if (!same)
			continue;
		if (ret->processes++) {
			add(&ret->sum, same);
			continue;
		}
		ret->first = each;
		ret->sum = *same;
	}
}

void shared_lock_words(const struct shared_lock *lock, char *ret, size_t size)
{
	wording_lock(lock->first, &lock->sum, lock->processes, ret, size);
}
