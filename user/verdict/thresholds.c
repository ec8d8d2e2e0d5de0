// SPDX-License-Identifier: GPL-2.0-or-later
/* The thresholds as a table: value, unit, source; applies --set. */
#include "verdict/thresholds.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"

#define GUIDES "the decision guides for threads, processes and asyncio"
#define CHOICE NULL /* boundby's own default */

const struct threshold thresholds[NR_THRESHOLDS] = {
	[THRESHOLD_HUNG_PROOFS] = { "hung-proofs", 1, INFINITY, "proofs", CHOICE,
				    "this many proofs that work is pending and nothing moves make it hung" },
	[THRESHOLD_IDLE_CORES] = { "idle-cores", 0.02, INFINITY, "cores", CHOICE,
				   "with fewer cores used, and less work than idle-work, the program is idle" },
	[THRESHOLD_IDLE_WORK] = { "idle-work", 0.05, 1, "of the window", CHOICE,
				  "less work than this part of the window counts as none" },
	[THRESHOLD_STALLED] = { "stalled", 0.05, 1, "of the window", CHOICE,
				"a loop is blocked if its stalls, `stalls` or more, take this part of the "
				"time" },
	[THRESHOLD_STALLS] = { "stalls", 3, INFINITY, "stalls", CHOICE,
			       "the number of stalls that make a loop blocked; a stall is longer than "
			       "--stall" },
	[THRESHOLD_LONG_STALL_S] = { "long-stall", 1.0, INFINITY, "s", CHOICE,
				     "a loop with one stall of this length is blocked" },
	[THRESHOLD_STARVATION] = { "starvation", 0.30, 1, "of work", CHOICE,
				   "with this share or more, being runnable without a CPU is the first problem" },
	[THRESHOLD_CONTENTION] = { "contention", 0.30, 1, "of work", CHOICE,
				   "with this share or more, waiting for locks is the first problem" },
	[THRESHOLD_CPU_RATIO] = { "cpu-ratio", 0.70, 1, "CPU/wall of work", GUIDES,
				  "with a higher ratio, computing decides the speed" },
	[THRESHOLD_IO_RATIO] = { "io-ratio", 0.40, 1, "CPU/wall of work", GUIDES,
				 "with a lower ratio, waiting decides the speed" },
	[THRESHOLD_FANOUT_RATIO] = { "fan-out-ratio", 0.10, 1, "CPU/wall of work", GUIDES,
				     "with a lower ratio, one thread can keep very many requests in flight" },
	[THRESHOLD_MIN_WINDOW_S] = { "min-window", 1.0, INFINITY, "s", CHOICE,
				     "a shorter watch may miss what is typical, unless min-work was seen in it" },
	[THRESHOLD_MIN_WORK_S] = { "min-work", 0.1, INFINITY, "s", CHOICE,
				   "this much work is enough to judge a window shorter than min-window" },
	[THRESHOLD_MAX_UNOBSERVED] = { "max-unobserved", 0.50, 1, "of the time", CHOICE,
				       "with more of the time unobserved, the rest proves nothing" },
	[THRESHOLD_SWITCH_SHARE] = { "switch-share", 0.05, 1, "of CPU time", CHOICE,
				     "more CPU time spent on switching, with more runnable threads than CPUs, is "
				     "oversubscription" },
	[THRESHOLD_STEADY] = { "steady", 0.80, 1, "of the snapshots", CHOICE,
			       "a figure that rose in this share of the snapshots (3 or more) grows steadily" },
	[THRESHOLD_MEMORY_GROWTH] = { "memory-growth", 1, INFINITY, "MiB/s", CHOICE,
				      "memory that grows steadily by this is a finding: 8 GiB last for two hours" },
	[THRESHOLD_THREAD_GROWTH] = { "thread-growth", 1, INFINITY, "threads/s", CHOICE,
				      "threads that grow steadily by this: 32,000, the usual limit, in a working "
				      "day" },
	[THRESHOLD_DESCRIPTOR_GROWTH] = { "descriptor-growth", 1, INFINITY, "descriptors/s", CHOICE,
					  "fds that grow steadily by this: 1,024, the usual limit, in 17 minutes" },
	[THRESHOLD_WORKER_MEMORY] = { "worker-memory", 64, INFINITY, "MiB", CHOICE,
				      "similar worker processes with this much memory each may "
				      "hold the same data several times" },
	[THRESHOLD_NO_IDLE_WORKER] = { "no-idle-worker", 0.50, 1, "of the window", GUIDES,
				       "a pool none of whose workers is idle for this long is "
				       "saturated" },
};

void verdict_settings_default(struct verdict_settings *settings)
{
	int i;

	for (i = 0; i < NR_THRESHOLDS; i++)
		settings->threshold[i] = thresholds[i].value;
}

int verdict_settings_set(struct verdict_settings *settings, const char *assignment, struct err *e)
{
	const char *equals = strchr(assignment, '=');
	char *end;
	double value;
	int i;

	if (!equals)
		return err_set(e, ERR_USAGE,
			       "--set takes RULE=VALUE, not '%s'; `boundby explain` lists "
			       "the rules",
			       assignment);
	errno = 0;
	value = strtod(equals + 1, &end);
	if (end == equals + 1 || *end || errno || !isfinite(value) || value < 0)
		return err_set(e, ERR_USAGE, "--set %s: the value must be a number from 0 up",
			       assignment);
	for (i = 0; i < NR_THRESHOLDS; i++) {
		if (strlen(thresholds[i].name) != (size_t)(equals - assignment) ||
		    strncmp(thresholds[i].name, assignment, (size_t)(equals - assignment)) != 0)
			continue;
		if (value > thresholds[i].most)
			return err_set(e, ERR_USAGE, "--set %s: the value is a share, from 0 to 1",
				       assignment);
		settings->threshold[i] = value;
		return 0;
	}
	return err_set(e, ERR_USAGE,
		       "--set %s: no rule has that name; `boundby explain` lists them", assignment);
}
