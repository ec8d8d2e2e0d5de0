/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proofs that work is pending and that what should do it did not move in the whole window. Pure. */
#ifndef BOUNDBY_ANALYSIS_STUCK_H
#define BOUNDBY_ANALYSIS_STUCK_H

#include "analysis/stuck/stuck_proofs.h"

#define STUCK_MIN_NS 1900000000ULL /* 2 s, less what the edges of a window may be off */

/* Proofs in the target (process NULL) or in one process, in the order of enum stuck_kind. How many. */
size_t stuck_find(const struct model *model, const struct process_model *process,
		  struct stuck ret[STUCK_MAX]);

#endif
