/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The last frames, and the one of them that is on the screen. Bounded: older frames are freed, except
 * the one that is shown. Pure.
 */
#ifndef BOUNDBY_RENDER_TOP_HISTORY_H
#define BOUNDBY_RENDER_TOP_HISTORY_H

#include "render/top/frame.h"

#define TOP_HISTORY 120 /* windows */

/* Zeroed before use. */
struct top_history {
	struct top_frame *frames[TOP_HISTORY]; /* the newest is at (count - 1) modulo the length */
	uint64_t count; /* that were ever added */
	struct top_frame *shown; /* NULL: there is none yet */
	bool held; /* shown stays what it is when others are added */
	struct top_frame *orphan; /* shown, but no longer one of the last: NULL mostly */
};

/* Takes ownership. */
void top_history_add(struct top_history *history, struct top_frame *frame);
void top_history_free(struct top_history *history);

/* How many there are, and the i-th from the newest (0), NULL: none. */
size_t top_history_length(const struct top_history *history);
const struct top_frame *top_history_at(const struct top_history *history, size_t back);

/* How many windows the shown one is behind the newest. */
size_t top_history_behind(const struct top_history *history);

/*
 * Shows another one, steps > 0 windows later, and holds it. Returns the steps that there were no
 * windows for: later than the newest, or (below 0) earlier than the oldest.
 */
long top_history_step(struct top_history *history, long steps);

/* Shows the newest from now on, or holds the one that is shown. */
void top_history_hold(struct top_history *history, bool hold);

#endif
