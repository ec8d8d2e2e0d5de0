/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was not measured, and which option or setting would change that. */
#ifndef BOUNDBY_VERDICT_UNMEASURED_H
#define BOUNDBY_VERDICT_UNMEASURED_H

#include "analysis/signals.h"
#include "model/model.h"
#include "verdict/outcome.h"

/* Fills verdict->unmeasured for the target (process NULL) or one process. */
void unmeasured_find(const struct model *model, const struct process_model *process,
		     const struct signals *signals, struct verdict *verdict);

#endif
