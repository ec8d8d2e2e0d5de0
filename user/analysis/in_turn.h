/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Threads of an interpreter that compute in turn, where the lock itself cannot be seen. Pure. */
#ifndef BOUNDBY_ANALYSIS_IN_TURN_H
#define BOUNDBY_ANALYSIS_IN_TURN_H

#include "model/model.h"

/*
 * The process (of the target when NULL) whose runtime has one interpreter lock that is not measured, and in
 * which two threads or more fill one core between them and no more. Of several processes it is the one that
 * computes most of what all of them do. NULL: there is none.
 */
const struct process_model *in_turn_find(const struct model *model,
					 const struct process_model *process);

/*
 * Is the loop of such a process blocked for nothing but its turn at the interpreter's lock? Then the lock decides,
 * as it does for the threads beside it, and no call or computing of the loop.
 */
bool in_turn_holds(const struct model *model, const struct process_model *process,
		   const struct loop_model *loop);

#endif
