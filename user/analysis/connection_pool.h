/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Threads that wait for a connection of a pool that has too few. Pure. */
#ifndef BOUNDBY_ANALYSIS_CONNECTION_POOL_H
#define BOUNDBY_ANALYSIS_CONNECTION_POOL_H

#include <stdbool.h>

#include "model/model.h"

struct connection_pool {
	const struct process_model *process;
	char name[RECORD_COMM_LEN]; /* of its threads, without the number at its end */
	double threads; /* that share it */
	double in_flight; /* calls at a time: as many as it has connections */
	double waiting; /* threads that are parked until another one of them is done */
};

/*
 * The pool of the target (process NULL) or of a process that most threads wait for: threads of one name
 * all take part in the waiting for the network in equal measure, but few at a time, and the others are
 * parked until one of them wakes them. False: there is none.
 */
bool connection_pool_find(const struct model *model, const struct process_model *process,
			  struct connection_pool *ret);

#endif
