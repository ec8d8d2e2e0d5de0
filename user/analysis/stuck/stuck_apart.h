/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which processes of a whole host hang: that says nothing of the programs beside them. Pure. */
#ifndef BOUNDBY_ANALYSIS_STUCK_APART_H
#define BOUNDBY_ANALYSIS_STUCK_APART_H

#include "analysis/stuck/stuck.h"

/* Each once, in the order of the model; how many. 0 for a single process, or a target that is one program. */
size_t stuck_apart(const struct model *model, const struct process_model *process,
		   const struct process_model *ret[STUCK_MAX]);

/* Is this process one of them? */
bool stuck_is_apart(const struct process_model *const *hung, size_t count,
		    const struct process_model *process);

#endif
