/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What building a model works on: private to model/. */
#ifndef BOUNDBY_MODEL_BUILDER_H
#define BOUNDBY_MODEL_BUILDER_H

#include "model/locks/locks.h"
#include "model/model.h"
#include "model/span.h"

/* Which snapshots bound the window, and what is built. */
struct builder {
	const struct session *session;
	struct model *model;
	struct index index; /* (pid, start) -> model->processes */
	size_t process_capacity;
	size_t *thread_capacity, *wait_capacity, *call_capacity; /* beside model->processes */
	struct window window;
	struct lock_book locks;
	struct index waits; /* place -> row of its process's waits */
	struct index ended; /* process and name -> row of its threads that ended */
	struct index rows; /* thread id -> place of its row: process, then row */
};

/* The model's process; NULL: none of its threads is in the window. */
struct process_model *builder_process(const struct builder *builder, uint32_t pid,
				      uint64_t start_ns);

/* The same, of a thread; it is added when the model has none yet. 0 or -ENOMEM. */
int builder_process_of(struct builder *builder, const struct record_thread *thread,
		       struct process_model **ret);

/* A process without threads or facts, which the model must not have yet. 0 or -ENOMEM. */
int builder_make(struct builder *builder, uint32_t pid, uint64_t start_ns,
		 struct process_model **ret);

/* Adds a thread, or count of a name, to a process; those that ended share a row by name. 0 or -ENOMEM. */
int builder_add_thread(struct builder *builder, struct process_model *process, uint64_t id,
		       const struct thread_model *thread);

/* Adds waits of this state, by length, to the row of a thread. 0 or -ENOMEM. */
int builder_add_histogram(struct builder *builder, uint64_t thread_id, uint32_t state,
			  const uint32_t *count);

/* Adds what the session has of processes by name only. 0 or -ENOMEM. */
int build_ended(struct builder *builder);

/*
 * Fills the states of a ledger, whose wall_ns is set, with the growth of a thread's time in each.
 * False: the sum exceeds the wall time.
 */
bool build_states(const struct record_thread *base, const struct record_thread *last,
		  struct ledger *ret);

/* Fills what hangs on threads and processes: wakers, histograms, waits, calls. 0 or -ENOMEM. */
int build_rows(struct builder *builder);

/* Fills standing and backlogs of the processes; a write that never ended is no rest. 0 or -ENOMEM. */
int build_standing(struct builder *builder);

/* Fills the places of the processes, after their waits, locks and standing. 0 or -ENOMEM. */
int build_places(struct builder *builder);

/* Fills the neighbours and their sum. 0 or -ENOMEM. */
int build_neighbours(struct builder *builder);

/* Moves waits that the JVM's own locks explain from condition to lock. 0 or -ENOMEM. */
int build_handoff(struct builder *builder);

/* Fills inner_ns of the processes from their threads' wakers. 0 or -ENOMEM. */
int build_inner(struct builder *builder);

/* Fills the model of a stall and its frames, which the caller frees with the model. 0 or -ENOMEM. */
int build_stall(const struct stall_entry *entry, struct stall_model *ret);

#endif
