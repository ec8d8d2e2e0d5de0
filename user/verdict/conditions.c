// SPDX-License-Identifier: GPL-2.0-or-later
/* The conditions of the rules, contract section 5. */
#include "verdict/conditions.h"

#include <math.h>

#define GIL_FULL_CORE 0.8 /* cores: less than one, as the hand-over takes time */
#define GIL_ONE_CORE 1.25 /* cores: what more there is does not need the lock */
#define EDGE 0.98 /* a window lasts its nominal length only to within a percent or so */
#define STALLS_FILL 0.5 /* number of stalls x share of the window: fewer count if each is long */
#define GIL_FELT 0.10 /* of the work: waits for a rarely used lock slow nothing down */

bool condition_insufficient(const struct signals *s, const double *t)
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

bool condition_loop_blocked(const struct signals *s, const double *t)
{
	return stalled_often(s, t) || stalled_long(s, t);
}

/* It does so little that nothing holds it up, if its loops come back. */
static bool next_to_none(const struct signals *s, const double *t)
{
	return s->cores < t[THRESHOLD_IDLE_CORES] && s->work_share < t[THRESHOLD_IDLE_WORK];
}

/*
 * Whatever else of it works: a proof says that a part of it does not. Of a whole host only if no other program
 * works: it says nothing of these.
 */
bool condition_hung(const struct signals *s, const double *t)
{
	return s->stuck > 0 && s->stuck >= t[THRESHOLD_HUNG_PROOFS] &&
	       (!s->stuck_apart || next_to_none(s, t));
}

/* A blocked loop is not idle, whatever it waits for during the stall. */
bool condition_idle(const struct signals *s, const double *t)
{
	return !condition_loop_blocked(s, t) && next_to_none(s, t);
}

/* A class needs weight: a large part of next to no work explains nothing. */
static bool has_weight(double part_s, const struct signals *s, const double *t)
{
	return part_s >= t[THRESHOLD_IDLE_WORK] * s->window_s;
}

bool condition_starved(const struct signals *s, const double *t)
{
	return s->starvation >= t[THRESHOLD_STARVATION] && has_weight(s->runnable_s, s, t);
}

/* A core is full for that time, or would be if it were given. */
static bool fills_core(const struct signals *s, double span_s)
{
	return s->on_cpu_s + s->runnable_s >= GIL_FULL_CORE * span_s;
}

/*
 * Most of the waiting is for the GIL, and a core is full: the threads compute one after the other, and what
 * would help is not a better lock. Where more than a core computes there are several such locks, or computing
 * without: then it has to be the first problem. It is the first problem, too, of threads that work for a part
 * of the window and fill the core for that part.
 */
bool condition_gil_serialises(const struct signals *s, const double *t)
{
	double worked_s = s->gil_span_s > 0 ? fmin(s->gil_span_s, s->window_s) : s->window_s;

	if (s->gil_s <= s->lock_s / 2)
		return false;
	if (s->contention >= t[THRESHOLD_CONTENTION])
		return fills_core(s, worked_s);
	return s->gil_s >= GIL_FELT * s->work_s && s->cores <= GIL_ONE_CORE &&
	       fills_core(s, s->window_s);
}

bool condition_contended(const struct signals *s, const double *t)
{
	return s->contention >= t[THRESHOLD_CONTENTION] && has_weight(s->lock_s, s, t) &&
	       !condition_gil_serialises(s, t);
}

bool condition_computing(const struct signals *s, const double *t)
{
	return s->ratio > t[THRESHOLD_CPU_RATIO];
}

bool condition_waiting(const struct signals *s, const double *t)
{
	return s->ratio < t[THRESHOLD_IO_RATIO];
}

bool condition_always(const struct signals *s, const double *t)
{
	return true;
}

double condition_relative(double value, double threshold)
{
	return threshold > 0 ? fabs(value - threshold) / threshold : INFINITY;
}

/* How far a loop is from the other side of its rule: it is blocked in one of two ways, or in none. */
double condition_loop_distance(const struct signals *s, const double *t)
{
	bool enough = s->stalls >= t[THRESHOLD_STALLS];
	double often =
		fmin(condition_relative(s->stalled, t[THRESHOLD_STALLED]),
		     enough ? condition_relative(s->stalls + 1, t[THRESHOLD_STALLS]) : INFINITY);
	double filled = condition_relative(s->stalls * s->stalled, STALLS_FILL);
	double once = condition_relative(s->longest_stall_s, t[THRESHOLD_LONG_STALL_S]);

	if (condition_loop_blocked(s, t))
		return fmax(stalled_often(s, t) ? (enough ? often : filled) : 0,
			    stalled_long(s, t) ? once : 0);
	return fmin(enough ? often : filled, once);
}

/* How far a program that is not idle is from it: by the one that keeps it from that most. */
double condition_hung_distance(const struct signals *s, const double *t)
{
	return INFINITY;
}

double condition_idle_distance(const struct signals *s, const double *t)
{
	double cores = s->cores >= t[THRESHOLD_IDLE_CORES] ?
			       condition_relative(s->cores, t[THRESHOLD_IDLE_CORES]) :
			       0;
	double work = s->work_share >= t[THRESHOLD_IDLE_WORK] ?
			      condition_relative(s->work_share, t[THRESHOLD_IDLE_WORK]) :
			      0;

	return condition_idle(s, t) ? INFINITY : fmax(cores, work);
}

/* How far a share of the work, and its weight, are from the other side of their rule. */
static double share_distance(bool holds, enum threshold_id id, double share, double weight,
			     const double *t)
{
	double of_share = condition_relative(share, t[id]);
	double of_weight = condition_relative(weight, t[THRESHOLD_IDLE_WORK]);

	if (holds)
		return fmin(of_share, of_weight);
	return fmax(share >= t[id] ? 0 : of_share,
		    weight >= t[THRESHOLD_IDLE_WORK] ? 0 : of_weight);
}

static double of_window(double part_s, const struct signals *s)
{
	return s->window_s > 0 ? part_s / s->window_s : 0;
}

double condition_starved_distance(const struct signals *s, const double *t)
{
	return share_distance(condition_starved(s, t), THRESHOLD_STARVATION, s->starvation,
			      of_window(s->runnable_s, s), t);
}

double condition_contended_distance(const struct signals *s, const double *t)
{
	if (condition_gil_serialises(s, t))
		return INFINITY;
	return share_distance(condition_contended(s, t), THRESHOLD_CONTENTION, s->contention,
			      of_window(s->lock_s, s), t);
}
