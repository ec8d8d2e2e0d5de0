/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The live screen: shows the report of each window, and its past. It computes nothing and has no
 * clock; one per process, since the terminal is one.
 */
#ifndef BOUNDBY_RENDER_TOP_TOP_H
#define BOUNDBY_RENDER_TOP_TOP_H

#include "lib/err.h"
#include "render/report.h"

struct top;

/* What a key asks of the command. */
enum top_action {
	TOP_NOTHING,
	TOP_QUIT,
	TOP_WRITE, /* a trace of the recent past */
	TOP_FORWARD, /* of a trace: windows beyond the newest, top_steps() of them */
	TOP_BACK, /* of a trace: windows before the oldest that is kept */
	TOP_FASTER, /* of a trace */
	TOP_SLOWER,
};

struct top_config {
	bool colour;
	bool plays; /* a trace, not what happens now */
};

/*
 * Takes the terminal over: standard input and output are to be one. 0, or -1 with e filled and the
 * terminal as it was. From then on what goes to a standard error that is a terminal is kept for
 * top_close.
 */
int top_open(const struct top_config *config, struct top **ret, struct err *e);

/* Restores the terminal. NULL is allowed. */
void top_close(struct top *top);

/* A window closed: it is shown unless the screen is held. 0 or -ENOMEM. */
int top_add(struct top *top, const struct report *report);

/* Before windows of another part of a trace come: forgets those that came. */
void top_forget(struct top *top);

/* Does what the keys that were pressed ask for, and draws; what is left for the command is returned. */
enum top_action top_keys(struct top *top);

/* Windows beyond the kept ones that the last action asked for. */
unsigned long top_steps(const struct top *top);

/* The number of the window that is shown, of those since top_open or top_forget; 0: none is. */
uint64_t top_number(const struct top *top);

/* Keeps the window that is shown, or shows the newest from now on. */
void top_hold(struct top *top, bool hold);

/* Does the user want to see no newer window? */
bool top_is_held(const struct top *top);

/* A line at the bottom until the next key. */
void top_say(struct top *top, const char *text);

#endif
