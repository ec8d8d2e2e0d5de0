/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a verdict consists of: plain data that the modules of verdict/ fill and render/ shows. */
#ifndef BOUNDBY_VERDICT_OUTCOME_H
#define BOUNDBY_VERDICT_OUTCOME_H

#include <stddef.h>
#include <stdint.h>
#include "verdict/class.h"
#include "verdict/findings/finding_list.h"

#define VERDICT_MAX_CAUSES 6
#define VERDICT_MAX_EVIDENCE 8
#define VERDICT_MAX_FINDINGS NR_FINDINGS
#define VERDICT_MAX_UNMEASURED 20
#define VERDICT_ADVICE_LEN 360

#define VERDICT_MAX_PLACES 3
#define CAUSE_CPU "cpu"
#define CAUSE_COMPUTING "computing, on CPU"
#define CAUSE_GC "gc"
#define CAUSE_COLLECTING "garbage collection, on CPU"

/* A line of the program, and what of a cause happened there. */
struct verdict_place {
	char where[160];
	double share; /* as the cause's, of the same whole: those of all lines sum to it */
	double margin; /* half of the 95 % interval of share; 0: exact */
	uint64_t samples;
};

struct verdict_cause {
	const char *kind; /* state or cause name, static */
	double share; /* of the target's work (of its wall for idle), 0..1 */
	char detail[128]; /* e.g. "recvfrom on tcp 10.0.0.7:5432" */
	char where[160]; /* place in the program, the largest of several, "" unknown */
	const char *no_place; /* why it is unknown; static, NULL: it is known */
	struct verdict_place places[VERDICT_MAX_PLACES]; /* largest first; the rest is left out */
	size_t place_count;
};

struct verdict_evidence {
	const char *rule; /* static, e.g. "ratio" */
	double value; /* NAN: unknown, null in JSON */
	double threshold;
	const char *unit; /* static: "ratio", "share", "cores", "ns" */
};

struct verdict_finding {
	const char *kind; /* static */
	char detail[200];
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
	uint32_t main_pid; /* of the process that the advice is for; 0: the target has none */
	char advice_now[VERDICT_ADVICE_LEN];
	char advice_next[160];
};

#endif
