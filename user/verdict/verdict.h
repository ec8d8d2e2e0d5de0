/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The verdict: what the target, or one process of it, is bound by. From the model and const
 * settings to class, confidence, causes, evidence, findings and advice, as data and words.
 */
#ifndef BOUNDBY_VERDICT_VERDICT_H
#define BOUNDBY_VERDICT_VERDICT_H

#include <stdbool.h>

#include "model/model.h"

enum verdict_class {
	VERDICT_INSUFFICIENT,
	VERDICT_IDLE,
	VERDICT_LOOP_BLOCKED,
	VERDICT_CPU_STARVED,
	VERDICT_LOCK_BOUND,
	VERDICT_CPU_BOUND,
	VERDICT_IO_BOUND,
	VERDICT_MIXED,
	NR_VERDICTS,
};

enum confidence { CONFIDENCE_LOW, CONFIDENCE_MEDIUM, CONFIDENCE_HIGH };

/* Names as in the contract and JSON, e.g. "cpu-bound"; -1 when name is none. */
const char *verdict_class_name(enum verdict_class class);
int verdict_class_parse(const char *name);
const char *confidence_name(enum confidence confidence);

#define VERDICT_MAX_CAUSES 6
#define VERDICT_MAX_EVIDENCE 8
#define VERDICT_MAX_FINDINGS 16
#define VERDICT_MAX_UNMEASURED 12

struct verdict_cause {
	const char *kind; /* state or cause name, static */
	double share; /* of the target's work (of its wall for idle), 0..1 */
	char detail[128]; /* e.g. "recvfrom on tcp 10.0.0.7:5432" */
	char where[160]; /* place in the program, "" unknown */
};

struct verdict_evidence {
	const char *rule; /* static, e.g. "ratio" */
	double value; /* NAN: unknown, null in JSON */
	double threshold;
	const char *unit; /* static: "ratio", "share", "cores", "ns" */
};

struct verdict_finding {
	const char *kind; /* static */
	char detail[160];
	double value;
};

struct verdict {
	enum verdict_class class;
	enum confidence confidence;
	char headline[200];
	struct verdict_cause causes[VERDICT_MAX_CAUSES];
	size_t cause_count;
	struct verdict_evidence evidence[VERDICT_MAX_EVIDENCE];
	size_t evidence_count;
	struct verdict_finding findings[VERDICT_MAX_FINDINGS];
	size_t finding_count;
	const char *unmeasured[VERDICT_MAX_UNMEASURED]; /* static sentences */
	size_t unmeasured_count;
	const char *advice_model; /* "asyncio", "threads", "processes", "hybrid", "" none; static */
	int advice_workers; /* 0: none given */
	char advice_now[240];
	char advice_next[160];
};

/* Named signals of contract section 5. NAN: cannot be formed (0/0). */
struct signals {
	double window_s, work_s, io_s, on_cpu_s, runnable_s, rest_s, wall_s, unobserved_s;
	double lock_s, gil_s; /* lock_s: both */
	double inner_s; /* waits for monitored threads doing work: part of rest_s */
	double ratio, contention, starvation, cores, work_share; /* work_share: work / window */
	double throttled_s; /* NAN not measured */
	double ready_self; /* cores used by the target / CPUs */
	double demand; /* threads that run or are ready, on average */
	double switch_share; /* cost of switches / CPU time; NAN not measured */
	double stalled; /* share of the window in which the most blocked loop was blocked */
	double stalls; /* of that loop */
	double longest_stall_s; /* its part inside the window; 0 without a stall */
	bool has_loop;
	double own_predecessor; /* of the switch-ins on a busy CPU, those after its own process */
};

/* Thresholds: a table of rows; `--set RULE=VALUE` overrides. */
enum threshold_id {
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
	const char *unit;
	const char *source; /* where the number comes from, one clause */
	const char *meaning;
};

extern const struct threshold thresholds[NR_THRESHOLDS];

struct verdict_settings {
	double threshold[NR_THRESHOLDS];
};

void verdict_settings_default(struct verdict_settings *settings);
/* Applies "name=value"; 0, or -1 with e filled (usage). */
struct err;
int verdict_settings_set(struct verdict_settings *settings, const char *assignment, struct err *e);

/* Signals of the whole target (process NULL) or of one process. */
void signals_compute(const struct model *model, const struct process_model *process,
		     struct signals *ret);
/* Adds the times, and what is alike for processes and for windows; signals_derive() is to follow. */
void signals_add_times(const struct signals *one, struct signals *sum);
/* Adds those of another process of the same window to the sum; a sum begins as those of its first. */
void signals_add(const struct model *model, const struct signals *one, struct signals *sum);
/* Signals of one thread, or of those that share its row. */
void signals_of_thread(const struct model *model, const struct process_model *process,
		       const struct thread_model *thread, struct signals *ret);
/* The class of signals: the first rule that holds for them. */
enum verdict_class verdict_of_signals(const struct signals *signals,
				      const struct verdict_settings *settings);
/* The class of a thread by itself: the first rule that holds for its signals. */
enum verdict_class verdict_of_thread(const struct model *model, const struct process_model *process,
				     const struct thread_model *thread,
				     const struct verdict_settings *settings);
/*
 * What most of a window of this class went to: a cause as in struct verdict, and the busiest
 * thread. kind NULL: nothing to report.
 */
struct window_cause {
	struct verdict_cause cause;
	char thread[48]; /* "worker/4243", printable; "" none worked */
};
void verdict_of_window(const struct model *model, const struct signals *signals,
		       enum verdict_class class, const struct verdict_settings *settings,
		       struct window_cause *ret);
/* Forms ratios and shares from the sums of seconds. cpus: online. */
void signals_derive(struct signals *signals, double cpus);

struct timeline;

/*
 * Judges the whole target (process NULL) or one process. timeline: the windows of the target, as
 * far as they are known, NULL none.
 */
void verdict_judge(const struct model *model, const struct process_model *process,
		   const struct timeline *timeline, const struct verdict_settings *settings,
		   struct verdict *ret);

/*
 * The same for the whole target and each of its processes at once, with what is looked for in the
 * target looked for once: processes has room for one each.
 */
void verdict_judge_all(const struct model *model, const struct timeline *timeline,
		       const struct verdict_settings *settings, struct verdict *whole,
		       struct verdict *processes);

#endif
