/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What to do about the verdict, in the words of the target's runtime. */
#ifndef BOUNDBY_VERDICT_ADVICE_ADVICE_H
#define BOUNDBY_VERDICT_ADVICE_ADVICE_H

#include "verdict/outcome.h"
#include "verdict/rules.h"

/* rule: the one that decided. Fills the advice by the contract's table: model, workers, now, next. process: NULL for all. */
void advice_give(const struct rule *rule, const struct model *model,
		 const struct process_model *process, const struct signals *signals,
		 const struct verdict_settings *settings, struct verdict *verdict);

#endif
