/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where time went, place by place: weighted stacks of the model in several views. */
#ifndef BOUNDBY_RENDER_STACKS_H
#define BOUNDBY_RENDER_STACKS_H

#include "model/model.h"

/*
 * VIEW(IDENT, name, kind, by_default): on-cpu, off-cpu and rest are the ledger, exactly, and have no
 * nanosecond in common: rest is the time in states of rest, such as that of idle pools. Stalls, of
 * event loops, and locks, those with contention, are parts of these seen once more. kind is the first
 * word of the frame that says why.
 */
#define STACK_VIEWS(VIEW)                         \
	VIEW(ON_CPU, "on-cpu", "on-cpu", true)    \
	VIEW(OFF_CPU, "off-cpu", "off-cpu", true) \
	VIEW(REST, "rest", "rest", false)         \
	VIEW(STALLS, "stalls", "stall", false)    \
	VIEW(LOCKS, "locks", "lock", false)

#define STACK_VIEW(ident, name, kind, by_default) VIEW_##ident,
enum stack_view { STACK_VIEWS(STACK_VIEW) NR_VIEWS };
#undef STACK_VIEW
#define STACK_VIEW_DEFAULT(ident, name, kind, by_default) | ((by_default) << VIEW_##ident)
#define VIEWS_BY_DEFAULT (0u STACK_VIEWS(STACK_VIEW_DEFAULT)) /* a bit each */

#define STACK_MAX_FRAMES (PLACE_MAX_DEPTH + 1)

struct stack_frame {
	const char *text; /* any bytes */
	const char *file; /* full path of its source, "" not known */
};

struct stack {
	enum stack_view view;
	const struct process_model *process;
	const struct thread_model *thread; /* NULL: of several, or not known */
	uint32_t tid; /* 0: of several */
	const char *reason; /* state, cause of the stall or kind of lock */
	char root[48]; /* "server-4242", printable */
	char reason_frame[48]; /* "[off-cpu network]" */
	char peer[64]; /* "10.0.0.7:5432", "" none */
	struct stack_frame frames[STACK_MAX_FRAMES]; /* innermost first */
	size_t frame_count; /* 0: no place is known */
	const char *where; /* the program's own innermost function, "" not known */
	uint64_t ns;
	uint64_t count; /* waits, or samples of computing; 0 in stalls and locks */
};

const char *stack_view_name(enum stack_view view);

/* The view of this name, NR_VIEWS: there is none. */
enum stack_view stack_view_find(const char *name);

/*
 * Visits each stack of these views (a bit each) that has time, until a visit is not 0; returns that,
 * or 0.
 */
int stacks_each(const struct model *model, uint32_t views,
		int (*visit)(void *context, const struct stack *stack), void *context);

#endif
