/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the rules look at: whether signals meet the condition of a class, and how far they are from
 * where that would change. threshold: NR_THRESHOLDS of them.
 */
#ifndef BOUNDBY_VERDICT_CONDITIONS_H
#define BOUNDBY_VERDICT_CONDITIONS_H

#include <stdbool.h>
#include "analysis/signals.h"
#include "verdict/thresholds.h"

bool condition_insufficient(const struct signals *signals, const double *threshold);
/* Work is pending, and what should do it did not move. */
bool condition_hung(const struct signals *signals, const double *threshold);
bool condition_idle(const struct signals *signals, const double *threshold);
bool condition_loop_blocked(const struct signals *signals, const double *threshold);
bool condition_starved(const struct signals *signals, const double *threshold);
bool condition_contended(const struct signals *signals, const double *threshold);
bool condition_computing(const struct signals *signals, const double *threshold);
bool condition_waiting(const struct signals *signals, const double *threshold);
bool condition_always(const struct signals *signals, const double *threshold);

/* Do the target's threads compute one after the other, in turn with CPython's GIL? */
bool condition_gil_serialises(const struct signals *signals, const double *threshold);

/* How far a value is from its threshold, relative to that; INFINITY from a threshold of 0. */
double condition_relative(double value, double threshold);
/* A proof holds or not: nothing is near. */
double condition_hung_distance(const struct signals *signals, const double *threshold);
double condition_idle_distance(const struct signals *signals, const double *threshold);
double condition_loop_distance(const struct signals *signals, const double *threshold);
double condition_starved_distance(const struct signals *signals, const double *threshold);
double condition_contended_distance(const struct signals *signals, const double *threshold);

#endif
