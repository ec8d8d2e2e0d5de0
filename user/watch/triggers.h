/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When a window deserves a detailed recording. Takes the report of each window in turn; returns
 * whether the last moments should be kept, and why.
 */
#ifndef BOUNDBY_WATCH_TRIGGERS_H
#define BOUNDBY_WATCH_TRIGGERS_H

#include "model/model.h"
#include "verdict/timeline.h"

enum trigger {
	TRIGGER_NONE,
	TRIGGER_CLASS, /* the class is clearly another than the steady one before */
	TRIGGER_STALL, /* a stall reached the limit, threshold long-stall */
};

#define TRIGGERS_MAX_RAISED 16

/* All zero at the start. */
struct triggers {
	struct told_stall {
		uint32_t tid;
		uint64_t begin_ns;
	} raised[TRIGGERS_MAX_RAISED]; /* long stalls that called already, the newest replace the oldest */
	size_t raised_next;
	enum verdict_class steady, latest; /* insufficient: none */
	/* clear windows in a row that are of the latest class, and how long they are together */
	unsigned int windows;
	uint64_t lasted_ns;
};

/*
 * Looks at the window that has just closed: its model, and the newest window of the timeline, which
 * is of it. A stall comes before a class: it is the rarer of the two.
 */
enum trigger triggers_window(struct triggers *triggers, const struct model *model,
			     const struct timeline *timeline,
			     const struct verdict_settings *settings);

#endif
