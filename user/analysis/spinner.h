/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Threads that poll for events without ever blocking. */
#ifndef BOUNDBY_ANALYSIS_SPINNER_H
#define BOUNDBY_ANALYSIS_SPINNER_H

#include "model/model.h"

/*
 * The thread of the target (process NULL), or of one process, that polls for events most often
 * without ever blocking, as it does not mean to (LOOP_SPINS) or one is always ready (LOOP_READY);
 * *ret_per_s how often. NULL: none does so 1,000 times a second.
 */
const struct loop_model *spinner_find(const struct model *model,
				      const struct process_model *process, double *ret_per_s);

#endif
