/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What test_advance.c and test_advance_bounds.c share. */
#ifndef TEST_ADVANCE_FIXTURE_H
#define TEST_ADVANCE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/build.h"

#define S 1000000000ULL

#define MS 1000000ULL

#define BEGIN (100 * S)

#define PROCESSES 6 /* at a time */

#define THREADS 5 /* of each */

#define ROWS 4 /* waits, calls, locks of each */

/* ---- a made-up host -------------------------------------------------------------------------- */
struct made_thread {
	bool lives, ends, missed, was_missed; /* ends: in this window */
	bool loops;
	struct record_thread thread;
	struct record_waker wakers[2];
	struct record_histogram histogram;
	struct record_loop loop;
	struct record_lag lag;
	uint64_t stall_ns; /* start of the stall that it is in, 0 none */
};

struct made_process {
	bool lives;
	uint32_t ended_for; /* snapshots since it ended: its rows are sent once more, then removed */
	struct record_process process;
	struct made_thread threads[THREADS];
	struct record_wait waits[ROWS];
	struct record_call calls[ROWS];
	struct record_lock locks[ROWS];
};

struct host {
	uint64_t random, now_ns, before_ns, ids, losses;
	uint32_t pids;
	struct made_process processes[PROCESSES];
	struct session *sessions[2];
};

static inline uint64_t chance(struct host *host, uint64_t of)
{
	host->random = host->random * 6364136223846793005ULL + 1442695040888963407ULL;
	return (host->random >> 33) % of;
}

static inline void tell(struct host *host, enum record_kind kind, const void *payload, size_t size)
{
	struct record record = { .kind = kind };
	int i;

	memcpy((char *)&record + offsetof(struct record, process), payload, size);
	for (i = 0; i < 2; i++)
		if (host->sessions[i])
			assert_true(session_feed(host->sessions[i], &record) >= 0);
}

#define TELL(host, kind, payload) tell(host, kind, payload, sizeof(*(payload)))

static inline void make_thread(struct host *host, struct made_process *process,
			       struct made_thread *thread)
{
	struct record_thread *record = &thread->thread;
	bool born = host->now_ns > host->before_ns && chance(host, 2);
	int i;

	memset(thread, 0, sizeof(*thread));
	thread->lives = true;
	record->id = ++host->ids;
	record->pid = process->process.pid;
	record->process_start_ns = process->process.start_ns;
	record->tid = (uint32_t)(1000 + host->ids);
	record->start_ns =
		host->before_ns + (born ? chance(host, host->now_ns - host->before_ns) : 0);
	record->end_ns = record->entered_ns = record->start_ns;
	record->state = STATE_SLEEP;
	record->throttled_ns = chance(host, 4) ? 0 : RECORD_UNKNOWN;
	record->born = born;
	snprintf(record->comm, sizeof(record->comm), "work-%u", (unsigned)chance(host, 3));
	for (i = 0; i < 2; i++) {
		thread->wakers[i].thread_id = record->id;
		thread->wakers[i].pid = record->pid;
		thread->wakers[i].tid = record->tid - 1 - (uint32_t)i;
		thread->wakers[i].state = i ? STATE_IPC : STATE_CONDITION;
	}
	thread->histogram.thread_id = thread->lag.thread_id = record->id;
	thread->histogram.state = STATE_IPC;
	thread->loops = chance(host, 2);
	thread->loop.thread_id = record->id;
	thread->loop.process_start_ns = record->process_start_ns;
	thread->loop.pid = record->pid;
	thread->loop.tid = record->tid;
	thread->loop.kind = 1 + (uint32_t)chance(host, 3);
	thread->loop.descriptor = (uint32_t)chance(host, 2);
	thread->loop.members = 3;
}

static inline void make_process(struct host *host, struct made_process *process)
{
	size_t i;

	memset(process, 0, sizeof(*process));
	process->lives = true;
	process->process.pid = ++host->pids;
	process->process.start_ns = host->before_ns;
	process->process.born_ns = host->pids > PROCESSES ? host->before_ns : 0;
	process->process.zombies = process->process.event_sets = RECORD_UNKNOWN;
	snprintf(process->process.comm, sizeof(process->process.comm), "p%u", host->pids % 4);
	snprintf(process->process.runtime, sizeof(process->process.runtime), "%s",
		 host->pids % 3 ? "" : "Java");
	for (i = 0; i < ROWS; i++) {
		struct record_wait *wait = &process->waits[i];
		struct record_lock *lock = &process->locks[i];

		wait->process_start_ns = lock->process_start_ns = process->process.start_ns;
		wait->pid = lock->pid = process->process.pid;
		wait->state = i % 2 ? STATE_NETWORK : STATE_IPC;
		wait->object = OBJECT_TCP_CONNECTED;
		wait->peer_port = (uint16_t)(i + 1);
		process->calls[i].process_start_ns = process->process.start_ns;
		process->calls[i].pid = process->process.pid;
		process->calls[i].call = (int32_t)i;
		lock->address = 0x1000 * (1 + i / 2);
		lock->kind = i < 2 ? LOCK_MUTEX : LOCK_UNKNOWN;
		lock->role = i == 3 ? ROLE_HOLDER : ROLE_WAITER;
	}
	for (i = 0; i < THREADS; i++)
		make_thread(host, process, &process->threads[i]);
}

/* Time goes by for a thread, up to the boundary or to its end. */
static inline void run_thread(struct host *host, struct made_thread *made)
{
	struct record_thread *thread = &made->thread;
	uint64_t end_ns = host->now_ns, left;
	uint32_t state;

	if (made->ends)
		end_ns = thread->end_ns + chance(host, host->now_ns - thread->end_ns + 1);
	for (left = end_ns - thread->end_ns; left;) {
		uint64_t part = chance(host, left) + 1;

		state = 1 + (uint32_t)chance(host, NR_STATES - 1);
		thread->state_ns[state] += part;
		thread->state_count[state]++;
		thread->state = state;
		thread->entered_ns = end_ns - part;
		left -= part;
	}
	thread->end_ns = end_ns;
	thread->exited = made->ends;
	thread->voluntary += chance(host, 100);
	thread->migrations += chance(host, 3);
	if (thread->throttled_ns != RECORD_UNKNOWN)
		thread->throttled_ns += chance(host, 1000);
	made->wakers[0].count += chance(host, 3);
	made->wakers[0].ns += chance(host, 100 * MS);
	made->wakers[1].count += chance(host, 2);
	made->wakers[1].ns += chance(host, 100 * MS);
	made->histogram.count[chance(host, RECORD_HISTOGRAM_LEN)] += (uint32_t)chance(host, 5);
	made->lag.count[chance(host, RECORD_LAG_LEN)] += (uint32_t)chance(host, 5);
	made->loop.waits += chance(host, 10);
	made->loop.slept += chance(host, 3);
	made->loop.patient = made->loop.delivered = made->loop.several = made->loop.waits;
	made->loop.uneven = made->loop.waits;
	made->loop.iterations += chance(host, 10);
	made->loop.busy_ns += chance(host, 100 * MS);
	made->loop.max_ns = chance(host, 50 * MS);
	made->loop.stalls += chance(host, 2);
	made->loop.stalled_ns += chance(host, 20 * MS);
	made->loop.waiting = chance(host, 2);
	made->loop.open_ns = made->stall_ns;
}

static inline void tell_stall(struct host *host, struct made_thread *made, uint64_t end_ns,
			      bool open)
{
	struct record_stall stall = { .thread_id = made->thread.id, .tid = made->thread.tid };
	struct record_stall_frame frame = { .thread_id = made->thread.id };

	stall.begin_ns = frame.begin_ns = made->stall_ns;
	stall.end_ns = end_ns;
	stall.open = open;
	stall.parts_ns[STATE_ON_CPU] = end_ns - made->stall_ns;
	TELL(host, RECORD_STALL, &stall);
	snprintf(frame.text, sizeof(frame.text), "frame %d", open);
	TELL(host, RECORD_STALL_FRAME, &frame);
}

static inline void tell_thread(struct host *host, struct made_thread *made)
{
	int i;

	TELL(host, RECORD_THREAD, &made->thread);
	for (i = 0; i < 2; i++)
		if (made->wakers[i].count)
			TELL(host, RECORD_WAKER, &made->wakers[i]);
	TELL(host, RECORD_HISTOGRAM, &made->histogram);
	if (made->loops) {
		TELL(host, RECORD_LOOP, &made->loop);
		TELL(host, RECORD_LAG, &made->lag);
	}
}

/* What a window did to a thread, as far as it is recorded before the snapshot. */
static inline void window_of_thread(struct host *host, struct made_process *process,
				    struct made_thread *made)
{
	struct record_interval interval = { .pid = process->process.pid };

	if (!made->lives)
		return;
	made->ends = !process->lives || !chance(host, 6);
	made->was_missed = made->missed;
	run_thread(host, made);
	/* a stall ends, also a little behind the boundary; another begins */
	if (made->stall_ns && (made->ends || chance(host, 2))) {
		tell_stall(host, made,
			   made->ends ? made->thread.end_ns :
					host->now_ns + (chance(host, 3) ? 0 : 1000),
			   false);
		made->stall_ns = 0;
	}
	if (!made->stall_ns && made->loops && !made->ends && chance(host, 2))
		made->stall_ns = host->now_ns - chance(host, 400 * MS) - 1;
	made->loop.open_ns = made->stall_ns;
	interval.tid = made->thread.tid;
	interval.state = STATE_DISK;
	interval.begin_ns = host->before_ns;
	interval.end_ns = host->now_ns;
	TELL(host, RECORD_INTERVAL, &interval);
	if (!made->ends)
		return;
	tell_thread(host, made);
	made->lives = false;
}

static inline void tell_open(struct host *host, const struct made_process *process,
			     const struct made_thread *made)
{
	struct record_wait wait = process->waits[0];
	struct record_lock lock = process->locks[0];

	wait.open = lock.open = true;
	wait.tid = lock.tid = made->thread.tid;
	wait.count = lock.count = 0;
	wait.ns = lock.ns = wait.max_ns = chance(host, 3 * S);
	lock.holder = made->thread.tid - 1;
	if (chance(host, 2))
		TELL(host, RECORD_WAIT, &wait);
	if (chance(host, 2))
		TELL(host, RECORD_LOCK, &lock);
}

static inline void tell_threads(struct host *host, struct made_process *process)
{
	size_t i;

	for (i = 0; i < THREADS; i++) {
		struct made_thread *made = &process->threads[i];

		if (!made->lives) {
			if (process->lives && chance(host, 2))
				make_thread(host, process, made);
			continue;
		}
		/* a read may miss a thread, but not twice in a row */
		made->missed = !made->was_missed && !chance(host, 20);
		if (made->missed)
			continue;
		tell_thread(host, made);
		if (made->stall_ns)
			tell_stall(host, made, host->now_ns, true);
		tell_open(host, process, made);
	}
}

static inline void tell_rows(struct host *host, struct made_process *process)
{
	struct record_lock_place place = { .pid = process->process.pid };
	struct record_lock_frame frame = { .pid = process->process.pid };
	size_t i;

	for (i = 0; i < ROWS; i++) {
		process->waits[i].count += chance(host, 4);
		process->waits[i].ns += chance(host, 20 * MS);
		process->waits[i].max_ns = 20 * MS;
		process->calls[i].count += chance(host, 3);
		process->calls[i].ns += chance(host, 20 * MS);
		process->locks[i].tid = process->threads[i].thread.tid;
		process->locks[i].count += chance(host, 3);
		process->locks[i].ns += chance(host, 20 * MS);
		process->locks[i].released += chance(host, 3);
		process->locks[i].handed += chance(host, 3);
		TELL(host, RECORD_WAIT, &process->waits[i]);
		TELL(host, RECORD_CALL, &process->calls[i]);
		TELL(host, RECORD_LOCK, &process->locks[i]);
	}
	place.process_start_ns = frame.process_start_ns = process->process.start_ns;
	place.address = frame.address = 0x1000;
	snprintf(place.symbol, sizeof(place.symbol), "lock_%u", process->process.pid);
	TELL(host, RECORD_LOCK_PLACE, &place);
	snprintf(frame.text, sizeof(frame.text), "main");
	TELL(host, RECORD_LOCK_FRAME, &frame);
}

static inline void tell_processes(struct host *host)
{
	size_t i;

	for (i = 0; i < PROCESSES; i++) {
		struct made_process *process = &host->processes[i];

		if (process->lives) {
			process->process.rss_bytes += chance(host, MS);
			process->process.threads = chance(host, 10);
			process->process.descriptors = chance(host, 10);
		} else if (process->ended_for++) {
			if (chance(host, 2))
				make_process(host, process);
			continue;
		} else {
			process->process.exited_ns = host->now_ns - 1;
			process->process.rss_bytes = RECORD_UNKNOWN;
		}
		TELL(host, RECORD_PROCESS, &process->process);
		tell_threads(host, process);
		tell_rows(host, process);
	}
}

/* One window of the host: one-shot records, the snapshot, its boundary. */
static inline void window(struct host *host, uint64_t length_ns)
{
	struct record_loss loss = { .lock_dropped = ++host->losses };
	struct record_overhead overhead = { .bpf_run_ns = host->losses * 100 };
	struct record_boundary boundary;
	struct record_snapshot snapshot;
	size_t i, j;

	host->before_ns = host->now_ns;
	host->now_ns += length_ns;
	for (i = 0; i < PROCESSES; i++) {
		struct made_process *process = &host->processes[i];

		if (process->lives && host->losses > 1 && !chance(host, 8))
			process->lives = false;
		for (j = 0; j < THREADS && length_ns; j++)
			window_of_thread(host, process, &process->threads[j]);
	}
	snapshot = (struct record_snapshot){ .at_ns = host->now_ns };
	TELL(host, RECORD_SNAPSHOT, &snapshot);
	tell_processes(host);
	loss.count[LOSS_READER] = host->losses * 3;
	TELL(host, RECORD_LOSS, &loss);
	TELL(host, RECORD_OVERHEAD, &overhead);
	boundary.at_ns = host->now_ns;
	TELL(host, RECORD_BOUNDARY, &boundary);
}

static inline void host_open(struct host *host, uint64_t seed, int sessions)
{
	struct record_capture capture = { .cpus = 2, .stall_ns = 10 * MS };
	size_t i;
	int s;

	memset(host, 0, sizeof(*host));
	host->random = seed;
	host->now_ns = host->before_ns = BEGIN;
	for (s = 0; s < sessions; s++)
		host->sessions[s] = session_new();
	TELL(host, RECORD_CAPTURE, &capture);
	for (i = 0; i < PROCESSES; i++)
		make_process(host, &host->processes[i]);
	window(host, 0);
}

static inline void host_close(struct host *host)
{
	session_free(host->sessions[0]);
	session_free(host->sessions[1]);
}

static inline void feed_memory(struct session *session, uint64_t at_ns, uint32_t pid,
			       uint64_t rss_bytes, bool young)
{
	struct record record = { .kind = RECORD_PROCESS };

	record.process.young = young;
	record.process.pid = pid;
	record.process.rss_bytes = rss_bytes;
	record.process.threads = record.process.descriptors = RECORD_UNKNOWN;
	assert_int_equal(session_feed(session, &record), 0);
	memset(&record, 0, sizeof(record));
	record.kind = RECORD_THREAD;
	record.thread.id = record.thread.pid = record.thread.tid = pid;
	record.thread.start_ns = BEGIN;
	record.thread.end_ns = record.thread.entered_ns = at_ns;
	record.thread.state = STATE_SLEEP;
	assert_int_equal(session_feed(session, &record), 0);
}

static inline void feed_growth(struct session *session, uint64_t at_ns, uint32_t pid,
			       uint64_t rss_bytes)
{
	feed_memory(session, at_ns, pid, rss_bytes, false);
}

static inline double growth_at_end(struct session *session, uint32_t pid, struct growth_model *ret)
{
	struct model model;
	size_t i;

	ret->per_s = -1;
	assert_int_equal(model_build(session, false, &model), 0);
	for (i = 0; i < model.process_count; i++)
		if (model.processes[i].pid == pid)
			*ret = model.processes[i].memory;
	model_free(&model);
	return ret->per_s;
}

#endif
