/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one thread that makes all blocking calls of an event loop. Pure. */
#ifndef BOUNDBY_ANALYSIS_LOOP_EXECUTOR_H
#define BOUNDBY_ANALYSIS_LOOP_EXECUTOR_H

#include "model/model.h"

/*
 * In a CPython process of the target (process NULL) or in this one: the thread that is in calls for nearly
 * all of the time and hands their results to an event loop, beside no other that runs. NULL: there is none.
 */
const struct thread_model *loop_executor_find(const struct model *model,
					      const struct process_model *process);

/* The part of its time that it is in calls. */
double loop_executor_share(const struct thread_model *thread);

#endif
