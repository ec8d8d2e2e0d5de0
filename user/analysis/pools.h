/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pools: groups of similar threads, or processes, of the model. */
#ifndef BOUNDBY_ANALYSIS_POOLS_H
#define BOUNDBY_ANALYSIS_POOLS_H

#include <stdbool.h>
#include <stddef.h>

#include "model/model.h"

#define POOL_NAME_LEN RECORD_COMM_LEN

/*
 * Workers of one name: threads of a process other than its main one, or processes of one parent
 * that is watched too. Only those that were there for nearly all of the window.
 */
struct pool {
	char name[POOL_NAME_LEN]; /* without the number at its end */
	const struct process_model *process; /* threads: theirs; processes: their parent */
	bool of_processes;
	size_t count;
	double idle; /* workers idle on average: waiting for something to do */
	double computing, waiting; /* on average on CPU or ready for it; in I/O, locks or sleep */
	double sleeping; /* part of waiting */
	uint64_t handoffs,
		released; /* wakes across its border; those of waits for locks, and inside */
	bool numbered; /* its threads are named as members of a pool: "worker-1" */
	bool fed; /* others in the target hand them work, or wait for what they do */
	uint64_t private_least, private_most, private_sum; /* bytes; processes, where known */
	size_t private_known; /* how many of them */
};

/* Of the whole target: those of two workers or more, and threads that others feed. All zero: none. */
struct pool_set {
	struct pool *rows;
	size_t count;
};

/* Finds all pools, in one pass over the target; as many as there is memory for. */
void pools_find(const struct model *model, struct pool_set *ret);
void pools_free(struct pool_set *pools);

/* The next pool of a process (NULL: of any) behind *at, which begins as 0; NULL there is no more. */
const struct pool *pools_next(const struct pool_set *pools, const struct process_model *process,
			      size_t *at);

/* Time that threads of a process waited, in state condition, until one of the same name woke them. */
uint64_t pools_peer_woken_ns(const struct process_model *process);

#endif
