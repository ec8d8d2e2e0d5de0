// SPDX-License-Identifier: GPL-2.0-or-later
/* Contract section 5 as rows, in its order: the first row that holds decides. */
#include "verdict/rules.h"

#include <math.h>

#include "verdict/advice/advice_rules.h"
#include "verdict/advice/class_parts.h"
#include "verdict/conditions.h"
#include "verdict/words/headline.h"

#define VALUE(name, field)                                  \
	static double value_##name(const struct signals *s) \
	{                                                   \
		return s->field;                            \
	}
VALUE(ratio, ratio)
VALUE(contention, contention)
VALUE(starvation, starvation)
VALUE(cores, cores)
VALUE(work, work_share)
VALUE(window, window_s)
VALUE(stalled, stalled)
VALUE(stalls, stalls)
VALUE(longest, longest_stall_s)
VALUE(work_s, work_s)
VALUE(stuck, stuck)

static double value_unobserved(const struct signals *s)
{
	return s->wall_s > 0 ? s->unobserved_s / s->wall_s : NAN;
}

#define TERM_RATIO(threshold)                            \
	{                                                \
		"ratio", value_ratio, threshold, "ratio" \
	}

const struct rule rules[] = {
	{
		.class = VERDICT_INSUFFICIENT,
		.text = "window < min-window and work < min-work, or unobserved > max-unobserved of the time",
		.meaning = "Too little was seen to judge.",
		.action = "Watch for longer, or while it is busy.",
		.holds = condition_insufficient,
		.terms = { { "window", value_window, THRESHOLD_MIN_WINDOW_S, "s" },
			   { "work_seen", value_work_s, THRESHOLD_MIN_WORK_S, "s" },
			   { "unobserved", value_unobserved, THRESHOLD_MAX_UNOBSERVED, "share" } },
		.headline = headline_insufficient,
		.part = class_part_work,
		.advise = advise_insufficient,
		.next = "boundby attach -p PID -d 30",
	},
	{
		.class = VERDICT_HUNG,
		.text = "hung-proofs of pending work that nothing moved in the window (2 s at least): a cycle of "
			"locks; a lock, or file lock, whose holder is gone or never moves; a write that stays "
			"blocked; a read that only processes which wait themselves could end; connections that "
			"are not accepted; unread bytes that no thread waits for; a pool whose workers all wait "
			"inside their work; an accepted connection that is not waited for; a barrier that one does "
			"not come to; threads that all wait for each other",
		.meaning = "Work is pending, and what should do it does not move.",
		.action = "Undo what the threads wait for: the causes name it, with its place.",
		.holds = condition_hung,
		.terms = { { "stuck", value_stuck, THRESHOLD_HUNG_PROOFS, "proofs" } },
		.headline = headline_hung,
		.part = class_part_work,
		.advise = advise_hung,
		.next = "boundby attach -p PID -d 10 -v",
		.tone = TONE_ALARM,
		.distance = condition_hung_distance,
		.own_distance = true,
	},
	{
		.class = VERDICT_IDLE,
		.text = "cores < idle-cores and work < idle-work of the window",
		.meaning = "The program is almost idle: it waits for work.",
		.action =
			"Nothing to speed up; if it should be busy, check what should send it work.",
		.holds = condition_idle,
		.terms = { { "cores", value_cores, THRESHOLD_IDLE_CORES, "cores" },
			   { "work", value_work, THRESHOLD_IDLE_WORK, "share" } },
		.headline = headline_idle,
		.part = class_part_work,
		.advise = advise_idle,
		.next = "boundby attach -p PID -d 60",
		.distance = condition_idle_distance,
	},
	{
		.class = VERDICT_LOOP_BLOCKED,
		.text = "an event loop was blocked: stalled of the window in at least stalls stalls, or fewer whose "
			"number x share is 0.5 and more, or one of long-stall",
		.meaning =
			"One thread serves many clients, and something that it does keeps it from serving.",
		.action = "Move the call, or the computation, off the loop.",
		.holds = condition_loop_blocked,
		.terms = { { "stalled", value_stalled, THRESHOLD_STALLED, "share" },
			   { "stalls", value_stalls, THRESHOLD_STALLS, "stalls" },
			   { "longest_stall", value_longest, THRESHOLD_LONG_STALL_S, "s" } },
		.headline = headline_loop_blocked,
		.part = class_part_stalled,
		.advise = advise_loop,
		.next = "boundby attach -p PID -d 60 -v",
		.bursts = true,
		.distance = condition_loop_distance,
		.own_distance = true,
	},
	{
		.class = VERDICT_CPU_STARVED,
		.text = "starvation = runnable / work >= starvation, and runnable >= idle-work of the window",
		.meaning = "Its threads are runnable, but get no CPU.",
		.action =
			"Give it CPUs or quota, move other processes away, or start fewer threads.",
		.holds = condition_starved,
		.terms = { { "starvation", value_starvation, THRESHOLD_STARVATION, "share" } },
		.headline = headline_starved,
		.part = class_part_runnable,
		.advise = advise_starved,
		.next = "boundby attach --all -d 10",
		.distance = condition_starved_distance,
	},
	{
		.class = VERDICT_LOCK_BOUND,
		.text = "contention = (lock + gil) / work >= contention, and lock + gil >= idle-work of the window",
		.meaning = "Its threads wait for each other while CPUs are free.",
		.action = "Hold the lock for a shorter time, or split what it guards.",
		.holds = condition_contended,
		.terms = { { "contention", value_contention, THRESHOLD_CONTENTION, "share" } },
		.headline = headline_contended,
		.part = class_part_locks,
		.advise = advise_locks,
		.next = "boundby attach -p PID -d 60 -v",
		.bursts = true,
		.distance = condition_contended_distance,
	},
	{
		.class = VERDICT_CPU_BOUND,
		.text = "ratio = on_cpu / (on_cpu + I/O) > cpu-ratio",
		.meaning = "Computing decides how fast it is.",
		.action =
			"Compute less, or on more cores: processes or native threads, one per core.",
		.holds = condition_computing,
		.terms = { TERM_RATIO(THRESHOLD_CPU_RATIO) },
		.headline = headline_computing,
		.part = class_part_on_cpu,
		.advise = advise_computing,
		.next = "boundby record -p PID -d 30 -o cpu.bbt && boundby export cpu.bbt -F "
			"folded -o cpu.folded",
	},
	{
		.class = VERDICT_IO_BOUND,
		.text = "ratio = on_cpu / (on_cpu + I/O) < io-ratio",
		.meaning = "Waiting for I/O decides how fast it is.",
		.action =
			"Keep more requests in flight: an event loop when ratio < fan-out-ratio, else a thread "
			"pool.",
		.holds = condition_waiting,
		.terms = { TERM_RATIO(THRESHOLD_IO_RATIO) },
		.headline = headline_waiting,
		.part = class_part_io,
		.advise = advise_io,
		.next = "boundby attach -p PID -d 60 -v",
	},
	{
		.class = VERDICT_MIXED,
		.text = "none of the above: io-ratio <= ratio <= cpu-ratio",
		.meaning = "It computes and waits in like parts; more of one alone helps little.",
		.action =
			"Hybrid: a loop or threads for the waiting, an executor of processes for the computing.",
		.holds = condition_always,
		.terms = { TERM_RATIO(THRESHOLD_IO_RATIO), TERM_RATIO(THRESHOLD_CPU_RATIO) },
		.headline = headline_mixed,
		.part = class_part_work,
		.advise = advise_mixed,
		.next = "boundby attach -p PID -d 60 -v",
	},
};
_Static_assert(sizeof(rules) / sizeof(rules[0]) == NR_VERDICTS,
	       "each class of VERDICT_CLASSES needs a row here, in the same order");

const struct rule *rules_first(const struct signals *signals,
			       const struct verdict_settings *settings)
{
	const struct rule *rule = rules;

	while (!rule->holds(signals, settings->threshold))
		rule++;
	/* nothing to form the ratio from: there was work, but neither computing nor I/O */
	if (rule->class == VERDICT_MIXED && isnan(signals->ratio))
		return &rules[VERDICT_INSUFFICIENT];
	return rule;
}

double rules_distance(const struct rule *rule, const struct signals *signals,
		      const struct verdict_settings *settings)
{
	const double *t = settings->threshold;
	const struct rule *above;
	double nearest = INFINITY, threshold;
	int i;

	for (i = 0; !rule->own_distance && i < RULE_MAX_TERMS && rule->terms[i].signal; i++) {
		threshold = t[rule->terms[i].threshold];
		if (threshold > 0)
			nearest = fmin(nearest, condition_relative(rule->terms[i].value(signals),
								   threshold));
	}
	/* a class holds only because those above in the table did not */
	for (above = rules; above <= rule; above++)
		if (above->distance && (above == rule || !rule->own_distance))
			nearest = fmin(nearest, above->distance(signals, t));
	/* nor is a program idle whose loop is blocked */
	if (rule->class == VERDICT_IDLE)
		nearest = fmin(nearest, condition_loop_distance(signals, t));
	return nearest;
}
