/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The confidence of a verdict: by distance, time watched, losses, and what cannot be seen. */
#ifndef BOUNDBY_VERDICT_CONFIDENCE_H
#define BOUNDBY_VERDICT_CONFIDENCE_H

#include "model/model.h"
#include "verdict/rules.h"

/*
 * High unless something speaks against it: one step down when the deciding value is within 10 %
 * of its threshold, when less than 3 s were watched, when more than 1 % of the time is
 * unobserved; low at once when more than 10 % is, or when too little was seen at all. Losses
 * that hid some time, or are more than one in 1000 switches, leave at most medium; so does what
 * cannot be seen.
 */
enum confidence confidence_find(const struct rule *rule, const struct model *model,
				const struct process_model *process, const struct signals *s,
				const struct verdict_settings *settings);

#endif
