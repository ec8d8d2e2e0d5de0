// SPDX-License-Identifier: GPL-2.0-or-later
/* Collects proofs of a hang, and tells whether a process moved in the window. */
#include "analysis/stuck/stuck_proofs.h"

#define STILL_SHARE 0.02 /* of the window on a CPU: a process that does more moves */

struct stuck *stuck_add(struct proofs *proofs, enum stuck_kind kind,
			const struct process_model *process, const struct standing_model *wait)
{
	struct stuck *row = &proofs->rows[proofs->count];

	if (proofs->count == STUCK_MAX)
		return NULL;
	proofs->count++;
	*row = (struct stuck){ .kind = kind, .process = process, .wait = wait };
	return row;
}

bool stuck_is_still(const struct model *model, const struct process_model *process)
{
	return (double)process->time.state_ns[STATE_ON_CPU] <
	       STILL_SHARE * (double)model->duration_ns;
}
