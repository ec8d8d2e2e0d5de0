// SPDX-License-Identifier: GPL-2.0-or-later
/* Keeps threads by process and TID in its PID namespace, found by hash. */
#include "collect/thread_numbers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/vec.h"

#define NUMBERS_MAX 262144 /* threads that lived at a snapshot, of all processes */

static uint64_t key_of(uint32_t pid, uint64_t start_ns, uint32_t own_tid)
{
	uint64_t key = index_hash(&start_ns, sizeof(start_ns), pid + 1);

	return index_hash(&own_tid, sizeof(own_tid), key);
}

int thread_numbers_add(struct thread_numbers *numbers, const struct thread_sample *sample)
{
	uint64_t key = key_of(sample->tgid, sample->process_start_ns, sample->own_tid);
	size_t at = index_find(&numbers->index, key);

	if (at != INDEX_NONE) {
		numbers->rows[at].tid = sample->tid;
		return 0;
	}
	if (numbers->count >= NUMBERS_MAX) {
		numbers->incomplete = true;
		return 0;
	}
	if (vec_reserve((void **)&numbers->rows, &numbers->capacity, numbers->count,
			sizeof(*numbers->rows)) ||
	    index_add(&numbers->index, key, numbers->count))
		return -ENOMEM;
	numbers->rows[numbers->count++] =
		(struct thread_number){ sample->process_start_ns, sample->tgid, sample->tid };
	return 0;
}

uint32_t thread_numbers_find(const struct thread_numbers *numbers, uint32_t pid,
			     uint64_t process_start_ns, uint32_t own_tid, bool *ret_stray)
{
	size_t at = own_tid ? index_find(&numbers->index, key_of(pid, process_start_ns, own_tid)) :
			      INDEX_NONE;

	*ret_stray = own_tid && at == INDEX_NONE && !numbers->incomplete;
	return at == INDEX_NONE ? 0 : numbers->rows[at].tid;
}

int thread_numbers_forget(struct thread_numbers *numbers, const struct process_table *processes)
{
	size_t *moved = calloc(numbers->count + 1, sizeof(*moved)), kept = 0, i;
	int error;

	if (!moved)
		return -ENOMEM;
	for (i = 0; i < numbers->count; i++) {
		const struct thread_number *row = &numbers->rows[i];
		bool over =
			process_table_over(processes, row->pid, row->process_start_ns, UINT64_MAX);

		moved[i] = over ? INDEX_NONE : kept;
		if (!over)
			numbers->rows[kept++] = *row;
	}
	error = index_move(&numbers->index, moved);
	free(moved);
	if (!error)
		numbers->count = kept;
	return error;
}

void thread_numbers_free(struct thread_numbers *numbers)
{
	free(numbers->rows);
	index_free(&numbers->index);
	memset(numbers, 0, sizeof(*numbers));
}
