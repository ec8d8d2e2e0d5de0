/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is left of processes that were born and ended while watched, once they are too many to keep
 * each: sums by name. Pure.
 */
#ifndef BOUNDBY_SESSION_ENDED_H
#define BOUNDBY_SESSION_ENDED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/index.h"
#include "trace/record.h"

#define ENDED_NAMED 256 /* processes that did most work, kept with all that is known of them */
#define ENDED_GROUPS_MOST 128 /* names; processes of further ones share a group without a name */

/* The processes of a name. Their waits, calls and places are rows of this identity. */
struct ended_group {
	uint32_t pid; /* 0 */
	uint64_t start_ns; /* a number above all times: no process has it */
	char comm[RECORD_COMM_LEN];
	uint64_t processes;
};

/* The threads of a name of a group. */
struct ended_threads {
	size_t group; /* position */
	uint64_t threads, wall_ns;
	uint64_t child_inner_ns; /* of its waits for children, those for watched ones */
	struct record_thread sum; /* of state_ns, state_count, throttled_ns, counters; with comm */
	uint32_t *histogram[NR_STATES]; /* RECORD_HISTOGRAM_LEN of ended waits, NULL not measured */
};

struct ended {
	struct ended_group *groups;
	size_t group_count, group_capacity;
	struct index group_index; /* by name */
	struct ended_threads *threads;
	size_t thread_count, thread_capacity;
	struct index thread_index; /* by group and name */
};

void ended_free(struct ended *ended);

/* Position of the group of a name. INDEX_NONE: out of memory. */
size_t ended_group_of(struct ended *ended, const char comm[RECORD_COMM_LEN]);

/* The row of a name; where they are too many, that of the group's name. NULL: out of memory. */
struct ended_threads *ended_threads_of(struct ended *ended, size_t group,
				       const char comm[RECORD_COMM_LEN]);

/* Adds the final sums of a thread, of a process with watched children or not. */
void ended_add_thread(struct ended_threads *to, const struct record_thread *thread, bool parent);

/* Adds waits of a state by length. 0 or -ENOMEM. */
int ended_add_histogram(struct ended_threads *threads, uint32_t state, const uint32_t *from);

#endif
