/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the user looks at: order, filter, position, and what keys change in it. Pure. */
#ifndef BOUNDBY_RENDER_TOP_VIEW_H
#define BOUNDBY_RENDER_TOP_VIEW_H

#include "render/top/history.h"
#include "render/top/layout.h"
#include "render/top/top.h"

#define TOP_FILTER_LEN 32

/* Keys as ncurses numbers them are translated to these by the screen; others are characters. */
enum top_key {
	TOP_KEY_UP = 0x1000,
	TOP_KEY_DOWN,
	TOP_KEY_LEFT,
	TOP_KEY_RIGHT,
	TOP_KEY_PAGE_UP,
	TOP_KEY_PAGE_DOWN,
	TOP_KEY_HOME,
	TOP_KEY_END,
	TOP_KEY_BACKSPACE,
	TOP_KEY_OTHER, /* without a meaning */
};

/* Zeroed before use. */
struct top_view {
	bool plays;
	enum top_sort sort;
	char filter[TOP_FILTER_LEN];
	bool filtering; /* the filter is being typed */
	bool help;
	size_t cursor; /* row: those of processes, then those of threads */
	size_t page; /* rows of threads on the screen */
	/* the row that is opened; pid 0 and tid 0: none */
	uint32_t open_pid, open_tid;
	bool opened;
	/* as it was selected for the frame that is shown */
	const struct top_row **processes, **threads;
	size_t process_count, thread_count;
	unsigned long steps; /* as top_steps() */
	char message[256];
};

/* Chooses and orders the rows of the frame. 0 or -ENOMEM. */
int top_view_select(struct top_view *view, const struct top_frame *frame);
void top_view_free(struct top_view *view);

/* The row at the cursor; NULL: there is none. */
const struct top_row *top_view_row(const struct top_view *view);

/* Does what the key asks for, or returns what the command is to do. */
enum top_action top_view_key(struct top_view *view, struct top_history *history, int key);

#endif
