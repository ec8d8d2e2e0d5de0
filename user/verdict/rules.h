/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules as a table, first that holds: from signals and thresholds to a class. */
#ifndef BOUNDBY_VERDICT_RULES_H
#define BOUNDBY_VERDICT_RULES_H

#include <stdbool.h>

#include "verdict/verdict.h"

/* One signal that a rule looks at, against one threshold. */
struct rule_term {
	const char *signal; /* name in evidence, NULL: no more terms */
	double (*value)(const struct signals *signals);
	enum threshold_id threshold;
	const char *unit;
};

#define RULE_MAX_TERMS 3

struct rule {
	enum verdict_class class;
	const char *text; /* the rule in words */
	const char *meaning; /* what the class says of a program */
	const char *action; /* what to do about it, in general */
	bool (*holds)(const struct signals *signals, const double *threshold);
	struct rule_term terms[RULE_MAX_TERMS];
};

extern const struct rule rules[NR_VERDICTS];

/* The first rule that holds; the last one always does. */
const struct rule *rules_first(const struct signals *signals,
			       const struct verdict_settings *settings);

/*
 * How far the deciding signal is from where the class would change: 0 at the threshold, relative
 * to it. INFINITY when nothing is near.
 */
double rules_distance(const struct rule *rule, const struct signals *signals,
		      const struct verdict_settings *settings);

/* Do the target's threads compute one after the other, in turn with CPython's GIL? */
bool rules_gil_serialises(const struct signals *signals, const double *threshold);

#endif
