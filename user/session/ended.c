// SPDX-License-Identifier: GPL-2.0-or-later
/* The sums by name of processes that are no rows of their own any more. */
#include "session/ended.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/vec.h"

void ended_free(struct ended *ended)
{
	size_t i;
	int s;

	for (i = 0; i < ended->thread_count; i++)
		for (s = 0; s < NR_STATES; s++)
			free(ended->threads[i].histogram[s]);
	free(ended->threads);
	free(ended->groups);
	index_free(&ended->thread_index);
	index_free(&ended->group_index);
	memset(ended, 0, sizeof(*ended));
}

size_t ended_group_of(struct ended *ended, const char comm[RECORD_COMM_LEN])
{
	static const char none[RECORD_COMM_LEN];
	const char *name = comm;
	size_t length = strnlen(name, RECORD_COMM_LEN), at;

	at = index_find(&ended->group_index, index_hash(name, length, 0));
	if (at != INDEX_NONE)
		return at;
	if (ended->group_count >= ENDED_GROUPS_MOST && comm[0])
		return ended_group_of(ended, none);
	at = ended->group_count;
	if (vec_reserve((void **)&ended->groups, &ended->group_capacity, at,
			sizeof(*ended->groups)) ||
	    index_add(&ended->group_index, index_hash(name, length, 0), at))
		return INDEX_NONE;
	ended->groups[at] = (struct ended_group){ .start_ns = UINT64_MAX - at };
	memcpy(ended->groups[at].comm, name, length);
	ended->group_count++;
	return at;
}

struct ended_threads *ended_threads_of(struct ended *ended, size_t group,
				       const char comm[RECORD_COMM_LEN])
{
	const char *name = comm;
	uint64_t key = index_hash(name, strnlen(name, RECORD_COMM_LEN), group + 1);
	size_t at = index_find(&ended->thread_index, key);

	if (at != INDEX_NONE)
		return &ended->threads[at];
	at = ended->thread_count;
	if (at >= 2 * ENDED_GROUPS_MOST && memcmp(comm, ended->groups[group].comm, RECORD_COMM_LEN))
		return ended_threads_of(ended, group, ended->groups[group].comm);
	if (vec_reserve((void **)&ended->threads, &ended->thread_capacity, at,
			sizeof(*ended->threads)) ||
	    index_add(&ended->thread_index, key, at))
		return NULL;
	ended->threads[at] = (struct ended_threads){ .group = group };
	memcpy(ended->threads[at].sum.comm, comm, RECORD_COMM_LEN);
	ended->thread_count++;
	return &ended->threads[at];
}

static void add_sums(struct record_thread *to, const struct record_thread *from)
{
	int s;

	for (s = 0; s < NR_STATES; s++) {
		to->state_ns[s] += from->state_ns[s];
		to->state_count[s] += from->state_count[s];
	}
	if (to->throttled_ns == RECORD_UNKNOWN || from->throttled_ns == RECORD_UNKNOWN)
		to->throttled_ns = RECORD_UNKNOWN;
	else
		to->throttled_ns += from->throttled_ns;
#define COUNTER_SUM(name) to->name += from->name;
	THREAD_COUNTERS(COUNTER_SUM)
#undef COUNTER_SUM
}

void ended_add_thread(struct ended_threads *to, const struct record_thread *thread, bool parent)
{
	to->threads++;
	to->wall_ns += thread->end_ns - thread->start_ns;
	to->child_inner_ns += parent ? thread->state_ns[STATE_CHILD] : 0;
	add_sums(&to->sum, thread);
}

int ended_add_histogram(struct ended_threads *threads, uint32_t state, const uint32_t *from)
{
	uint32_t **to = &threads->histogram[state];
	size_t i;

	if (!*to)
		*to = calloc(RECORD_HISTOGRAM_LEN, sizeof(**to));
	if (!*to)
		return -ENOMEM;
	for (i = 0; i < RECORD_HISTOGRAM_LEN; i++)
		(*to)[i] += from[i];
	return 0;
}
