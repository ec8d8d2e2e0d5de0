/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The proofs while they are collected, and what their files share. Pure. */
#ifndef BOUNDBY_ANALYSIS_STUCK_PROOFS_H
#define BOUNDBY_ANALYSIS_STUCK_PROOFS_H

#include "analysis/stuck/stuck.h"

struct proofs {
	struct stuck *rows; /* STUCK_MAX */
	size_t count;
};

/* The new row, NULL: there is no room. */
struct stuck *stuck_add(struct proofs *proofs, enum stuck_kind kind,
			const struct process_model *process, const struct standing_model *wait);

/* The process did next to nothing in the window. */
bool stuck_is_still(const struct model *model, const struct process_model *process);

/* Adds the writes of a process that nothing takes, with what should read. */
void stuck_find_writes(struct proofs *proofs, const struct model *model,
		       const struct process_model *process);

#endif
