// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of the proofs that a program hangs: on models made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "analysis/signals.h"
#include "analysis/stuck.h"
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
	assert_int_equal(bed.found[0].kind, STUCK_DEADLOCK);
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

static void test_sockets(void **state)
{
	bed.process.backlogs = &bed.socket;
	bed.process.backlog_count = 1;
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
	bed.socket.waited = false;
	bed.process.threads_seen++; /* one more thread, which moved */
	assert_int_equal(find(), 0);
	bed.socket.object = OBJECT_TCP_LISTENING; /* it may be slow: its queue is load too */
	bed.socket.pending = bed.socket.pending_first = 8;
	assert_int_equal(find(), 0);
	bed.process.threads_seen--;
	assert_int_equal(find(), 1);
}

static void test_pool_of_futures(void **state)
{
	static char frames[3][RECORD_PLACE_LEN] = { "concurrent/futures/_base.py:445 result",
						    "app.py:3 task",
						    "concurrent/futures/thread.py:58 _worker" };
	static char idle[1][RECORD_PLACE_LEN] = { "concurrent/futures/thread.py:81 _worker" };

	bed.standing[1].frames = bed.standing[2].frames = frames;
	bed.standing[1].frame_count = bed.standing[2].frame_count = 3;
	assert_int_equal(find(), 1);
	assert_int_equal(bed.found[0].kind, STUCK_POOL);
	assert_int_equal(bed.found[0].threads, 2);
	bed.standing[2].frames = idle; /* one can still take the next task */
	bed.standing[2].frame_count = 1;
	assert_int_equal(find(), 0);
}

static void test_class(void **state)
{
	struct verdict_settings settings;
	struct signals signals = { .window_s = 5, .wall_s = 5, .stuck = 1 };

	verdict_settings_default(&settings);
	assert_int_equal(verdict_of_signals(&signals, &settings), VERDICT_HUNG);
	signals.cores = 0.5; /* the rest of it works */
	assert_int_not_equal(verdict_of_signals(&signals, &settings), VERDICT_HUNG);
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
		cmocka_unit_test_setup(test_sockets, setup),
		cmocka_unit_test_setup(test_pool_of_futures, setup),
		cmocka_unit_test_setup(test_class, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
