/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where time went, place by place: weighted stacks of the model in three views. */
#ifndef BOUNDBY_RENDER_EXPORT_STACKS_H
#define BOUNDBY_RENDER_EXPORT_STACKS_H

#include "model/model.h"

/*
 * Each view is complete in itself, and they overlap: the time of a lock, and of most stalls, is
 * off-CPU time too. Off-CPU: all that the ledger has beside running, state by state, exactly;
 * without stacks. Stalls: of event loops. Locks: those with contention.
 */
enum stack_view { VIEW_OFF_CPU, VIEW_STALLS, VIEW_LOCKS, NR_VIEWS };

struct stack {
	enum stack_view view;
	const struct process_model *process;
	const struct thread_model *thread; /* NULL: of several, or not known */
	uint32_t tid; /* 0: of several */
	const char *reason; /* state, cause of the stall or kind of lock */
	char root[48]; /* "server-4242", printable */
	char reason_frame[48]; /* "[off-cpu network]" */
	char peer[64]; /* "10.0.0.7:5432", "" none */
	const char (*frames)[RECORD_PLACE_LEN]; /* innermost first; any bytes */
	size_t frame_count; /* 0: no place is known */
	uint64_t ns, count; /* count: waits; off-CPU only */
};

const char *stack_view_name(enum stack_view view);

/* Visits each stack that has time, until a visit is not 0; returns that, or 0. */
int stacks_each(const struct model *model, int (*visit)(void *context, const struct stack *stack),
		void *context);

#endif
