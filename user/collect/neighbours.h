/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes that are not watched, by the CPU time that they had while others were. */
#ifndef BOUNDBY_COLLECT_NEIGHBOURS_H
#define BOUNDBY_COLLECT_NEIGHBOURS_H

#include "collect/bpf/bpf_session.h"
#include "collect/record_queue.h"
#include "lib/index.h"

/* Zeroed before use, freed by neighbours_free. */
struct neighbours {
	struct neighbour_thread *threads; /* as last read */
	size_t thread_count, thread_capacity;
	struct index by_thread;
	struct neighbour_process *processes; /* with what they had in windows so far */
	size_t process_count, process_capacity;
	struct index by_process;
	uint64_t read_ns; /* when they were read last, CLOCK_MONOTONIC */
	bool opened; /* read once: the next reading has differences */
};

/*
 * Reads the CPU times of the host's threads, and queues NEIGHBOUR for the processes that had most of it
 * since the reading before. 0 or negative errno.
 */
int neighbours_read(struct neighbours *neighbours, struct bpf_session *session,
		    struct record_queue *queue);
void neighbours_free(struct neighbours *neighbours);

#endif
