/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules as a table, first that holds: from signals and thresholds to a class. */
#ifndef BOUNDBY_VERDICT_RULES_H
#define BOUNDBY_VERDICT_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/signals.h"
#include "verdict/class.h"
#include "verdict/thresholds.h"

/* One signal that a rule looks at, against one threshold. */
struct rule_term {
	const char *signal; /* name in evidence, NULL: no more terms */
	double (*value)(const struct signals *signals);
	enum threshold_id threshold;
	const char *unit;
};

#define RULE_MAX_TERMS 3

/* How much a class asks for attention. */
enum tone { TONE_CALM, TONE_NOTE, TONE_ALARM };

struct advice;
struct process_model;

/* A class: all that is decided and said by it, so that a new one is a row and its functions. */
struct rule {
	enum verdict_class class;
	const char *text; /* the rule in words */
	const char *meaning; /* what the class says of a program */
	const char *action; /* what to do about it, in general */
	bool (*holds)(const struct signals *signals, const double *threshold);
	struct rule_term terms[RULE_MAX_TERMS];
	void (*headline)(const struct signals *signals, const double *threshold, char *ret,
			 size_t size);
	/* ns of a process that the class is about: advice goes to the process that has most */
	uint64_t (*part)(const struct process_model *process);
	void (*advise)(const struct advice *advice);
	const char *next; /* command to run next; "-p PID" stands for the culprit */
	enum tone tone;
	bool bursts; /* calls, seen in a burst of depth syscalls, tell more about it */
	/*
	 * how far signals are from where this class would begin or end to hold, beside its terms:
	 * for itself and for those further down, which hold only because it does not; NULL: no more
	 */
	double (*distance)(const struct signals *signals, const double *threshold);
	bool own_distance; /* distance alone counts for itself: it holds in one of several ways */
};

extern const struct rule rules[]; /* by class; without a size, which rules.c asserts */

/* The first rule that holds; the last one always does. */
const struct rule *rules_first(const struct signals *signals,
			       const struct verdict_settings *settings);

/*
 * How far the deciding signal is from where the class would change: 0 at the threshold, relative
 * to it. INFINITY when nothing is near.
 */
double rules_distance(const struct rule *rule, const struct signals *signals,
		      const struct verdict_settings *settings);

#endif
