// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of model/internal_waits.c and model/handoff.c: monitored threads that wait for each other, on
 * hand-made records: which time is not I/O of the target, and what the JVM's own locks explain.
 */
#include "fixtures/session.h"
#include "verdict/verdict.h"

#define LENGTH (10 * S)

static struct signals signals; /* of the last build() */

static void process(struct fixture *fixture, uint32_t pid, uint32_t ppid, const char *runtime)
{
	struct record record = { .kind = RECORD_PROCESS };

	record.process.pid = pid;
	record.process.ppid = ppid;
	record.process.start_ns = 5;
	record.process.rss_bytes = record.process.shared_bytes = RECORD_UNKNOWN;
	record.process.threads = record.process.descriptors = RECORD_UNKNOWN;
	record.process.zombies = RECORD_UNKNOWN;
	strcpy(record.process.runtime, runtime);
	feed(fixture, &record);
}

/* A thread that was in this state for so long, and in `other` for the rest of ten seconds. */
static void thread(struct fixture *fixture, uint32_t pid, uint32_t tid, enum ledger_state one,
		   uint64_t ns, enum ledger_state other)
{
	struct record record = thread_of(tid, BEGIN, BEGIN + LENGTH);

	record.thread.pid = pid;
	record.thread.ppid = pid == 10 ? 1 : 10;
	record.thread.state_ns[one] += ns;
	record.thread.state_ns[other] += LENGTH - ns;
	memcpy(record.thread.comm, "worker-1", 9);
	feed(fixture, &record);
}

static void woken(struct fixture *fixture, uint32_t tid, uint32_t by_pid, uint32_t by_tid,
		  enum ledger_state state, uint64_t ns)
{
	struct record record = { .kind = RECORD_WAKER };

	record.waker.thread_id = tid;
	record.waker.pid = by_pid;
	record.waker.tid = by_tid;
	record.waker.state = state;
	record.waker.count = 10;
	record.waker.ns = ns;
	feed(fixture, &record);
}

static const struct signals *build(struct fixture *fixture)
{
	boundary(fixture, BEGIN + LENGTH);
	assert_int_equal(model_build(fixture->session, true, &fixture->model), 0);
	signals_compute(&fixture->model, NULL, &signals);
	return &signals;
}

static void assert_seconds(double seconds, double expected)
{
	assert_true(seconds > expected - 1e-6 && seconds < expected + 1e-6);
}

/* A pool and its parent are one program: computing is counted, waiting for it is not. */
static void test_wait_for_a_worker(void **state)
{
	struct fixture *fixture = *state;

	process(fixture, 10, 1, "");
	process(fixture, 20, 10, "");
	thread(fixture, 10, 10, STATE_IPC, 10 * S, STATE_SLEEP);
	thread(fixture, 20, 20, STATE_ON_CPU, 9 * S, STATE_SLEEP);
	woken(fixture, 10, 20, 20, STATE_IPC, 10 * S);
	assert_seconds(build(fixture)->io_s, 1); /* the worker slept for one of the ten */
	assert_true(signals.ratio >= 0.9);
}

/* A thread that waits for a resting thread waits for something outside. */
static void test_wait_for_one_that_rests(void **state)
{
	struct fixture *fixture = *state;

	process(fixture, 10, 1, "");
	process(fixture, 20, 10, "");
	thread(fixture, 10, 10, STATE_IPC, 10 * S, STATE_SLEEP);
	thread(fixture, 20, 20, STATE_SLEEP, 10 * S, STATE_SLEEP);
	woken(fixture, 10, 20, 20, STATE_IPC, 10 * S);
	assert_seconds(build(fixture)->io_s, 10);
}

static void test_wait_for_a_stranger(void **state)
{
	struct fixture *fixture = *state;

	process(fixture, 10, 1, "");
	thread(fixture, 10, 10, STATE_IPC, 10 * S, STATE_SLEEP);
	woken(fixture, 10, 77, 77, STATE_IPC, 10 * S);
	assert_seconds(build(fixture)->io_s, 10);
}

/* First waits for second, second for third, which computes. */
static void test_chain(void **state)
{
	struct fixture *fixture = *state;
	uint32_t pid;

	for (pid = 10; pid <= 30; pid += 10)
		process(fixture, pid, pid == 10 ? 1 : 10, "");
	thread(fixture, 10, 10, STATE_IPC, 10 * S, STATE_SLEEP);
	thread(fixture, 20, 20, STATE_IPC, 10 * S, STATE_SLEEP);
	thread(fixture, 30, 30, STATE_ON_CPU, 10 * S, STATE_SLEEP);
	woken(fixture, 10, 20, 20, STATE_IPC, 10 * S);
	woken(fixture, 20, 30, 30, STATE_IPC, 10 * S);
	assert_seconds(build(fixture)->io_s, 0);
}

/* Two that wait for each other and do nothing are no work of each other's. */
static void test_circle(void **state)
{
	struct fixture *fixture = *state;

	process(fixture, 10, 1, "");
	process(fixture, 20, 10, "");
	thread(fixture, 10, 10, STATE_IPC, 10 * S, STATE_SLEEP);
	thread(fixture, 20, 20, STATE_IPC, 10 * S, STATE_SLEEP);
	woken(fixture, 10, 20, 20, STATE_IPC, 10 * S);
	woken(fixture, 20, 10, 10, STATE_IPC, 10 * S);
	assert_seconds(build(fixture)->io_s, 20);
}

static void test_wait_for_children(void **state)
{
	struct fixture *fixture = *state;

	process(fixture, 10, 1, "");
	process(fixture, 20, 10, "");
	thread(fixture, 10, 10, STATE_CHILD, 10 * S, STATE_SLEEP);
	thread(fixture, 20, 20, STATE_ON_CPU, 4 * S, STATE_SLEEP);
	assert_seconds(build(fixture)->io_s, 0);
}

/* What a child waits for is I/O of the target: once. */
static void test_wait_for_a_child_that_asks(void **state)
{
	struct fixture *fixture = *state;

	process(fixture, 10, 1, "");
	process(fixture, 20, 10, "");
	thread(fixture, 10, 10, STATE_CHILD, 10 * S, STATE_SLEEP);
	thread(fixture, 20, 20, STATE_NETWORK, 9 * S, STATE_SLEEP);
	assert_seconds(build(fixture)->io_s, 9);
}

/* A process of one thread that is in one wait from before the window to after it. */
static void waits_for_ever(struct fixture *fixture, uint32_t pid, enum ledger_state wait)
{
	struct record record = { .kind = RECORD_THREAD };

	record.thread.id = record.thread.pid = record.thread.tid = pid;
	record.thread.process_start_ns = 5;
	record.thread.start_ns = record.thread.entered_ns = BEGIN;
	record.thread.end_ns = BEGIN + LENGTH;
	record.thread.state = wait;
	record.thread.state_ns[wait] = LENGTH;
	feed(fixture, &record);
}

/* sh waits for a child that sleeps, and goes on to: its wait is what the child does. */
static void test_wait_for_a_child_that_rests(void **state)
{
	struct fixture *fixture = *state;

	process(fixture, 10, 1, "");
	process(fixture, 20, 10, "");
	waits_for_ever(fixture, 10, STATE_CHILD);
	thread(fixture, 20, 20, STATE_SLEEP, 10 * S, STATE_SLEEP);
	assert_seconds(build(fixture)->io_s, 0);
}

/* The child is not watched: what it does is not known, and the wait is I/O. */
static void test_wait_for_a_child_that_is_not_watched(void **state)
{
	struct fixture *fixture = *state;

	process(fixture, 10, 1, "");
	waits_for_ever(fixture, 10, STATE_CHILD);
	assert_seconds(build(fixture)->io_s, 10);
}

/* ---- the JVM's own locks ---------------------------------------------------------------------- */
/* Threads of one name, each active for this part of the window and woken by the next one. */
static void relay(struct fixture *fixture, const char *runtime, uint32_t threads,
		  uint64_t active_ns, uint64_t by_others_ns)
{
	uint64_t waits = LENGTH - active_ns;
	uint32_t i;

	process(fixture, 10, 1, runtime);
	for (i = 0; i < threads; i++)
		thread(fixture, 10, 11 + i, STATE_NETWORK, active_ns, STATE_CONDITION);
	for (i = 0; i < threads; i++) {
		woken(fixture, 11 + i, 10, 11 + (i + 1) % threads, STATE_CONDITION,
		      waits - by_others_ns);
		if (by_others_ns)
			woken(fixture, 11 + i, 10, 99, STATE_CONDITION, by_others_ns);
	}
	build(fixture);
}

static void test_threads_that_take_turns(void **state)
{
	struct fixture *fixture = *state;

	relay(fixture, "Java", 4, LENGTH / 4, 0);
	assert_seconds(signals.lock_s, 30);
	assert_int_equal(fixture->model.processes[0].turns_threads, 4);
	assert_int_equal(fixture->model.time.state_ns[STATE_CONDITION], 0);
	assert_string_equal(fixture->model.processes[0].turns_name, "worker");
}

static void test_turns_of_other_runtimes(void **state)
{
	relay(*state, "CPython", 4, LENGTH / 4, 0);
	assert_seconds(signals.lock_s, 0);
}

static void test_two_may_hand_each_other_work(void **state)
{
	relay(*state, "Java", 2, LENGTH / 2, 0);
	assert_seconds(signals.lock_s, 0);
}

static void test_more_than_one_at_a_time(void **state)
{
	relay(*state, "Java", 4, LENGTH / 3, 0); /* 1.33 at a time */
	assert_seconds(signals.lock_s, 0);
}

static void test_mostly_nobody(void **state)
{
	relay(*state, "Java", 4, LENGTH / 6, 0); /* 0.67 at a time */
	assert_seconds(signals.lock_s, 0);
}

static void test_work_comes_from_outside(void **state)
{
	relay(*state, "Java", 4, LENGTH / 4, 2 * S); /* of 7.5 s each */
	assert_seconds(signals.lock_s, 0);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, session_fixture_setup_begun, session_fixture_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_wait_for_a_worker),
		TEST(test_wait_for_one_that_rests),
		TEST(test_wait_for_a_stranger),
		TEST(test_chain),
		TEST(test_circle),
		TEST(test_wait_for_children),
		TEST(test_wait_for_a_child_that_asks),
		TEST(test_wait_for_a_child_that_rests),
		TEST(test_wait_for_a_child_that_is_not_watched),
		TEST(test_threads_that_take_turns),
		TEST(test_turns_of_other_runtimes),
		TEST(test_two_may_hand_each_other_work),
		TEST(test_more_than_one_at_a_time),
		TEST(test_mostly_nobody),
		TEST(test_work_comes_from_outside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
