/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines of the program at which the time of each cause of a verdict went. */
#ifndef BOUNDBY_VERDICT_CAUSE_PLACES_H
#define BOUNDBY_VERDICT_CAUSE_PLACES_H

#include "model/model.h"
#include "verdict/outcome.h"

/*
 * Fills places of the causes of a verdict, of the target (process NULL) or a process, from the model's
 * places; where a cause has none, why.
 */
void cause_places_find(const struct model *model, const struct process_model *process,
		       struct verdict *verdict);

/*
 * The 95 % interval of a share that was estimated by n of samples samples: half its width. Holds for
 * few, and for shares near 0 and 1, too (Agresti and Coull, The American Statistician 52, 1998).
 */
double cause_places_margin(uint64_t n, uint64_t samples);

#endif
