/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the holders of a lock wait for while they hold it. Pure. */
#ifndef BOUNDBY_ANALYSIS_HOLDERS_H
#define BOUNDBY_ANALYSIS_HOLDERS_H

#include <stdbool.h>

#include "model/model.h"

struct held_wait {
	const struct process_model *process;
	const struct lock_model *lock;
	uint32_t state; /* enum ledger_state that its holders are in */
	const struct wait_model *wait; /* where, NULL not known */
	double share; /* of the window that they are in it */
};

/*
 * The most contended lock of the target (process NULL) or of a process, if its holders, however they take
 * turns, wait for something else most of the time that it is held, and longer than they compute. False:
 * there is none.
 */
bool holders_find(const struct model *model, const struct process_model *process,
		  struct held_wait *ret);

#endif
