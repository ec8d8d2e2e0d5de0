// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of the proofs that a program hangs: on models made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "analysis/signals.h"
#include "analysis/stuck/stuck.h"
#include "analysis/stuck/stuck_waits.h"
#include "verdict/rules.h"
#include "verdict/verdict.h"

#define SECOND 1000000000ULL
#define THREADS 4

struct bed {
	struct model model;
	struct process_model process;
	struct standing_model standing[THREADS];
	struct lock_model locks[2];
	struct backlog_model socket;
	struct stuck found[STUCK_MAX];
};

static struct bed bed;

static int setup(void **state)
{
	size_t i;

	memset(&bed, 0, sizeof(bed));
	bed.model.duration_ns = 5 * SECOND;
	bed.model.processes = &bed.process;
	bed.model.process_count = 1;
	bed.process.pid = 100;
	bed.process.threads_seen = bed.process.standing_count = THREADS;
	bed.process.standing = bed.standing;
	bed.process.locks = bed.locks;
	bed.process.lock_count = 2;
	for (i = 0; i < 2; i++)
		bed.locks[i] = (struct lock_model){ .address = i + 1,
						    .kind = LOCK_MUTEX,
						    .contention = true };
	for (i = 0; i < THREADS; i++)
		bed.standing[i] = (struct standing_model){ .tid = 100 + (uint32_t)i,
							   .state = STATE_POLL_IDLE,
							   .ns = 5 * SECOND };
	return 0;
}

static void waits(size_t thread, uint64_t lock, uint32_t holder)
{
	bed.standing[thread].state = STATE_LOCK;
	bed.standing[thread].object = OBJECT_FUTEX;
	bed.standing[thread].waits_for_lock = true;
	bed.standing[thread].lock_kind = LOCK_MUTEX;
	bed.standing[thread].lock = lock;
	bed.standing[thread].holder = holder;
}

static size_t find(void)
{
	return stuck_find(&bed.model, NULL, bed.found);
}

static void test_nothing(void **state)
{
	assert_int_equal(find(), 0);
	assert_null(stuck_unexplained(&bed.model, NULL));
}

static void test_cycle(void **state)
{
	waits(1, 1, 102);
	waits(2, 2, 101);
	waits(3, 1, 102); /* behind it */
	assert_int_equal(find(), 2);
	assert_int_equal(bed.found[0].kind, STUCK_DEADLOCK);
	assert_int_equal(bed.found[0].wait->tid, 101);
	assert_int_equal(bed.found[0].threads, 2);
	assert_int_equal(bed.found[1].wait->tid, 102);
	bed.model.duration_ns = SECOND;
	assert_int_equal(find(), 0); /* too short to say so */
}

/* A thread that takes its own lock again. */
static void test_own_lock(void **state)
{
	waits(1, 1, 101);
	assert_int_equal(find(), 1);
	assert_int_equal(bed.found[0].kind, STUCK_SELF);
}

static void test_moving_holder(void **state)
{
	waits(1, 1, 105); /* it did not wait for the whole window */
	assert_int_equal(find(), 0);
	bed.standing[1].stray = true;
	bed.standing[1].holder = 0;
	assert_int_equal(find(), 1);
	assert_int_equal(bed.found[0].kind, STUCK_GONE);
	bed.locks[0].contention = false; /* no lock at all */
	assert_int_equal(find(), 0);
	assert_ptr_equal(stuck_unexplained(&bed.model, NULL), &bed.standing[1]);
}

static void test_resting_holder(void **state)
{
	waits(1, 1, 100);
	assert_int_equal(find(), 0); /* it waits for events, and the next one will */
	bed.standing[0].state = STATE_REQUEST;
	bed.standing[0].object = OBJECT_TCP_LISTENING;
	assert_int_equal(find(), 0); /* an accept mutex */
	bed.standing[0].object = OBJECT_TCP_ACCEPTED;
	assert_int_equal(find(), 1);
	assert_int_equal(bed.found[0].kind, STUCK_HOLDER);
	assert_int_equal(bed.found[0].holder->tid, 100);
}

static void test_write(void **state)
{
	bed.standing[1].state = STATE_IPC;
	bed.standing[1].object = OBJECT_PIPE;
	assert_int_equal(find(), 0); /* a read */
	bed.standing[1].writes = true;
	assert_int_equal(find(), 1);
	assert_int_equal(bed.found[0].kind, STUCK_WRITE);
	bed.standing[1].object = OBJECT_FILE;
	assert_int_equal(find(), 0);
}

/* A client that takes nothing, of a server that works for others. */
static void test_write_to_client(void **state)
{
	bed.standing[1].state = STATE_NETWORK;
	bed.standing[1].object = OBJECT_TCP_ACCEPTED;
	bed.standing[1].writes = true;
	assert_int_equal(find(), 1);
	bed.process.time.state_ns[STATE_ON_CPU] = SECOND;
	assert_int_equal(find(), 0);
	bed.standing[1].object = OBJECT_PIPE;
	assert_int_equal(find(), 1);
}

/* Two processes of one thread each: the bed's, and one more, that read from each other. */
static struct process_model pair[2];
static struct standing_model reads[2];

static void read_each_other(void)
{
	size_t i;

	memset(pair, 0, sizeof(pair));
	for (i = 0; i < 2; i++) {
		reads[i] = (struct standing_model){ .tid = 100 + (uint32_t)i,
						    .state = STATE_IPC,
						    .object = OBJECT_PIPE,
						    .other_known = true,
						    .other_pid = 101 - (uint32_t)i,
						    .ns = 5 * SECOND };
		pair[i].pid = 100 + (uint32_t)i;
		pair[i].threads_seen = pair[i].standing_count = pair[i].thread_growth.last = 1;
		pair[i].standing = &reads[i];
	}
	bed.model.processes = pair;
	bed.model.process_count = 2;
}

static void test_read_each_other(void **state)
{
	read_each_other();
	assert_int_equal(find(), 2);
	assert_int_equal(bed.found[0].kind, STUCK_READ);
	assert_ptr_equal(bed.found[0].holder, &reads[1]);
	reads[0].other_many = true;
	assert_int_equal(find(), 0);
	reads[0].other_many = false;
	pair[1].thread_growth.last = 2; /* a thread that was not seen may write */
	assert_int_equal(find(), 0);
	pair[1].thread_growth.last = 1;
	reads[1].other_pid = 99; /* it waits for one that is no target */
	assert_int_equal(find(), 0);
	reads[1].other_pid = 0; /* a pipe that its own signal handler may write to */
	assert_int_equal(find(), 0);
	reads[1].internal = true; /* but not its standard input */
	assert_int_equal(find(), 2);
}

/* A child that reads from a parent that waits for its end, or is stopped. */
static void test_read_from_waiting_parent(void **state)
{
	read_each_other();
	reads[0].state = STATE_CHILD;
	assert_int_equal(find(), 0); /* it has none */
	pair[1].ppid = 100;
	assert_int_equal(find(), 1);
	assert_int_equal(bed.found[0].wait->tid, 101);
	reads[0].state = STATE_STOPPED;
	assert_int_equal(find(), 1);
	reads[0].state = STATE_SLEEP; /* it may write later */
	assert_int_equal(find(), 0);
}

static void test_file_lock(void **state)
{
	read_each_other();
	reads[0].state = STATE_LOCK;
	assert_int_equal(find(), 0);
	pair[0].file_lock_pid = 101;
	reads[1].state = STATE_NETWORK;
	assert_int_equal(find(), 1);
	assert_int_equal(bed.found[0].kind, STUCK_FILE);
	assert_ptr_equal(bed.found[0].holder, &reads[1]);
	reads[1].state = STATE_POLL_IDLE; /* the active one of two servers */
	assert_int_equal(find(), 0);
	reads[1].state = STATE_CHILD; /* which may work */
	assert_int_equal(find(), 0);
	reads[1].state = STATE_STOPPED;
	assert_int_equal(find(), 1);
	pair[1].threads_seen = 2;
	assert_int_equal(find(), 0); /* a thread of it moved */
}

static void test_sockets(void **state)
{
	bed.process.backlogs = &bed.socket;
	bed.process.backlog_count = 1;
	bed.process.thread_growth.last = RECORD_UNKNOWN;
	bed.socket.object = OBJECT_TCP_LISTENING;
	bed.socket.pending = 2;
	assert_int_equal(find(), 0); /* they came within the window */
	bed.socket.pending_first = 1;
	assert_int_equal(find(), 1);
	assert_int_equal(bed.found[0].kind, STUCK_ACCEPT);
	bed.process.time.state_ns[STATE_ON_CPU] = SECOND;
	assert_int_equal(find(), 0); /* it works: what waits is load */
	bed.process.time.state_ns[STATE_ON_CPU] = 0;
	bed.socket.object = OBJECT_TCP_ACCEPTED;
	bed.socket.untouched = true;
	assert_int_equal(find(), 1);
	assert_int_equal(bed.found[0].kind, STUCK_UNREAD);
	bed.socket.pending = bed.socket.pending_first = 0;
	assert_int_equal(find(), 1);
	assert_int_equal(bed.found[0].kind, STUCK_REQUEST);
	bed.socket.shared = true; /* another process may serve it */
	assert_int_equal(find(), 0);
	bed.socket.shared = false;
	bed.socket.waited = true;
	assert_int_equal(find(), 0);
	assert_null(stuck_left_unread(&bed.model, NULL));
	bed.socket.pending = bed.socket.pending_first =
		8; /* its thread waits, but for another edge */
	assert_int_equal(find(), 0);
	assert_ptr_equal(stuck_left_unread(&bed.model, NULL), &bed.socket);
	bed.socket.pending = bed.socket.pending_first = 0;
	bed.socket.waited = false;
	bed.process.threads_seen++; /* one more thread, which moved */
	assert_int_equal(find(), 0);
	bed.socket.object = OBJECT_TCP_LISTENING; /* it may be slow: its queue is load too */
	bed.socket.untouched = false;
	bed.socket.pending = bed.socket.pending_first = 8;
	assert_int_equal(find(), 0);
	bed.process.threads_seen--;
	assert_int_equal(find(), 1);
}

/* One listener of a parent that only waits for signals and of its worker: the worker may serve it. */
static void test_shared_listener(void **state)
{
	static struct thread_model working = { .tid = 200, .count = 1 };
	struct process_model both[2];

	bed.process.threads_seen = bed.process.standing_count = 1;
	bed.standing[0].state = STATE_OTHER;
	bed.process.backlogs = &bed.socket;
	bed.process.backlog_count = 1;
	bed.socket = (struct backlog_model){
		.object = OBJECT_TCP_LISTENING, .port = 80, .pending_first = 2, .pending = 3
	};
	assert_int_equal(find(), 1);
	assert_int_equal(bed.found[0].kind, STUCK_ACCEPT);
	bed.socket.shared = true;
	assert_int_equal(find(), 0); /* with one that is not watched */
	both[0] = both[1] = bed.process;
	both[1].pid = 200;
	both[1].standing_count = 0;
	both[1].threads = &working;
	both[1].thread_count = 1;
	working.time.state_ns[STATE_ON_CPU] = 4 * SECOND;
	bed.model.processes = both;
	bed.model.process_count = 2;
	assert_int_equal(find(), 0);
	working.time.state_ns[STATE_ON_CPU] = 0; /* nor does that one serve */
	assert_int_equal(find(), 0); /* but one was accepted */
	bed.socket.untouched = true;
	assert_int_equal(find(), 1); /* one queue, of both */
	assert_int_equal(bed.found[0].kind, STUCK_ACCEPT);
}

/* It ticks, and another thread waits at a condition: for its own kind, or for what should be served. */
static void test_sockets_beside_a_tick(void **state)
{
	static struct thread_model threads[THREADS + 1];
	size_t i;

	for (i = 0; i <= THREADS; i++)
		threads[i].tid = 100 + (uint32_t)i;
	bed.process.threads = threads;
	bed.process.thread_count = bed.process.threads_seen = THREADS + 1;
	bed.process.backlogs = &bed.socket;
	bed.process.backlog_count = 1;
	bed.socket = (struct backlog_model){
		.object = OBJECT_TCP_LISTENING, .pending_first = 2, .pending = 3, .untouched = true
	};
	assert_int_equal(find(), 1);
	assert_int_equal(bed.found[0].kind, STUCK_ACCEPT);
	bed.socket.untouched = false; /* some were accepted */
	assert_int_equal(find(), 0);
	bed.socket.untouched = true;
	threads[THREADS].time.state_ns[STATE_NETWORK] = SECOND; /* it may be what serves */
	assert_int_equal(find(), 0);
	threads[THREADS].time.state_ns[STATE_NETWORK] = 0;
	bed.socket.object = OBJECT_TCP_ACCEPTED;
	assert_int_equal(find(), 0); /* each waits for work */
	bed.standing[1].state = STATE_CONDITION;
	assert_int_equal(find(), 1);
	assert_int_equal(bed.found[0].kind, STUCK_UNREAD);
	bed.standing[1].library = true; /* an idle worker */
	assert_int_equal(find(), 0);
}

static void internal(size_t thread)
{
	bed.standing[thread].state = STATE_CONDITION;
	bed.standing[thread].object = OBJECT_FUTEX;
	bed.standing[thread].internal = true;
}

/* Workers of a library's pool that wait inside a task. */
static void test_pool(void **state)
{
	static char frames[3][RECORD_PLACE_LEN] = { "futures/_base.py:445 result",
						    "app/main.py:3 task",
						    "futures/thread.py:58 _worker" };
	static char queue[1][RECORD_PLACE_LEN] = { "app/main.py:3 task" };
	size_t i;

	for (i = 1; i < THREADS; i++) {
		internal(i);
		strcpy(bed.standing[i].runner, "futures/thread.py");
		strcpy(bed.standing[i].where, "app/main.py:3 task");
		bed.standing[i].frames = frames;
		bed.standing[i].frame_count = 3;
	}
	assert_int_equal(find(), 1);
	assert_int_equal(bed.found[0].kind, STUCK_POOL);
	assert_int_equal(bed.found[0].threads, 3);
	bed.standing[2].internal = false; /* its wait has a timeout, or is for something outside */
	assert_int_equal(find(), 0);
	bed.standing[2].internal = true;
	bed.standing[2].library = true; /* it can still take the next task */
	assert_int_equal(find(), 0);
	strcpy(bed.standing[2].runner, "multiprocessing/pool.py"); /* but not one of the others */
	assert_int_equal(find(), 1);
	assert_int_equal(bed.found[0].threads, 2);
	bed.standing[1].frames = queue; /* it takes what the program puts */
	bed.standing[1].frame_count = 1;
	assert_int_equal(find(), 0);
}

/* No thread is left to wake one. */
static void test_all_wait(void **state)
{
	size_t i;

	bed.process.thread_growth.last = RECORD_UNKNOWN;
	for (i = 0; i < THREADS; i++)
		internal(i);
	assert_int_equal(find(), 1);
	assert_int_equal(bed.found[0].kind, STUCK_ALL);
	assert_false(stuck_awaits_work(&bed.model, NULL));
	bed.process.thread_growth.last = THREADS + 1; /* one is not watched */
	assert_int_equal(find(), 0);
	bed.process.thread_growth.last = THREADS;
	assert_int_equal(find(), 1);
	strcpy(bed.process.runtime, "Go"); /* its timers are woken otherwise */
	assert_int_equal(find(), 0);
	bed.process.runtime[0] = '\0';
	bed.standing[0].internal = false; /* with a timeout */
	assert_int_equal(find(), 0);
	bed.standing[0].state = STATE_REQUEST;
	assert_true(stuck_awaits_work(&bed.model, NULL));
	bed.process.standing_count = 1; /* a single thread may wait for a signal */
	bed.process.threads_seen = 1;
	internal(0);
	assert_int_equal(find(), 0);
}

static void test_barrier(void **state)
{
	static char frames[1][RECORD_PLACE_LEN] = { "pthread_barrier_wait (libc.so.6)" };
	size_t i;

	bed.process.thread_growth.last = RECORD_UNKNOWN;
	bed.standing[0].state = STATE_SLEEP;
	for (i = 1; i < THREADS; i++) {
		internal(i);
		bed.standing[i].frames = frames;
		bed.standing[i].frame_count = 1;
	}
	assert_int_equal(find(), 1);
	assert_int_equal(bed.found[0].kind, STUCK_BARRIER);
	bed.standing[0].state = STATE_REQUEST; /* it opens the barrier when a client comes */
	assert_int_equal(find(), 0);
}

/* A pool of the program itself: its own wait looks like one inside its work. */
static void test_own_pool(void **state)
{
	size_t i;

	for (i = 1; i < THREADS; i++) {
		internal(i);
		bed.standing[i].waits_for_lock = true;
		bed.standing[i].lock = 9;
	}
	assert_int_equal(find(), 0);
	assert_non_null(stuck_unexplained(&bed.model, NULL));
	assert_true(stuck_awaits_work(&bed.model, NULL));
	bed.standing[0].state = STATE_OTHER;
	strcpy(bed.standing[0].call_name, "pause");
	assert_false(stuck_awaits_work(&bed.model, NULL));
	bed.process.no_frames = true; /* of a runtime */
	assert_null(stuck_unexplained(&bed.model, NULL));
}

static void test_class(void **state)
{
	struct verdict_settings settings;
	struct signals signals = { .window_s = 5, .wall_s = 5, .stuck = 1 };

	verdict_settings_default(&settings);
	assert_int_equal(verdict_of_signals(&signals, &settings), VERDICT_HUNG);
	signals.cores = 0.5; /* whatever the rest of it does */
	assert_int_equal(verdict_of_signals(&signals, &settings), VERDICT_HUNG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_nothing, setup),
		cmocka_unit_test_setup(test_cycle, setup),
		cmocka_unit_test_setup(test_own_lock, setup),
		cmocka_unit_test_setup(test_moving_holder, setup),
		cmocka_unit_test_setup(test_resting_holder, setup),
		cmocka_unit_test_setup(test_write, setup),
		cmocka_unit_test_setup(test_read_each_other, setup),
		cmocka_unit_test_setup(test_read_from_waiting_parent, setup),
		cmocka_unit_test_setup(test_file_lock, setup),
		cmocka_unit_test_setup(test_sockets, setup),
		cmocka_unit_test_setup(test_write_to_client, setup),
		cmocka_unit_test_setup(test_sockets_beside_a_tick, setup),
		cmocka_unit_test_setup(test_shared_listener, setup),
		cmocka_unit_test_setup(test_pool, setup),
		cmocka_unit_test_setup(test_all_wait, setup),
		cmocka_unit_test_setup(test_barrier, setup),
		cmocka_unit_test_setup(test_own_pool, setup),
		cmocka_unit_test_setup(test_class, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
