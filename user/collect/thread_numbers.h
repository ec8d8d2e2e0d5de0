/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The threads of each process by the numbers that they have in their own PID namespace, which is what
 * the memory of a lock names its holder by.
 */
#ifndef BOUNDBY_COLLECT_THREAD_NUMBERS_H
#define BOUNDBY_COLLECT_THREAD_NUMBERS_H

#include "collect/procfs/process_table.h"
#include "lib/index.h"
#include "wire.h"

/* All zero: empty. Freed by thread_numbers_free(). */
struct thread_numbers {
	struct thread_number {
		uint64_t process_start_ns;
		uint32_t pid, tid;
	} * rows;
	size_t count, capacity;
	struct index index;
	bool incomplete; /* there was no room for all: one that is missing may exist */
};

/* Adds the thread of a sample of the iterator. 0 or -ENOMEM. */
int thread_numbers_add(struct thread_numbers *numbers, const struct thread_sample *sample);

/*
 * The thread with this number in its own namespace, alive or ended since it was first seen; 0: none of
 * the process. *ret_stray: surely none.
 */
uint32_t thread_numbers_find(const struct thread_numbers *numbers, uint32_t pid,
			     uint64_t process_start_ns, uint32_t own_tid, bool *ret_stray);

/* Forgets the threads of processes that are over. 0 or -ENOMEM. */
int thread_numbers_forget(struct thread_numbers *numbers, const struct process_table *processes);
void thread_numbers_free(struct thread_numbers *numbers);

#endif
