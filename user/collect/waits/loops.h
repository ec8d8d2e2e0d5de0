/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Live event loops: the size of their sets, and which stack belongs to which stall. Takes events;
 * returns records.
 */
#ifndef BOUNDBY_COLLECT_LOOPS_H
#define BOUNDBY_COLLECT_LOOPS_H

#include "collect/bpf/bpf_session.h"
#include "collect/procfs/file_systems.h"
#include "collect/record_queue.h"
#include "collect/reader/stack_reader.h"
#include "lib/index.h"

/* Zeroed before use except the first, freed by loops_free. */
struct loops {
	bool every_return; /* depth syscalls: also returns from waits that did not sleep are seen */
	struct loop_facts {
		uint64_t thread_id;
		uint32_t pid, descriptor;
		uint32_t members, sockets;
		uint64_t used_ns; /* when it was last recorded */
	} * facts;
	size_t fact_count, fact_capacity;
	struct index fact_index; /* by thread id */
	struct stack_event *stacks; /* not yet of a stall; the oldest make room */
	size_t stack_count;
	struct held_stall *stalls; /* not yet delivered */
	size_t stall_count, stall_capacity;
	uint64_t dropped; /* stalls and stacks for which there was no room or no time */
};

/* A thread may be a loop: it is sampled from now on. */
void loops_found(struct loops *loops, const struct thread_event *event,
		 struct bpf_session *session);

/* Keeps a stack, and a stall. */
void loops_stack(struct loops *loops, const struct stack_event *event);
void loops_stall(struct loops *loops, const struct stall_event *event,
		 struct file_systems *file_systems);

/* Reads the stacks of at most this many stalls. now: CLOCK_MONOTONIC ns. True: some may be left. */
bool loops_read(struct loops *loops, struct stack_reader *reader, size_t most, uint64_t now);

/* A thread that has a loop, as of one instant. */
struct loop_thread {
	uint64_t id, process_start_ns;
	uint32_t pid, tid;
	uint32_t state; /* enum ledger_state that it is in */
	const struct record_wait *open; /* the wait that it is in; NULL none */
	uint64_t at_ns;
	uint64_t stall_ns; /* an iteration this long is a stall */
};

/*
 * Adds the records of a thread's loop: sums, lengths, and the stall that it is in, whose stack is
 * read. 0 or -ENOMEM.
 */
int loops_add(struct loops *loops, const struct loop_sample *sample,
	      const struct loop_thread *thread, struct stack_reader *reader,
	      struct record_queue *queue);

/* Sockets with input in event sets of the process that no thread waited at; see event_sets.h. */
uint64_t loops_pending(const struct loops *loops, const struct record_process *process,
		       struct reader *helper);

/* Delivers the stalls that are over, and forgets them. 0 or -ENOMEM. */
int loops_deliver(struct loops *loops, struct record_queue *queue);

/* Drops threads that were not recorded since before_ns. 0 or -ENOMEM. */
int loops_forget(struct loops *loops, uint64_t before_ns);

void loops_free(struct loops *loops);

#endif
