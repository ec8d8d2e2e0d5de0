// SPDX-License-Identifier: GPL-2.0-or-later
/* The conditions of the rules, contract section 5. */
#include "verdict/conditions.h"

#include <math.h>

#define GIL_FULL_CORE 0.8 /* cores: less than one, as the hand-over takes time */
#define GIL_ONE_CORE 1.25 /* cores: what more there is does not need the lock */
#define GIL_FELT 0.10 /* of the work: waits for a rarely used lock slow nothing down */

bool condition_insufficient(const struct signals *s, const double *t)
{
	return s->wall_s <= 0 || s->unobserved_s > t[THRESHOLD_MAX_UNOBSERVED] * s->wall_s ||
	       (s->window_s < t[THRESHOLD_MIN_WINDOW_S] && s->work_s < t[THRESHOLD_MIN_WORK_S]);
}

bool condition_loop_blocked(const struct signals *s, const double *t)
{
	return (s->stalled >= t[THRESHOLD_STALLED] && s->stalls >= t[THRESHOLD_STALLS]) ||
	       s->longest_stall_s >= t[THRESHOLD_LONG_STALL_S];
}

/* A blocked loop is not idle, whatever it waits for during the stall. */
bool condition_idle(const struct signals *s, const double *t)
{
	return !condition_loop_blocked(s, t) && s->cores < t[THRESHOLD_IDLE_CORES] &&
	       s->work_share < t[THRESHOLD_IDLE_WORK];
}

bool condition_starved(const struct signals *s, const double *t)
{
	return s->starvation >= t[THRESHOLD_STARVATION];
}

/*
 * Most of the waiting is for the GIL, and a core is full (or would be, if it were given): the
 * threads compute one after the other, and what would help is not a better lock. Where more than a
 * core computes there are several such locks, or computing without: then it has to be the first
 * problem.
 */
bool condition_gil_serialises(const struct signals *s, const double *t)
{
	return s->gil_s > s->lock_s / 2 &&
	       (s->contention >= t[THRESHOLD_CONTENTION] ||
		(s->gil_s >= GIL_FELT * s->work_s && s->cores <= GIL_ONE_CORE)) &&
	       s->on_cpu_s + s->runnable_s >= GIL_FULL_CORE * s->window_s;
}

bool condition_contended(const struct signals *s, const double *t)
{
	return s->contention >= t[THRESHOLD_CONTENTION] && !condition_gil_serialises(s, t);
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
	double often = fmin(condition_relative(s->stalled, t[THRESHOLD_STALLED]),
			    s->stalls >= t[THRESHOLD_STALLS] ?
				    condition_relative(s->stalls + 1, t[THRESHOLD_STALLS]) :
				    INFINITY);
	double once = condition_relative(s->longest_stall_s, t[THRESHOLD_LONG_STALL_S]);
	bool is_often = s->stalled >= t[THRESHOLD_STALLED] && s->stalls >= t[THRESHOLD_STALLS];
	bool is_once = s->longest_stall_s >= t[THRESHOLD_LONG_STALL_S];

	if (is_often || is_once)
		return fmax(is_often ? often : 0, is_once ? once : 0);
	return fmin(s->stalls >= t[THRESHOLD_STALLS] ? often : INFINITY, once);
}

/* How far a program that is not idle is from it: by the one that keeps it from that most. */
double condition_idle_distance(const struct signals *s, const double *t)
{
	double cores = s->cores >= t[THRESHOLD_IDLE_CORES] ?
			       condition_relative(s->cores, t[THRESHOLD_IDLE_CORES]) :
			       0;
	double work = s->work_share >= t[THRESHOLD_IDLE_WORK] ?
			      condition_relative(s->work_share, t[THRESHOLD_IDLE_WORK]) :
			      0;

	return fmax(cores, work);
}

double condition_starved_distance(const struct signals *s, const double *t)
{
	return condition_relative(s->starvation, t[THRESHOLD_STARVATION]);
}

double condition_contended_distance(const struct signals *s, const double *t)
{
	return condition_gil_serialises(s, t) ?
		       INFINITY :
		       condition_relative(s->contention, t[THRESHOLD_CONTENTION]);
}
