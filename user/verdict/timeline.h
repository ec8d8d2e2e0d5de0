/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The verdict over time. Takes the model of each window as it closes; returns its class, where the
 * class changed, and whether a single window contradicts all others.
 */
#ifndef BOUNDBY_VERDICT_TIMELINE_H
#define BOUNDBY_VERDICT_TIMELINE_H

#include <stddef.h>

#include "analysis/signals.h"
#include "model/model.h"
#include "verdict/causes/causes.h"
#include "verdict/class.h"
#include "verdict/thresholds.h"

struct timeline_window {
	uint64_t start_ns, duration_ns;
	enum verdict_class class;
	bool clear; /* far enough from where the class would be another one */
	struct signals signals;
	struct window_cause cause; /* what came with the class */
};

struct timeline {
	struct timeline_window *windows; /* in their order */
	size_t count, capacity;
};

/* Judges the whole target in one window and adds it. 0 or -ENOMEM. */
int timeline_add(struct timeline *timeline, const struct model *model,
		 const struct verdict_settings *settings);

#define TIMELINE_MAX_WINDOWS 600 /* above this many, windows are merged in pairs */

/* Makes one window of each two that follow each other; of an odd number the last stays alone. */
void timeline_halve(struct timeline *timeline, const struct verdict_settings *settings);
void timeline_free(struct timeline *timeline);

/* The class of most of the time, of equal ones the first. The timeline has a window. */
enum verdict_class timeline_mostly(const struct timeline *timeline);

#define TIMELINE_NONE SIZE_MAX

/*
 * The one window that decides alone: all others that can be judged, four or more, agree on a class
 * that is not `whole`, the class of their sum. TIMELINE_NONE: there is none such.
 */
size_t timeline_odd(const struct timeline *timeline, enum verdict_class whole);

/*
 * Is the class of the sum that of no window, of enough to tell? A sum over periods of different kinds
 * may be like none of them.
 */
bool timeline_lacks(const struct timeline *timeline, enum verdict_class whole);

/* What the signals of the whole are without that window. */
void timeline_without(const struct timeline *timeline, size_t odd, struct signals *signals);

/* A period of one class. */
struct timeline_span {
	enum verdict_class class;
	uint64_t start_ns, end_ns;
	size_t windows; /* clearly of this class */
};

#define TIMELINE_MAX_SPANS 16

/*
 * Periods of at least two clear windows, and a second, each, neighbours of different classes; what
 * lies between them belongs to the one before. Returns how many there are, of which the first
 * TIMELINE_MAX_SPANS are in ret.
 */
size_t timeline_spans(const struct timeline *timeline, struct timeline_span *ret);

/* The context of a period: of the first of its windows that has its class. NULL not known. */
const struct window_cause *timeline_cause(const struct timeline *timeline,
					  const struct timeline_span *span);

#endif
