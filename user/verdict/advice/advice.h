/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What to do about the verdict, in the words of the target's runtime. */
#ifndef BOUNDBY_VERDICT_ADVICE_ADVICE_H
#define BOUNDBY_VERDICT_ADVICE_ADVICE_H

#include "verdict/findings/findings.h"
#include "verdict/outcome.h"
#include "verdict/rules.h"

/*
 * rule: the one that decided; the findings are in the verdict. Fills the advice by the contract's table:
 * model, workers, now, next.
 */
void advice_give(const struct rule *rule, const struct findings_input *input,
		 struct verdict *verdict);

#endif
