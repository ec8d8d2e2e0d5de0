// SPDX-License-Identifier: GPL-2.0-or-later
/* Advice for threads that are kept from running: by a tracer, a stop, a quota, or others on their CPUs. */
#include <math.h>
#include <stdio.h>

#include "lib/units.h"
#include "verdict/advice/advice_rules.h"
#include "verdict/words/wording.h"

#define SATURATED 0.8 /* of the CPUs */
#define MOSTLY 0.5 /* of the time */
#define FELT 0.2 /* of the CPUs that it may use: what others had of them delays it */
#define MUCH 0.3 /* of what others had: to move one that had less gives little */
#define OWN 0.6 /* of the CPUs that it may use: then most of what runs there is its own */

bool advise_rest(const struct advice *advice)
{
	const struct verdict_finding *traced = advice_finding(advice, "traced");
	const struct verdict_finding *stopped = advice_finding(advice, "stopped");
	char now[VERDICT_ADVICE_LEN];

	if (traced) {
		snprintf(now, sizeof(now), "end the tracer: %s", traced->detail);
		advice_say(advice, "", 0, now);
	} else if (stopped && stopped->value >= MOSTLY) {
		advice_say(advice, "", 0,
			   "it is stopped: continue it (kill -CONT), or thaw its cgroup "
			   "(cgroup.freeze, docker unpause)");
	}
	return advice->verdict->advice_now[0];
}

/* CPUs that the target may use, by the affinity of its processes and by quota. */
static double cpus_allowed(const struct advice *advice, double *ret_quota)
{
	struct process_range range = model_range(advice->model, advice->process);
	const struct process_model *each;
	double most = 0, quota = 0;
	uint64_t mask = 0;

	for (each = range.first; each < range.end; each++) {
		mask |= each->cpu_mask;
		most = fmax(most, each->cpus_allowed);
		quota = fmax(quota,
			     each->cpu_quota ? (double)each->cpu_quota / 1000 : advice->cpus);
	}
	most = fmax(most, __builtin_popcountll(mask));
	*ret_quota = quota > 0 ? quota : advice->cpus;
	return most > 0 ? fmin(most, advice->cpus) : advice->cpus;
}

/* CPUs that processes which are not watched had. */
static double others(const struct advice *advice)
{
	const struct model *model = advice->model;

	return model->duration_ns ? (double)model->neighbour_ns / (double)model->duration_ns : 0;
}

/* The processes that ran instead: those that used most of the CPUs in the window. */
static void advise_neighbours(const struct advice *advice)
{
	const struct model *model = advice->model;
	struct verdict *verdict = advice->verdict;
	char now[VERDICT_ADVICE_LEN], name[120], share[UNITS_LEN];
	double cpus, of_first;

	if (model->neighbour_count && model->duration_ns) {
		cpus = others(advice);
		of_first = (double)model->neighbours[0].cpu_ns / (double)model->neighbour_ns;
		wording_neighbour(&model->neighbours[0], name, sizeof(name));
		units_share(of_first, share);
		if (of_first < MUCH)
			snprintf(
				now, sizeof(now),
				"other processes had %.2f of %d CPUs, of which %s had the most, %s: give this "
				"program more weight than theirs (nice, cpu.weight), or a host "
				"with CPUs to spare",
				cpus, advice->cpus, name, share);
		else
			snprintf(
				now, sizeof(now),
				"other processes had %.2f of %d CPUs, %s of that by %s: move it to "
				"other CPUs or to another host, or lower its weight (nice, "
				"cpu.weight)",
				cpus, advice->cpus, share, name);
		if (model->neighbours[0].pid && of_first >= MUCH)
			snprintf(verdict->advice_next, sizeof(verdict->advice_next),
				 "boundby attach -p %u -d 10", model->neighbours[0].pid);
		advice_say(advice, "", 0, now);
		return;
	}
	advice_say(advice, "", 0,
		   "other processes use the CPUs that it may run on: check its affinity "
		   "(taskset -p) and what else runs there (top), then move one of them");
}

void advise_starved(const struct advice *advice)
{
	const struct signals *s = advice->signals;
	double quota, allowed = cpus_allowed(advice, &quota);
	char now[VERDICT_ADVICE_LEN], of[40] = "";

	if (!isnan(s->throttled_s) && s->throttled_s > s->runnable_s / 2) {
		if (quota < advice->cpus)
			snprintf(of, sizeof(of), " of %.2f CPUs", quota);
		snprintf(
			now, sizeof(now),
			"the cgroup's CPU quota%s holds it back, %.1f threads want to run: raise the "
			"quota (cpu.max, cpu.cfs_quota_us) or do with fewer threads",
			of, s->demand);
		advice_say(advice, "", 0, now);
	} else if (s->cpu_saturation >= SATURATED) {
		snprintf(now, sizeof(now),
			 "its own threads saturate all %d CPUs: run no more workers than cores; "
			 "more only add context switches",
			 advice->cpus);
		advice_say(advice, advice->words->compute, advice->cpus, now);
	} else if (s->cores >= OWN * allowed ||
		   (s->same_process_switch_share > 0.5 && others(advice) < FELT * allowed)) {
		/* what ran instead of it is its own */
		snprintf(
			now, sizeof(now),
			"its own threads and processes compete for %.0f of %d CPUs, on which %.1f of "
			"them want to run: %srun fewer",
			allowed, advice->cpus, s->demand,
			allowed < advice->cpus ? "let them use more (taskset -p, cpuset.cpus) or " :
						 "");
		advice_say(advice, "", 0, now);
	} else {
		advise_neighbours(advice);
	}
}
