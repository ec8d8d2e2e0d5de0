// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of session/advance. A simulated host whose processes, threads, waits, locks and loops come
 * and go: each window must give the same model, figure by figure, whether or not the session was
 * advanced, and an advanced session must not keep what has ended.
 */
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

static uint64_t chance(struct host *host, uint64_t of)
{
	host->random = host->random * 6364136223846793005ULL + 1442695040888963407ULL;
	return (host->random >> 33) % of;
}

static void tell(struct host *host, enum record_kind kind, const void *payload, size_t size)
{
	struct record record = { .kind = kind };
	int i;

	memcpy((char *)&record + offsetof(struct record, process), payload, size);
	for (i = 0; i < 2; i++)
		if (host->sessions[i])
			assert_true(session_feed(host->sessions[i], &record) >= 0);
}
#define TELL(host, kind, payload) tell(host, kind, payload, sizeof(*(payload)))

static void make_thread(struct host *host, struct made_process *process, struct made_thread *thread)
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

static void make_process(struct host *host, struct made_process *process)
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
static void run_thread(struct host *host, struct made_thread *made)
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

static void tell_stall(struct host *host, struct made_thread *made, uint64_t end_ns, bool open)
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

static void tell_thread(struct host *host, struct made_thread *made)
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
static void window_of_thread(struct host *host, struct made_process *process,
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

static void tell_open(struct host *host, const struct made_process *process,
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

static void tell_threads(struct host *host, struct made_process *process)
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

static void tell_rows(struct host *host, struct made_process *process)
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

static void tell_processes(struct host *host)
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
static void window(struct host *host, uint64_t length_ns)
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

static void host_open(struct host *host, uint64_t seed, int sessions)
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

static void host_close(struct host *host)
{
	session_free(host->sessions[0]);
	session_free(host->sessions[1]);
}

/* ---- two models are one ---------------------------------------------------------------------- */
static void same_threads(const struct thread_model *a, const struct thread_model *b)
{
	struct thread_model one, other;
	int i;

	memcpy(&one, a, sizeof(one));
	memcpy(&other, b, sizeof(other));
	for (i = 0; i < NR_STATES; i++) {
		assert_int_equal(!a->histogram[i], !b->histogram[i]);
		if (a->histogram[i])
			assert_memory_equal(a->histogram[i], b->histogram[i],
					    RECORD_HISTOGRAM_LEN * sizeof(uint32_t));
		one.histogram[i] = other.histogram[i] = NULL;
	}
	assert_memory_equal(&one.time, &other.time, sizeof(one.time));
	assert_memory_equal(&one, &other, sizeof(one));
}

static void same_frames(char (*a)[RECORD_PLACE_LEN], size_t count, char (*b)[RECORD_PLACE_LEN],
			size_t others)
{
	assert_int_equal(count, others);
	if (count)
		assert_memory_equal(a, b, count * RECORD_PLACE_LEN);
}

static void same_locks(const struct lock_model *a, const struct lock_model *b)
{
	struct lock_model one, other;

	memcpy(&one, a, sizeof(one));
	memcpy(&other, b, sizeof(other));
	same_frames(a->frames, a->frame_count, b->frames, b->frame_count);
	one.frames = other.frames = NULL;
	assert_memory_equal(&one, &other, sizeof(one));
}

static void same_stalls(const struct stall_model *a, const struct stall_model *b)
{
	struct stall_model one, other;

	memcpy(&one, a, sizeof(one));
	memcpy(&other, b, sizeof(other));
	same_frames(a->frames, a->frame_count, b->frames, b->frame_count);
	assert_int_equal(!a->block, !b->block);
	one.frames = other.frames = NULL;
	one.block = other.block = NULL;
	assert_memory_equal(&one, &other, sizeof(one));
}

static void same_rows(const void *a, size_t count, const void *b, size_t others, size_t size)
{
	assert_int_equal(count, others);
	if (count)
		assert_memory_equal(a, b, count * size);
}

static void same_processes(const struct process_model *a, const struct process_model *b)
{
	struct process_model one, other;
	size_t i;

	memcpy(&one, a, sizeof(one));
	memcpy(&other, b, sizeof(other));
	assert_int_equal(a->pid, b->pid);
	assert_int_equal(a->thread_count, b->thread_count);
	for (i = 0; i < a->thread_count; i++)
		same_threads(&a->threads[i], &b->threads[i]);
	same_rows(a->waits, a->wait_count, b->waits, b->wait_count, sizeof(*a->waits));
	same_rows(a->calls, a->call_count, b->calls, b->call_count, sizeof(*a->calls));
	same_rows(a->loops, a->loop_count, b->loops, b->loop_count, sizeof(*a->loops));
	assert_int_equal(a->lock_count, b->lock_count);
	for (i = 0; i < a->lock_count; i++)
		same_locks(&a->locks[i], &b->locks[i]);
	assert_int_equal(a->stall_count, b->stall_count);
	for (i = 0; i < a->stall_count; i++)
		same_stalls(&a->stalls[i], &b->stalls[i]);
	one.threads = other.threads = NULL;
	one.waits = other.waits = NULL;
	one.calls = other.calls = NULL;
	one.loops = other.loops = NULL;
	one.locks = other.locks = NULL;
	one.stalls = other.stalls = NULL;
	assert_memory_equal(&one, &other, sizeof(one));
}

static void same_models(const struct model *a, const struct model *b)
{
	struct model one, other;
	size_t i;

	memcpy(&one, a, sizeof(one));
	memcpy(&other, b, sizeof(other));
	assert_int_equal(a->process_count, b->process_count);
	for (i = 0; i < a->process_count; i++)
		same_processes(&a->processes[i], &b->processes[i]);
	one.processes = other.processes = NULL;
	one.intervals = other.intervals = NULL;
	/* a longer window does not keep them */
	if (a->interval_count && b->interval_count)
		same_rows(a->intervals, a->interval_count, b->intervals, b->interval_count,
			  sizeof(*a->intervals));
	one.interval_count = other.interval_count = 0;
	assert_memory_equal(&one, &other, sizeof(one));
}

/* ---- tests ----------------------------------------------------------------------------------- */
static void test_each_window_is_the_same(void **state)
{
	struct model kept, advanced, whole;
	size_t threads = 0, stalls = 0, locks = 0, loops = 0, i;
	struct host host;
	uint64_t seed;
	int number;

	for (seed = 1; seed <= 20; seed++) {
		host_open(&host, seed, 2);
		for (number = 0; number < 40; number++) {
			window(&host, S);
			assert_int_equal(model_build(host.sessions[0], false, &kept), 0);
			assert_int_equal(model_build(host.sessions[1], false, &advanced), 0);
			assert_int_equal(model_build(host.sessions[1], true, &whole), 0);
			same_models(&kept, &advanced);
			same_models(&kept, &whole);
			assert_int_equal(kept.interval_count, advanced.interval_count);
			for (i = 0; i < kept.process_count; i++) {
				threads += kept.processes[i].thread_count;
				stalls += kept.processes[i].stall_count;
				locks += kept.processes[i].lock_count;
				loops += kept.processes[i].loop_count;
			}
			model_free(&kept);
			model_free(&advanced);
			model_free(&whole);
			assert_int_equal(session_advance(host.sessions[1]), 0);
		}
		host_close(&host);
	}
	/* the host does what it is to do */
	assert_true(threads > 1000 && stalls > 100 && locks > 1000 && loops > 1000);
}

/* Advancing before any window has closed, or twice, changes nothing. */
static void test_nothing_to_advance(void **state)
{
	struct session *session = session_new();
	struct model model;
	struct host host;

	assert_int_equal(session_advance(session), 0);
	session_free(session);
	host_open(&host, 7, 1);
	assert_int_equal(session_advance(host.sessions[0]), 0);
	window(&host, S);
	assert_int_equal(session_advance(host.sessions[0]), 0);
	assert_int_equal(session_advance(host.sessions[0]), 0);
	window(&host, S);
	assert_int_equal(model_build(host.sessions[0], true, &model), 0);
	assert_int_equal(model.duration_ns, S);
	assert_true(model.process_count > 0);
	model_free(&model);
	host_close(&host);
}

static size_t index_sizes(const struct session *session)
{
	return session->thread_index.size + session->process_index.size + session->wait_index.size +
	       session->call_index.size + session->lock_index.size +
	       session->lock_place_index.size + session->waker_index.size +
	       session->histogram_index.size + session->loop_index.size + session->lag_index.size;
}

static size_t capacities(const struct session *session)
{
	return session->thread_capacity + session->process_capacity + session->wait_capacity +
	       session->call_capacity + session->lock_capacity + session->lock_place_capacity +
	       session->waker_capacity + session->histogram_capacity + session->loop_capacity +
	       session->lag_capacity + session->stall_capacity + session->open.first.capacity +
	       session->open.last.capacity + session->open_locks.first.capacity +
	       session->open_locks.last.capacity + session->interval_capacity;
}

static void test_stays_as_large_as_what_lives(void **state)
{
	size_t early = 0, entries = 0;
	struct host host;
	int number;

	host_open(&host, 3, 1);
	for (number = 0; number < 600; number++) {
		window(&host, S);
		assert_int_equal(session_advance(host.sessions[0]), 0);
		entries = index_sizes(host.sessions[0]) + capacities(host.sessions[0]);
		if (number < 200 && entries > early)
			early = entries;
		assert_true(entries <= 2 * early);
		assert_int_equal(host.sessions[0]->snapshot, 1);
	}
	host_close(&host);
}

/* A burst of threads, born and gone in one window, leaves nothing behind. */
static void test_burst_is_given_back(void **state)
{
	struct record record = { .kind = RECORD_THREAD };
	size_t before, i;
	struct host host;

	host_open(&host, 4, 1);
	window(&host, S);
	assert_int_equal(session_advance(host.sessions[0]), 0);
	before = index_sizes(host.sessions[0]) + capacities(host.sessions[0]);
	for (i = 0; i < 50000; i++) {
		record.thread.id = 1000000 + i;
		record.thread.pid = 1;
		record.thread.start_ns = host.now_ns;
		record.thread.end_ns = host.now_ns + i;
		record.thread.exited = true;
		assert_int_equal(session_feed(host.sessions[0], &record), 0);
	}
	window(&host, S);
	assert_true(host.sessions[0]->thread_count >= 50000);
	assert_int_equal(session_advance(host.sessions[0]), 0);
	assert_true(host.sessions[0]->thread_count <= PROCESSES * THREADS);
	assert_true(index_sizes(host.sessions[0]) + capacities(host.sessions[0]) <= 4 * before);
	host_close(&host);
}

static void feed_alone(struct session *session, uint64_t at_ns, bool thread)
{
	struct record record = { .kind = RECORD_THREAD };

	record.thread.id = 1;
	record.thread.pid = record.thread.tid = 10;
	record.thread.start_ns = BEGIN;
	record.thread.end_ns = record.thread.entered_ns = at_ns;
	record.thread.state = STATE_SLEEP;
	record.thread.state_ns[STATE_SLEEP] = at_ns - BEGIN;
	if (thread)
		assert_true(session_feed(session, &record) >= 0);
	memset(&record, 0, sizeof(record));
	record.kind = RECORD_BOUNDARY;
	record.boundary.at_ns = at_ns;
	assert_true(session_feed(session, &record) >= 0);
}

/* Its end was lost: it counts as unobserved for a while, not for ever. */
static void test_lost_thread_is_let_go(void **state)
{
	struct record record = { .kind = RECORD_CAPTURE };
	struct session *session = session_new();
	struct model model;
	int number;

	assert_int_equal(session_feed(session, &record), 0);
	feed_alone(session, BEGIN, true);
	for (number = 1; number <= 5; number++) {
		feed_alone(session, BEGIN + (uint64_t)number * S, false);
		assert_int_equal(model_build(session, false, &model), 0);
		assert_int_equal(model.time.state_ns[STATE_UNOBSERVED], number <= 2 ? S : 0);
		assert_int_equal(model.lost[LOSS_READER], number <= 2);
		model_free(&model);
		assert_int_equal(session_advance(session), 0);
	}
	assert_int_equal(session->thread_count, 0);
	session_free(session);
}

static void feed_growth(struct session *session, uint64_t at_ns, uint32_t pid, uint64_t rss_bytes)
{
	struct record record = { .kind = RECORD_PROCESS };

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

static double growth_at_end(struct session *session, uint32_t pid, struct growth_model *ret)
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

/* Growth is of the last hour: what grew yesterday does not hide that it grows no more, or again. */
static void test_trends_go_on(void **state)
{
	struct record capture = { .kind = RECORD_CAPTURE }, boundary = { .kind = RECORD_BOUNDARY };
	struct session *session = session_new();
	struct growth_model growth;
	uint64_t minute, at_ns, first = 0;

	assert_int_equal(session_feed(session, &capture), 0);
	for (minute = 0; minute < 400; minute++) {
		at_ns = BEGIN + minute * 60 * S;
		/* process 1 grows up to minute 50 and from 350 on, 2 comes at minute 300 and grows */
		first = minute < 50 ? minute * 600 : 50 * 600;
		if (minute >= 350)
			first += (minute - 350) * 600;
		feed_growth(session, at_ns, 1, 1000 + first);
		if (minute >= 300)
			feed_growth(session, at_ns, 2, minute * 1200);
		boundary.boundary.at_ns = at_ns;
		assert_true(session_feed(session, &boundary) >= 0);
		if (minute == 40) {
			/* of the whole watch, as young as it is */
			assert_true(growth_at_end(session, 1, &growth) > 9.9);
			assert_true(growth.per_s < 10.1);
			assert_int_equal(growth.steps, 40);
			assert_int_equal(growth.rises, 40);
		}
		if (minute == 200)
			assert_true(growth_at_end(session, 1, &growth) == 0);
		if (minute == 310) {
			assert_true(growth_at_end(session, 2, &growth) > 15);
			assert_true(growth.per_s < 20.1);
		}
		if (minute > 100 && minute < 300) {
			growth_at_end(session, 1, &growth);
			assert_in_range(growth.steps, 29, 60);
		}
		assert_int_equal(minute ? session_advance(session) : 0, 0);
	}
	feed_growth(session, at_ns + 60 * S, 1, 1000 + first + 600);
	boundary.boundary.at_ns = at_ns + 60 * S;
	assert_true(session_feed(session, &boundary) >= 0);
	assert_true(growth_at_end(session, 1, &growth) > 5);
	session_free(session);
}

/* One rise at the start, and then next to none, is not taken for growth that goes on. */
static void test_growth_levels_off(void **state)
{
	struct record capture = { .kind = RECORD_CAPTURE }, boundary = { .kind = RECORD_BOUNDARY };
	struct session *session = session_new();
	struct growth_model growth;
	uint64_t second, at_ns;

	assert_int_equal(session_feed(session, &capture), 0);
	for (second = 0; second < 12; second++) {
		at_ns = BEGIN + second * S;
		feed_growth(session, at_ns, 1, 1000 + (second ? 600000 : 0) + second * 10);
		feed_growth(session, at_ns, 2, 1000 + second * 600 + second % 2 * 100);
		boundary.boundary.at_ns = at_ns;
		assert_true(session_feed(session, &boundary) >= 0);
		if (second < 3)
			continue;
		growth_at_end(session, 1, &growth);
		assert_int_equal(growth.rises, second);
		assert_true(growth.slowed > 0.9);
		growth_at_end(session, 2, &growth);
		assert_true(growth.slowed > -0.3 && growth.slowed < 0.3);
	}
	session_free(session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_window_is_the_same),
		cmocka_unit_test(test_nothing_to_advance),
		cmocka_unit_test(test_stays_as_large_as_what_lives),
		cmocka_unit_test(test_burst_is_given_back),
		cmocka_unit_test(test_lost_thread_is_let_go),
		cmocka_unit_test(test_trends_go_on),
		cmocka_unit_test(test_growth_levels_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
