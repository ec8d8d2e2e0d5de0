/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one file that knows both sides: kernel structs in, records out. */
#ifndef BOUNDBY_COLLECT_TRANSLATE_H
#define BOUNDBY_COLLECT_TRANSLATE_H

#include <stdbool.h>

#include "trace/record.h"
#include "wire.h"

/*
 * Makes a THREAD record of a sample as of at_ns: the state that the thread is in is closed up to
 * there. False when the sample contradicts itself (it was changed while it was copied).
 */
bool translate_thread(const struct thread_sample *sample, uint64_t at_ns, struct record *ret);

/* Makes a WAIT record of the wait that a blocked thread is in; false when it is in none. */
bool translate_open_wait(const struct thread_sample *sample, uint64_t window_ns, uint64_t at_ns,
			 struct record *ret);

/* The same for the futex wait that it is in, as a LOCK record. */
bool translate_open_lock(const struct thread_sample *sample, uint64_t window_ns, uint64_t at_ns,
			 struct record *ret);

/* A single off-CPU interval. */
void translate_interval(const struct interval_event *event, struct record *ret);

void translate_wait(const struct wait_key *key, const struct wait_total *total, struct record *ret);
void translate_call(const struct call_key *key, const struct call_total *total, struct record *ret);
void translate_lock(const struct lock_key *key, const struct lock_total *total, struct record *ret);
/* Makes a WAKER record of one of a thread's wakers; false when the place is empty. */
bool translate_waker(const struct thread_sample *sample, int at, struct record *ret);
/* Makes a HISTOGRAM record; false when there is no such state. */
bool translate_histogram(uint64_t thread_id, uint32_t state, const struct wait_histogram *waits,
			 struct record *ret);
/* Makes a LOOP and a LAG record of a thread's event wait. members: not filled. */
void translate_loop(const struct loop_sample *loop, uint64_t thread_id, uint64_t process_start_ns,
		    uint32_t pid, uint32_t tid, struct record *ret_loop, struct record *ret_lag);
/* Makes a PLACE record of a sample, without its frames. */
void translate_place(const struct stack_event *event, struct record *ret);
/* Makes a STALL record, without its place. */
void translate_stall(const struct stall_event *event, struct record *ret);
/*
 * Makes the parts of a stall sum to its length. A correction of the last switch may have moved time
 * across the start of the iteration, and a stall in progress is read a little after the snapshot
 * time; the largest part takes the difference.
 */
void translate_balance(struct record_stall *stall);
/* reader_lost: what user space lost itself. */
void translate_loss(const struct run_counters *counters, uint64_t reader_lost, struct record *ret);

#endif
