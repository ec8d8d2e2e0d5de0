/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Wait chains: which thread waits for which. The longest wait of the model as a chain of threads.
 */
#ifndef BOUNDBY_ANALYSIS_CHAIN_H
#define BOUNDBY_ANALYSIS_CHAIN_H

#include <stdbool.h>

#include "model/model.h"

#define CHAIN_MAX 8

struct chain_link {
	const struct process_model *process;
	const struct thread_model *thread;
};

/* From the thread that waited longest for another one, to the one that all of them wait for. */
struct chain {
	struct chain_link links[CHAIN_MAX];
	size_t count; /* 2 or more */
	double share; /* of the first one's time that it waited for the second */
	uint32_t state; /* enum ledger_state that the last one is in most */
};

/*
 * The chain of a process, or (NULL) of the whole target. False: no thread waits for another for
 * half of its time, they wait for each other in a cycle, or the last one waits for work itself.
 */
bool chain_find(const struct model *model, const struct process_model *process, struct chain *ret);

#endif
