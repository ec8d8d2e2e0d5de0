/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The thresholds of the rules, and what a user may set them to. */
#ifndef BOUNDBY_VERDICT_THRESHOLDS_H
#define BOUNDBY_VERDICT_THRESHOLDS_H

#include "lib/err.h"

/* Thresholds: a table of rows; `--set RULE=VALUE` overrides. */
enum threshold_id {
	THRESHOLD_HUNG_PROOFS, /* 1 */
	THRESHOLD_IDLE_CORES, /* 0.02 */
	THRESHOLD_IDLE_WORK, /* 0.05 of the window */
	THRESHOLD_STALLED, /* 0.05 of the window ... */
	THRESHOLD_STALLS, /* ... in at least 3 stalls */
	THRESHOLD_LONG_STALL_S, /* 1 s: one is enough */
	THRESHOLD_STARVATION, /* 0.30 */
	THRESHOLD_CONTENTION, /* 0.30 */
	THRESHOLD_CPU_RATIO, /* 0.70 */
	THRESHOLD_IO_RATIO, /* 0.40 */
	THRESHOLD_FANOUT_RATIO, /* 0.10 */
	THRESHOLD_MIN_WINDOW_S, /* 1 s: below, too little was seen unless ... */
	THRESHOLD_MIN_WORK_S, /* ... this much work was */
	THRESHOLD_MAX_UNOBSERVED, /* 0.50 of the time */
	THRESHOLD_SWITCH_SHARE, /* 0.05 of CPU time */
	THRESHOLD_STEADY, /* 0.80 of the looks at a figure: it grows steadily */
	THRESHOLD_MEMORY_GROWTH, /* 1 MiB/s */
	THRESHOLD_WORKER_MEMORY, /* 64 MiB of each worker */
	THRESHOLD_THREAD_GROWTH, /* 1 thread/s */
	THRESHOLD_DESCRIPTOR_GROWTH, /* 1 fd/s */
	THRESHOLD_NO_IDLE_WORKER, /* 0.50 of the window */
	NR_THRESHOLDS,
};

struct threshold {
	const char *name; /* for --set and explain, e.g. "starvation" */
	double value; /* default */
	double most; /* that it may be set to */
	const char *unit;
	const char *source; /* where the number comes from, one clause; NULL: boundby's own default */
	const char *meaning;
};

extern const struct threshold thresholds[NR_THRESHOLDS];

struct verdict_settings {
	double threshold[NR_THRESHOLDS];
};

void verdict_settings_default(struct verdict_settings *settings);
/* Applies "name=value"; 0, or -1 with e filled (usage). */
int verdict_settings_set(struct verdict_settings *settings, const char *assignment, struct err *e);

#endif
