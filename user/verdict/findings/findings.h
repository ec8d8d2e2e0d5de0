/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What else was seen, whatever the class: a table of findings, each with its rule. */
#ifndef BOUNDBY_VERDICT_FINDINGS_H
#define BOUNDBY_VERDICT_FINDINGS_H

#include <stdbool.h>

#include "analysis/pools.h"
#include "analysis/signals.h"
#include "verdict/outcome.h"
#include "verdict/thresholds.h"
#include "verdict/timeline.h"

/* What a finding may look at. */
struct findings_input {
	const struct model *model;
	const struct process_model *process; /* NULL: the whole target */
	const struct pool_set *pools; /* of the whole target */
	const struct timeline *timeline; /* NULL: not known */
	size_t odd; /* the window that the verdict is without, TIMELINE_NONE none */
	const struct signals *signals;
	const struct verdict_settings *settings;
	enum verdict_class class;
};

#define FINDING_MAX_TERMS 2

struct finding_rule {
	const char *kind;
	const char *meaning; /* one sentence, for explain */
	const char *rule; /* in words */
	const char *action; /* "" nothing to do */
	/* Fills detail and value when it holds. */
	bool (*find)(const struct findings_input *input, struct verdict_finding *ret);
	enum threshold_id terms[FINDING_MAX_TERMS];
	int term_count;
};

extern const struct finding_rule finding_rules[NR_FINDINGS]; /* by enum finding_id */

/* One for each row: fills detail and value, and returns whether the finding holds. */
#define FINDING_FUNCTION(ident, kind, function, ...) \
	bool function(const struct findings_input *input, struct verdict_finding *ret);
VERDICT_FINDINGS(FINDING_FUNCTION)
#undef FINDING_FUNCTION

/* Adds all that hold, in the table's order. */
void findings_find(const struct findings_input *input, struct verdict *verdict);

#endif
