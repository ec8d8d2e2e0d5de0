/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The session: takes records one at a time and keeps, for each thread, process, wait and call, its
 * values in the first snapshot, in the one before the last, and in the last. Pure.
 */
#ifndef BOUNDBY_SESSION_SESSION_H
#define BOUNDBY_SESSION_SESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/index.h"
#include "session/ended.h"
#include "session/pending_waits.h"
#include "trace/record.h"

/* Snapshots are numbered from 0, the one that opens the window. */
#define SNAPSHOT_NONE UINT32_MAX

/* In which snapshots an entry was seen; a record of each stands beside it. */
struct seen {
	uint32_t first, previous, last;
	uint32_t once; /* last snapshot that carried this row's final (exit) record */
};

struct thread_entry {
	struct seen seen;
	struct record_thread first, previous, last;
	uint32_t missed; /* windows in a row that closed without it, see session_advance */
};

/* A figure of a process over the snapshots in which it was known. */
struct trend {
	uint64_t since_ns; /* boundary that it is judged from, 0: the first of all */
	uint64_t first, last; /* RECORD_UNKNOWN: never known */
	uint32_t steps; /* known again after the first time */
	uint32_t rises; /* steps at which it was more than the time before */
	uint32_t half_steps,
		next_steps; /* the last two powers of two among steps, 0 none yet ... */
	uint64_t half, next; /* ... and the figure at each: of half_steps a quarter to half ago */
};

struct process_entry {
	struct seen seen;
	struct record_process last;
	struct trend rss, writable, threads, descriptors;
	struct trend rss_next, writable_next, threads_next,
		descriptors_next; /* half as long, see session_advance */
	bool came; /* in the window that is open */
	bool had_children; /* that were watched, and are in session->ended by now; ... */
	uint64_t children_ns; /* ... what they were busy */
};

struct wait_entry {
	struct seen seen;
	struct record_wait first, previous, last;
};

struct call_entry {
	struct seen seen;
	struct record_call first, previous, last;
};

struct lock_entry {
	struct seen seen;
	struct record_lock first, previous, last;
};

struct waker_entry {
	struct seen seen;
	struct record_waker first, previous, last;
};

struct histogram_entry {
	struct seen seen;
	struct record_histogram first, previous, last;
};

struct loop_entry {
	struct seen seen;
	struct record_loop first, previous, last;
};

struct lag_entry {
	struct seen seen;
	struct record_lag first, previous, last;
};

struct stall_entry {
	struct record_stall stall;
	char (*frames)[RECORD_PLACE_LEN]; /* innermost first */
	size_t frame_count, frame_capacity;
};

#define SESSION_MAX_STALLS 2000 /* kept; the shorter half makes room, and is in the sums of loops */

struct lock_place_entry {
	struct seen seen;
	struct record_lock_place last; /* the newest */
	char (*frames)[RECORD_PLACE_LEN]; /* of the newest stack, innermost first */
	size_t frame_count, frame_capacity;
};

struct place_frame_entry {
	struct seen seen;
	struct record_place_frame last;
};

struct place_entry {
	struct seen seen;
	struct record_place first, previous, last;
};

struct session {
	struct record_capture capture;
	char host[65]; /* where it was made, "" unknown */
	bool captured;
	uint32_t snapshot; /* number of the one being fed */
	bool in_state; /* ... whose state follows: its one-shot records are complete */
	uint64_t first_ns, previous_ns, last_ns; /* boundaries */
	uint64_t opened_ns; /* the first of all, however often the session was advanced */
	struct thread_entry *threads;
	size_t thread_count, thread_capacity;
	struct index thread_index;
	struct process_entry *processes;
	size_t process_count, process_capacity;
	struct index process_index;
	struct wait_entry *waits; /* that ended: cumulative */
	size_t wait_count, wait_capacity;
	struct index wait_index;
	struct call_entry *calls;
	size_t call_count, call_capacity;
	struct index call_index;
	struct lock_entry *locks;
	size_t lock_count, lock_capacity;
	struct index lock_index;
	struct lock_place_entry *lock_places;
	size_t lock_place_count, lock_place_capacity;
	struct index lock_place_index; /* by session_lock_place_key */
	struct place_frame_entry *place_frames;
	size_t place_frame_count, place_frame_capacity;
	struct index place_frame_index; /* by id */
	struct place_entry *places;
	size_t place_count, place_capacity;
	struct index place_index;
	struct waker_entry *wakers;
	size_t waker_count, waker_capacity;
	struct index waker_index;
	struct histogram_entry *histograms;
	size_t histogram_count, histogram_capacity;
	struct index histogram_index;
	struct loop_entry *loops;
	size_t loop_count, loop_capacity;
	struct index loop_index;
	struct lag_entry *lags;
	size_t lag_count, lag_capacity;
	struct index lag_index;
	struct stall_entry *stalls; /* those that are over in the order of their coming */
	size_t stall_count, stall_capacity;
	struct ended ended; /* processes that are no rows of their own any more */
	struct pending_history open; /* record_wait: not in the table of those that ended */
	struct pending_history long_waits; /* record_long_wait */
	struct pending_history
		long_wait_frames; /* record_long_wait_frame, in the order of their stacks */
	struct pending_history backlogs; /* record_backlog */
	struct pending_history neighbours; /* record_neighbour */
	struct pending_history open_locks; /* record_lock: the same for futex waits */
	/* of the closed window, then of the one being fed */
	struct record_interval *intervals;
	size_t interval_count, interval_capacity, interval_closed;
	/* at boundaries; fed: newest record, of a snapshot that may never close */
	struct record_loss loss_first, loss_previous, loss_last, loss_fed;
	struct record_overhead overhead_first, overhead_previous, overhead, overhead_fed;
	uint64_t realtime_fed_ns; /* of record_clock, 0 none; with its boundary it is the capture's */
};

/* Of a process, for process_index. */
uint64_t session_process_key(uint32_t pid, uint64_t start_ns);

/* Of a lock of a process, for lock_place_index. */
uint64_t session_lock_place_key(uint32_t pid, uint64_t process_start_ns, uint64_t address);

/* NULL and errno when out of memory. */
struct session *session_new(void);
void session_free(struct session *session);

/*
 * Takes one record (copied). Returns 0, 1 when a window closed (second and later BOUNDARY), or
 * negative errno: -EINVAL for a record that contradicts what came before (hostile traces),
 * -ENOMEM.
 */
int session_feed(struct session *session, const struct record *record);

#define SESSION_TREND_NS 3600000000000ULL /* trends of a watch without end are of this, or half */

/*
 * The window that has just closed was processed: to be called after session_feed() has returned 1
 * and before the next record. Rows that have ended are removed, the newest values of the others
 * become the first, and the last snapshot opens a new window: the next one, complete or not, then
 * gives the model of that window alone, as it would without this call. Trends continue: over the
 * whole watch until it is an hour old, then over the last hour. A thread missing from a snapshot
 * without having ended is kept for one more window with its rows, since a missed read costs no
 * data; rows of waits, calls and locks missing from a snapshot were removed from their table, and
 * start at zero if they return. 0 or -ENOMEM, after which the session is unusable.
 */
int session_advance(struct session *session);

/*
 * To be called when a window has closed and was judged, unless the session is advanced. Of the
 * processes that were born and ended in the capture, and whose final records came, keeps ENDED_NAMED
 * with most work, and those with a lock, a loop or an error in their sums; adds the others to
 * session->ended and removes them and their rows. Does nothing while they are less than twice as
 * many. All sums stay exact; what ended the waits of threads is not kept. 0, or -ENOMEM, after which
 * the session is unusable.
 */
int session_fold_ended(struct session *session);

/* What is pending at the last boundary is what the next window begins with. 0 or -ENOMEM. */
int session_begin_pending(struct session *session);

/* Forgets those of the closed window. */
void session_drop_intervals(struct session *session);

#endif
