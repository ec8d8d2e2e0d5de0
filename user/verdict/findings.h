/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What else was seen, whatever the class: a table of findings, each with its rule. */
#ifndef BOUNDBY_VERDICT_FINDINGS_H
#define BOUNDBY_VERDICT_FINDINGS_H

#include "analysis/pools.h"
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

#define NR_FINDINGS 19
extern const struct finding_rule finding_rules[NR_FINDINGS];

/*
 * The thread of the target, or of one process, that looks for events most often without ever
 * waiting for them, as it does not mean to (LOOP_SPINS) or one is always ready (LOOP_READY);
 * *ret_per_s how often. NULL: none does so BUSY_POLLS_PER_S times a second.
 */
const struct loop_model *findings_spinner(const struct model *model,
					  const struct process_model *process, double *ret_per_s);

/*
 * What was not measured or could not be determined; each fills detail and value if there was any:
 * detail dropped for a part of the window, time in calls that are neither work nor rest for
 * certain, rows that did not fit into tables, time that was not observed.
 */
bool findings_given_up(const struct findings_input *input, struct verdict_finding *ret);
bool findings_unclassified(const struct findings_input *input, struct verdict_finding *ret);
bool findings_dropped_locks(const struct findings_input *input, struct verdict_finding *ret);
bool findings_dropped_stacks(const struct findings_input *input, struct verdict_finding *ret);
bool findings_dropped_events(const struct findings_input *input, struct verdict_finding *ret);
bool findings_unobserved(const struct findings_input *input, struct verdict_finding *ret);

/* Adds all that hold, in the table's order. */
void findings_find(const struct findings_input *input, struct verdict *verdict);

#endif
