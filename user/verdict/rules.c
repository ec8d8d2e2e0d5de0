// SPDX-License-Identifier: GPL-2.0-or-later
/* Contract section 5 as rows, in its order: the first row that holds decides. */
#include "verdict/rules.h"

#include <math.h>

#define GIL_FULL_CORE 0.8 /* cores: less than one, as the hand-over takes time */
#define GIL_ONE_CORE 1.25 /* cores: what more there is does not need the lock */
#define EDGE 0.98 /* a window lasts its nominal length only to within a percent or so */
#define STALLS_FILL 0.5 /* number of stalls x share of the window: fewer count if each is long */
#define GIL_FELT 0.10 /* of the work: waits for a rarely used lock slow nothing down */

static bool too_little(const struct signals *s, const double *t)
{
	return s->wall_s <= 0 || s->unobserved_s > t[THRESHOLD_MAX_UNOBSERVED] * s->wall_s ||
	       (s->window_s < EDGE * t[THRESHOLD_MIN_WINDOW_S] &&
		fmax(s->work_s, s->stalled * s->window_s) < EDGE * t[THRESHOLD_MIN_WORK_S]);
}

/* In a window of a second there is no room for three stalls of half a second. */
static bool stalled_often(const struct signals *s, const double *t)
{
	return s->stalled >= t[THRESHOLD_STALLED] &&
	       (s->stalls >= t[THRESHOLD_STALLS] || s->stalls * s->stalled >= STALLS_FILL);
}

static bool stalled_long(const struct signals *s, const double *t)
{
	return s->longest_stall_s >= t[THRESHOLD_LONG_STALL_S];
}

static bool loop_blocked(const struct signals *s, const double *t)
{
	return stalled_often(s, t) || stalled_long(s, t);
}

/* A blocked loop is not idle, whatever it waits for during the stall. */
static bool idle(const struct signals *s, const double *t)
{
	return !loop_blocked(s, t) && s->cores < t[THRESHOLD_IDLE_CORES] &&
	       s->work_share < t[THRESHOLD_IDLE_WORK];
}

/* A class needs weight: a large part of next to no work explains nothing. */
static bool has_weight(double part_s, const struct signals *s, const double *t)
{
	return part_s >= t[THRESHOLD_IDLE_WORK] * s->window_s;
}

static bool starved(const struct signals *s, const double *t)
{
	return s->starvation >= t[THRESHOLD_STARVATION] && has_weight(s->runnable_s, s, t);
}

/*
 * Most of the waiting is for the GIL, and a core is full (or would be, if it were given): the
 * threads compute one after the other, and what would help is not a better lock. Where more than a
 * core computes there are several such locks, or computing without: then it has to be the first
 * problem.
 */
bool rules_gil_serialises(const struct signals *s, const double *t)
{
	return s->gil_s > s->lock_s / 2 &&
	       (s->contention >= t[THRESHOLD_CONTENTION] ||
		(s->gil_s >= GIL_FELT * s->work_s && s->cores <= GIL_ONE_CORE)) &&
	       s->on_cpu_s + s->runnable_s >= GIL_FULL_CORE * s->window_s;
}

static bool contended(const struct signals *s, const double *t)
{
	return s->contention >= t[THRESHOLD_CONTENTION] && has_weight(s->lock_s, s, t) &&
	       !rules_gil_serialises(s, t);
}

static bool computing(const struct signals *s, const double *t)
{
	return s->ratio > t[THRESHOLD_CPU_RATIO];
}

static bool waiting(const struct signals *s, const double *t)
{
	return s->ratio < t[THRESHOLD_IO_RATIO];
}

static bool always(const struct signals *s, const double *t)
{
	return true;
}

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

static double value_unobserved(const struct signals *s)
{
	return s->wall_s > 0 ? s->unobserved_s / s->wall_s : NAN;
}

#define TERM_RATIO(threshold)                            \
	{                                                \
		"ratio", value_ratio, threshold, "ratio" \
	}

const struct rule rules[NR_VERDICTS] = {
	{ VERDICT_INSUFFICIENT,
	  "window < min-window and work < min-work, or unobserved > max-unobserved of the time",
	  "Too little was seen to judge.",
	  "Watch for longer, or while it is busy.",
	  too_little,
	  { { "window", value_window, THRESHOLD_MIN_WINDOW_S, "s" },
	    { "work_seen", value_work_s, THRESHOLD_MIN_WORK_S, "s" },
	    { "unobserved", value_unobserved, THRESHOLD_MAX_UNOBSERVED, "share" } } },
	{ VERDICT_IDLE,
	  "cores < idle-cores and work < idle-work of the window",
	  "The program is almost idle: it waits for work.",
	  "Nothing to speed up; if it should be busy, check what should send it work.",
	  idle,
	  { { "cores", value_cores, THRESHOLD_IDLE_CORES, "cores" },
	    { "work", value_work, THRESHOLD_IDLE_WORK, "share" } } },
	{ VERDICT_LOOP_BLOCKED,
	  "an event loop was blocked: stalled of the window in at least stalls stalls, or fewer whose "
	  "number x share is 0.5 and more, or one of long-stall",
	  "One thread serves many clients, and something that it does keeps it from serving.",
	  "Move the call, or the computation, off the loop.",
	  loop_blocked,
	  { { "stalled", value_stalled, THRESHOLD_STALLED, "share" },
	    { "stalls", value_stalls, THRESHOLD_STALLS, "stalls" },
	    { "longest_stall", value_longest, THRESHOLD_LONG_STALL_S, "s" } } },
	{ VERDICT_CPU_STARVED,
	  "starvation = runnable / work >= starvation, and runnable >= idle-work of the window",
	  "Its threads are runnable, but get no CPU.",
	  "Give it CPUs or quota, move other processes away, or start fewer threads.",
	  starved,
	  { { "starvation", value_starvation, THRESHOLD_STARVATION, "share" } } },
	{ VERDICT_LOCK_BOUND,
	  "contention = (lock + gil) / work >= contention, and lock + gil >= idle-work of the window",
	  "Its threads wait for each other while CPUs are free.",
	  "Hold the lock for a shorter time, or split what it guards.",
	  contended,
	  { { "contention", value_contention, THRESHOLD_CONTENTION, "share" } } },
	{ VERDICT_CPU_BOUND,
	  "ratio = on_cpu / (on_cpu + I/O) > cpu-ratio",
	  "Computing decides how fast it is.",
	  "Compute less, or on more cores: processes or native threads, one per core.",
	  computing,
	  { TERM_RATIO(THRESHOLD_CPU_RATIO) } },
	{ VERDICT_IO_BOUND,
	  "ratio = on_cpu / (on_cpu + I/O) < io-ratio",
	  "Waiting for I/O decides how fast it is.",
	  "Keep more requests in flight: an event loop when ratio < fan-out-ratio, else a thread "
	  "pool.",
	  waiting,
	  { TERM_RATIO(THRESHOLD_IO_RATIO) } },
	{ VERDICT_MIXED,
	  "none of the above: io-ratio <= ratio <= cpu-ratio",
	  "It computes and waits in like parts; more of one alone helps little.",
	  "Hybrid: a loop or threads for the waiting, an executor of processes for the computing.",
	  always,
	  { TERM_RATIO(THRESHOLD_IO_RATIO), TERM_RATIO(THRESHOLD_CPU_RATIO) } },
};

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

static double relative(double value, double threshold)
{
	return threshold > 0 ? fabs(value - threshold) / threshold : INFINITY;
}

/* How far a loop is from the other side of its rule: it is blocked in one of two ways, or in none. */
static double loop_distance(const struct signals *s, const double *t)
{
	bool enough = s->stalls >= t[THRESHOLD_STALLS];
	double often = fmin(relative(s->stalled, t[THRESHOLD_STALLED]),
			    enough ? relative(s->stalls + 1, t[THRESHOLD_STALLS]) : INFINITY);
	double filled = relative(s->stalls * s->stalled, STALLS_FILL);
	double once = relative(s->longest_stall_s, t[THRESHOLD_LONG_STALL_S]);

	if (loop_blocked(s, t))
		return fmax(stalled_often(s, t) ? (enough ? often : filled) : 0,
			    stalled_long(s, t) ? once : 0);
	return fmin(enough ? often : filled, once);
}

/* How far a program that is not idle is from it: by the one that keeps it from that most. */
static double idle_distance(const struct signals *s, const double *t)
{
	double cores = s->cores >= t[THRESHOLD_IDLE_CORES] ?
			       relative(s->cores, t[THRESHOLD_IDLE_CORES]) :
			       0;
	double work = s->work_share >= t[THRESHOLD_IDLE_WORK] ?
			      relative(s->work_share, t[THRESHOLD_IDLE_WORK]) :
			      0;

	return fmax(cores, work);
}

/* How far a share of the work, and its weight, are from the other side of their rule. */
static double share_distance(bool holds, double share, double part_s, enum threshold_id id,
			     const struct signals *s, const struct verdict_settings *settings)
{
	const double *t = settings->threshold;
	double of_share = relative(share, t[id]);
	double of_weight =
		relative(s->window_s > 0 ? part_s / s->window_s : 0, t[THRESHOLD_IDLE_WORK]);

	if (holds)
		return fmin(of_share, of_weight);
	return fmax(share >= t[id] ? 0 : of_share, has_weight(part_s, s, t) ? 0 : of_weight);
}

double rules_distance(const struct rule *rule, const struct signals *signals,
		      const struct verdict_settings *settings)
{
	double nearest = INFINITY, threshold;
	int i;

	/* any other class holds only because no loop is blocked */
	if (rule->class != VERDICT_INSUFFICIENT)
		nearest = loop_distance(signals, settings->threshold);
	for (i = 0;
	     rule->class != VERDICT_LOOP_BLOCKED && i < RULE_MAX_TERMS && rule->terms[i].signal;
	     i++) {
		threshold = settings->threshold[rule->terms[i].threshold];
		if (threshold > 0)
			nearest = fmin(nearest, relative(rule->terms[i].value(signals), threshold));
	}
	/* classes below in the table hold only because those above did not */
	if (rule->class > VERDICT_LOOP_BLOCKED)
		nearest = fmin(nearest, idle_distance(signals, settings->threshold));
	if (rule->class >= VERDICT_CPU_STARVED)
		nearest = fmin(nearest, share_distance(rule->class == VERDICT_CPU_STARVED,
						       signals->starvation, signals->runnable_s,
						       THRESHOLD_STARVATION, signals, settings));
	if (rule->class >= VERDICT_LOCK_BOUND &&
	    !rules_gil_serialises(signals, settings->threshold))
		nearest = fmin(nearest, share_distance(rule->class == VERDICT_LOCK_BOUND,
						       signals->contention, signals->lock_s,
						       THRESHOLD_CONTENTION, signals, settings));
	return nearest;
}
