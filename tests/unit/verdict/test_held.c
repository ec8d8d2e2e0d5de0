// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of the findings about what holds a program up (findings_held.c), and of the advice that
 * follows: on both sides of each condition.
 */
#include "held_fixture.h"

static void test_traced(void **state)
{
	struct fixture *fixture = *state;
	const struct verdict_finding *traced;

	add_thread(fixture, "server", STATE_STOPPED, 5 * S, STATE_ON_CPU, 5 * S);
	traced = finding(fixture, "stopped");
	assert_non_null(traced);
	assert_null(finding(fixture, "traced"));
	fixture->processes[1].tracer_pid = 77;
	memcpy(fixture->processes[1].tracer_comm, "strace", 7);
	traced = finding(fixture, "traced");
	assert_non_null(traced);
	expect_in(traced->detail, "strace[77]");
	expect_in(fixture->verdict.advice_now, "end the tracer: strace[77]");
	assert_null(finding(fixture, "stopped"));
}

static void test_stopped_a_little(void **state)
{
	struct fixture *fixture = *state;

	add_thread(fixture, "server", STATE_STOPPED, S / 10, STATE_ON_CPU, 9 * S);
	fixture->processes[1].tracer_pid = 77;
	assert_null(finding(fixture, "traced"));
	expect_not_in(fixture->verdict.advice_now, "tracer");
}

static void test_memory_limit(void **state)
{
	struct fixture *fixture = *state;
	struct process_model *process = &fixture->processes[1];

	add_thread(fixture, "server", STATE_PAGE_FAULT, 8 * S, STATE_ON_CPU, S);
	assert_null(finding(fixture, "memory-limit"));
	expect_not_in(fixture->verdict.advice_now, "limit");
	process->memory_limit = 150 * MIB;
	process->memory_usage = 149 * MIB;
	assert_null(finding(fixture, "memory-limit")); /* it was not hit */
	process->memory_failures = 3000;
	assert_non_null(finding(fixture, "memory-limit"));
	expect_in(fixture->verdict.advice_now, "limit");
	process->memory_usage = 100 * MIB;
	assert_null(finding(fixture, "memory-limit"));
}

static void test_swapping(void **state)
{
	struct fixture *fixture = *state;

	add_thread(fixture, "server", STATE_PAGE_FAULT, 8 * S, STATE_ON_CPU, S);
	fixture->processes[1].swap_bytes = 5 * MIB;
	assert_null(finding(fixture, "swapping"));
	fixture->processes[1].swap_bytes = 200 * MIB;
	assert_non_null(finding(fixture, "swapping"));
	expect_in(fixture->verdict.advice_now, "swapped out");
}

/* A poll of several descriptors in a thread that is no loop gets no advice for loops. */
static void test_no_loop_no_advice_for_one(void **state)
{
	struct fixture *fixture = *state;

	add_thread(fixture, "client", STATE_POLL_IO, 9 * S, STATE_ON_CPU, S / 2);
	fixture->waits[0] = (struct wait_model){
		.state = STATE_POLL_IO, .call_name = "poll", .waits = 1, .wait_ns = 9 * S
	};
	fixture->processes[1].wait_count = 1;
	judge(fixture);
	expect_not_in(fixture->verdict.advice_now, "event loop");
	memcpy(fixture->waits[0].call_name, "epoll_wait", 11);
	judge(fixture);
	expect_in(fixture->verdict.advice_now, "event loop");
}

/* The next command is about the culprit, and not the one that has just been run. */
static void test_next(void **state)
{
	struct fixture *fixture = *state;

	add_thread(fixture, "client", STATE_NETWORK, 9 * S, STATE_ON_CPU, S / 2);
	judge(fixture);
	assert_string_equal(fixture->verdict.advice_next, "boundby attach -p 101 -d 60 -v");
	fixture->model.duration_ns = 60 * S;
	fixture->processes[1].time.state_ns[STATE_NETWORK] =
		fixture->model.time.state_ns[STATE_NETWORK] = 50 * S;
	judge(fixture);
	expect_not_in(fixture->verdict.advice_next, "attach");
}

static void test_file_lock(void **state)
{
	struct fixture *fixture = *state;
	struct process_model *process = &fixture->processes[1];

	add_thread(fixture, "server", STATE_LOCK, 9 * S, STATE_ON_CPU, S);
	fixture->waits[0] = (struct wait_model){
		.state = STATE_LOCK, .object = OBJECT_FILE, .call_name = "flock", .wait_ns = 9 * S
	};
	process->wait_count = 1;
	assert_null(finding(fixture, "file-lock"));
	process->file_lock_pid = 55;
	memcpy(process->file_lock_comm, "backup", 7);
	assert_non_null(finding(fixture, "file-lock"));
	expect_in(fixture->verdict.advice_now, "backup[55] holds");
	/* a wait at a futex is for no file */
	fixture->waits[0].object = OBJECT_FUTEX;
	assert_null(finding(fixture, "file-lock"));
}

static void test_neighbours(void **state)
{
	static struct neighbour_model neighbours[] = {
		{ .pid = 900, .cpu_ns = 6 * S, .comm = "cc1", .label = "ci.service" },
		{ .pid = 901, .cpu_ns = 2 * S, .comm = "make" },
	};
	struct fixture *fixture = *state;

	add_thread(fixture, "server", STATE_RUNNABLE_WAKEUP, 8 * S, STATE_ON_CPU, 2 * S);
	assert_null(finding(fixture, "neighbours"));
	expect_in(fixture->verdict.advice_now, "other processes use the CPUs");
	fixture->model.neighbours = neighbours;
	fixture->model.neighbour_count = 2;
	fixture->model.neighbour_ns = 8 * S;
	assert_non_null(finding(fixture, "neighbours"));
	expect_in(fixture->verdict.advice_now,
		  "0.80 of 4 CPUs, 75 % of that by cc1[900] (ci.service)");
	assert_string_equal(fixture->verdict.advice_next, "boundby attach -p 900 -d 10");
	/* one of many, and to move it would give little */
	fixture->model.neighbour_ns = 30 * S;
	judge(fixture);
	expect_in(fixture->verdict.advice_now, "had the most, 20 %:");
	expect_not_in(fixture->verdict.advice_now, "move it");
	expect_not_in(fixture->verdict.advice_next, "-p 900");
	fixture->model.neighbour_ns = 8 * S;
	/* what runs in its place is its own: two CPUs are all that it may use */
	fixture->processes[1].cpus_allowed = 2;
	fixture->processes[1].cpu_mask = 3;
	add_thread(fixture, "server", STATE_RUNNABLE_WAKEUP, 5 * S, STATE_ON_CPU, 5 * S);
	add_thread(fixture, "server", STATE_RUNNABLE_WAKEUP, S, STATE_ON_CPU, 9 * S);
	judge(fixture);
	expect_in(fixture->verdict.advice_now, "its own threads and processes compete for 2 of 4");
	expect_in(fixture->verdict.advice_now, "taskset -p");
	/* nor are there more to use */
	fixture->processes[1].cpus_allowed = 4;
	fixture->processes[1].cpu_mask = 15;
	add_thread(fixture, "server", STATE_RUNNABLE_WAKEUP, S, STATE_ON_CPU, 9 * S);
	judge(fixture);
	expect_in(fixture->verdict.advice_now, "compete for 4 of 4");
	expect_not_in(fixture->verdict.advice_now, "taskset -p");
}

/* A twentieth of a core, and waits that nothing explains: what it is bound by is not sure. */
static void test_hardly_computes(void **state)
{
	struct fixture *fixture = *state;

	add_thread(fixture, "tries", STATE_ON_CPU, 6 * S / 10, STATE_SLEEP, 0);
	assert_int_equal(judge(fixture)->class, VERDICT_CPU_BOUND);
	assert_int_equal(fixture->verdict.confidence, CONFIDENCE_HIGH);
	/* it sleeps 50 times a second, and tries again */
	fixture->threads[0].state_count[STATE_SLEEP] = 500;
	assert_int_equal(judge(fixture)->confidence, CONFIDENCE_MEDIUM);
}

/* What tries and sleeps may be stuck: it is not surely idle. */
static void test_sleeper_is_not_surely_idle(void **state)
{
	struct fixture *fixture = *state;

	add_thread(fixture, "server", STATE_SLEEP, 10 * S, STATE_ON_CPU, 0);
	judge(fixture);
	assert_int_equal(fixture->verdict.class, VERDICT_IDLE);
	assert_int_equal(fixture->verdict.confidence, CONFIDENCE_HIGH);
	fixture->threads[0].state_count[STATE_SLEEP] = 200;
	judge(fixture);
	assert_int_equal(fixture->verdict.confidence, CONFIDENCE_MEDIUM);
	expect_in(fixture->verdict.advice_now, "sleeping and trying again");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_traced),
		TEST(test_stopped_a_little),
		TEST(test_memory_limit),
		TEST(test_swapping),
		TEST(test_no_loop_no_advice_for_one),
		TEST(test_next),
		TEST(test_file_lock),
		TEST(test_neighbours),
		TEST(test_hardly_computes),
		TEST(test_sleeper_is_not_surely_idle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
