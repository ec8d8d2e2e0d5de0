// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of model/build on hand-made snapshots: the states of every ledger sum to its wall time
 * exactly, however its threads start and end.
 */
#include "model/model_fixture.h"

static void test_no_window(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(model_build(fixture->session, true, &fixture->model), -ENODATA);
	boundary(fixture, BEGIN);
	assert_int_equal(model_build(fixture->session, true, &fixture->model), -ENODATA);
	boundary(fixture, BEGIN + S);
	build(fixture, true);
	assert_int_equal(fixture->model.process_count, 0);
	assert_int_equal(fixture->model.time.wall_ns, 0);
	assert_int_equal(fixture->model.duration_ns, S);
}

/* Lives from before the window to after it: what it did before does not count. */
static void test_thread_throughout(void **state)
{
	struct fixture *fixture = *state;
	struct record thread = thread_of(1, BEGIN - 3 * S, BEGIN);
	const struct thread_model *row;

	thread.thread.state_ns[STATE_SLEEP] = 3 * S;
	thread.thread.voluntary = 40;
	thread.thread.state_count[STATE_SLEEP] = 5;
	feed(fixture, &thread);
	boundary(fixture, BEGIN);
	thread.thread.end_ns = BEGIN + 10 * S;
	thread.thread.state_ns[STATE_SLEEP] = 9 * S;
	thread.thread.state_ns[STATE_ON_CPU] = 4 * S;
	thread.thread.voluntary = 47;
	thread.thread.state_count[STATE_SLEEP] = 7;
	feed(fixture, &thread);
	boundary(fixture, BEGIN + 10 * S);
	row = build(fixture, true)->threads;
	assert_int_equal(row->time.wall_ns, 10 * S);
	assert_int_equal(row->time.state_ns[STATE_SLEEP], 6 * S);
	assert_int_equal(row->time.state_ns[STATE_ON_CPU], 4 * S);
	assert_int_equal(row->time.state_ns[STATE_UNOBSERVED], 0);
	assert_int_equal(row->switches.voluntary, 7);
	assert_int_equal(row->state_count[STATE_SLEEP], 2);
	assert_int_equal(row->tid, 1);
	assert_int_equal(fixture->model.lost_total, 0);
}

/* What the states do not cover is unobserved, to the nanosecond. */
static void test_gap_is_unobserved(void **state)
{
	struct fixture *fixture = *state;
	struct record thread = thread_of(1, BEGIN, BEGIN);

	feed(fixture, &thread);
	boundary(fixture, BEGIN);
	thread.thread.end_ns = BEGIN + S;
	thread.thread.state_ns[STATE_ON_CPU] = S - 7;
	feed(fixture, &thread);
	boundary(fixture, BEGIN + S);
	build(fixture, true);
	assert_int_equal(fixture->model.time.state_ns[STATE_UNOBSERVED], 7);
	assert_int_equal(fixture->model.time.state_ns[STATE_ON_CPU], S - 7);
}

static void test_born_and_gone_inside(void **state)
{
	struct fixture *fixture = *state;
	struct record thread = thread_of(1, BEGIN + 2 * S, BEGIN + 5 * S);
	const struct thread_model *row;

	boundary(fixture, BEGIN);
	thread.thread.born = thread.thread.exited = true;
	thread.thread.state_ns[STATE_ON_CPU] = 3 * S;
	feed(fixture, &thread);
	boundary(fixture, BEGIN + 10 * S);
	row = build(fixture, true)->threads;
	assert_int_equal(row->time.wall_ns, 3 * S);
	assert_true(row->exited);
	assert_int_equal(row->open_ns, 0);
	assert_int_equal(fixture->model.lost_total, 0);
}

/* Created before the watch, first seen after its start: counted from the start of its ledger. */
static void test_seeded_late(void **state)
{
	struct fixture *fixture = *state;
	struct record thread = thread_of(1, BEGIN + 4 * S, BEGIN + 10 * S);

	boundary(fixture, BEGIN);
	thread.thread.state_ns[STATE_SLEEP] = 6 * S;
	feed(fixture, &thread);
	boundary(fixture, BEGIN + 10 * S);
	build(fixture, true);
	assert_int_equal(fixture->model.time.wall_ns, 6 * S);
	assert_int_equal(fixture->model.time.state_ns[STATE_UNOBSERVED], 0);
}

/* Present at the start, gone from later snapshots without a final record. */
static void test_absent_without_a_final_record(void **state)
{
	struct fixture *fixture = *state;
	struct record thread = thread_of(1, BEGIN, BEGIN);

	feed(fixture, &thread);
	boundary(fixture, BEGIN);
	thread.thread.end_ns = BEGIN + 4 * S;
	thread.thread.state_ns[STATE_ON_CPU] = 4 * S;
	feed(fixture, &thread);
	boundary(fixture, BEGIN + 4 * S);
	boundary(fixture, BEGIN + 10 * S);
	build(fixture, true);
	assert_int_equal(fixture->model.time.wall_ns, 10 * S);
	assert_int_equal(fixture->model.time.state_ns[STATE_ON_CPU], 4 * S);
	assert_int_equal(fixture->model.time.state_ns[STATE_UNOBSERVED], 6 * S);
	assert_int_equal(fixture->model.lost[LOSS_READER], 1);
	assert_int_equal(fixture->model.lost_total, 1);
	assert_int_equal(fixture->model.processes[0].threads[0].open_state, STATE_UNOBSERVED);
}

static void test_ended_before_the_window(void **state)
{
	struct fixture *fixture = *state;
	struct record thread = thread_of(1, BEGIN - 5 * S, BEGIN - S);

	thread.thread.exited = true;
	thread.thread.state_ns[STATE_ON_CPU] = 4 * S;
	feed(fixture, &thread);
	boundary(fixture, BEGIN);
	boundary(fixture, BEGIN + S);
	build(fixture, true);
	assert_int_equal(fixture->model.process_count, 0);
}

/* More states than time: never a crash, never a negative rest, and counted. */
static void test_contradiction(void **state)
{
	struct fixture *fixture = *state;
	struct record thread = thread_of(1, BEGIN, BEGIN + S);

	boundary(fixture, BEGIN);
	thread.thread.state_ns[STATE_ON_CPU] = 50 * S;
	feed(fixture, &thread);
	boundary(fixture, BEGIN + S);
	build(fixture, true);
	assert_int_equal(fixture->model.lost[LOSS_READER], 1);
	assert_int_equal(fixture->model.time.state_ns[STATE_UNOBSERVED], 0);
}

/* An intermediate snapshot had too much of one state and too little of another: no time is lost. */
static void test_a_state_that_was_said_too_large(void **state)
{
	struct fixture *fixture = *state;
	const struct process_model *process;
	struct record thread = thread_of(1, BEGIN - S, BEGIN);

	thread.thread.state_ns[STATE_SLEEP] = S;
	feed(fixture, &thread);
	boundary(fixture, BEGIN);
	thread.thread.end_ns = BEGIN + S;
	thread.thread.state_ns[STATE_ON_CPU] = 3000000;
	thread.thread.state_ns[STATE_SLEEP] = 2 * S - 3000000;
	feed(fixture, &thread);
	boundary(fixture, BEGIN + S);
	thread.thread.end_ns = BEGIN + S + 5000000;
	thread.thread.state_ns[STATE_ON_CPU] = 2000000;
	thread.thread.state_ns[STATE_SLEEP] = 2 * S + 3000000;
	feed(fixture, &thread);
	boundary(fixture, BEGIN + S + 5000000);
	process = build(fixture, false);
	assert_int_equal(process->threads[0].time.state_ns[STATE_SLEEP], 5000000);
	assert_int_equal(process->threads[0].time.state_ns[STATE_UNOBSERVED], 0);
	assert_int_equal(fixture->model.lost_total, 0);
	process = build(fixture, true);
	assert_int_equal(process->threads[0].time.state_ns[STATE_ON_CPU], 2000000);
	assert_int_equal(process->threads[0].time.state_ns[STATE_SLEEP], S + 3000000);
}

/* Sums that shrink give 0, not 2^64. */
static void test_sums_that_shrink(void **state)
{
	struct fixture *fixture = *state;
	struct record thread = thread_of(1, BEGIN - S, BEGIN);

	thread.thread.state_ns[STATE_ON_CPU] = S;
	thread.thread.voluntary = 9;
	feed(fixture, &thread);
	boundary(fixture, BEGIN);
	thread.thread.end_ns = BEGIN + S;
	thread.thread.state_ns[STATE_ON_CPU] = 1;
	thread.thread.voluntary = 3;
	feed(fixture, &thread);
	boundary(fixture, BEGIN + S);
	build(fixture, true);
	assert_int_equal(fixture->model.time.state_ns[STATE_ON_CPU], 0);
	assert_int_equal(fixture->model.time.state_ns[STATE_UNOBSERVED], S);
	assert_int_equal(fixture->model.switches.voluntary, 0);
}

static void test_intervals_add_up_to_the_whole(void **state)
{
	struct fixture *fixture = *state;
	struct record thread = thread_of(1, BEGIN, BEGIN);
	uint64_t on_cpu = 0, i;

	feed(fixture, &thread);
	boundary(fixture, BEGIN);
	for (i = 1; i <= 5; i++) {
		thread.thread.end_ns = BEGIN + i * S;
		thread.thread.state_ns[STATE_ON_CPU] += i * 100;
		thread.thread.state_ns[STATE_SLEEP] += S - i * 100;
		feed(fixture, &thread);
		boundary(fixture, BEGIN + i * S);
		build(fixture, false);
		assert_int_equal(fixture->model.start_ns, BEGIN + (i - 1) * S);
		assert_int_equal(fixture->model.time.wall_ns, S);
		assert_int_equal(fixture->model.time.state_ns[STATE_ON_CPU], i * 100);
		on_cpu += fixture->model.time.state_ns[STATE_ON_CPU];
	}
	build(fixture, true);
	assert_int_equal(fixture->model.time.wall_ns, 5 * S);
	assert_int_equal(fixture->model.time.state_ns[STATE_ON_CPU], on_cpu);
}

static void test_ended_threads_are_merged(void **state)
{
	struct fixture *fixture = *state;
	const struct process_model *process;
	struct record thread;
	uint64_t id;

	boundary(fixture, BEGIN);
	for (id = 1; id <= 6; id++) {
		thread = thread_of(id, BEGIN + id, BEGIN + id + S);
		thread.thread.born = true;
		thread.thread.exited = id <= 4; /* 1 to 3 "worker", 4 "other"; 5, 6 live on */
		thread.thread.state_ns[STATE_ON_CPU] = S;
		thread.thread.state_count[STATE_ON_CPU] = 1;
		thread.thread.voluntary = 1;
		if (id == 4)
			memcpy(thread.thread.comm, "other", 6);
		if (id > 4) {
			thread.thread.end_ns = BEGIN + 2 * S;
			thread.thread.state_ns[STATE_ON_CPU] = 2 * S - id;
		}
		feed(fixture, &thread);
	}
	boundary(fixture, BEGIN + 2 * S);
	process = build(fixture, true);
	assert_int_equal(process->thread_count, 4);
	assert_int_equal(process->threads_seen, 6);
	/* by wall: three merged make 3 s */
	assert_int_equal(process->threads[0].count, 3);
	assert_int_equal(process->threads[0].tid, 0);
	assert_int_equal(process->threads[0].time.wall_ns, 3 * S);
	assert_int_equal(process->threads[0].state_count[STATE_ON_CPU], 3);
	assert_int_equal(process->threads[0].switches.voluntary, 3);
	assert_int_equal(process->threads[1].tid, 5);
	assert_int_equal(process->threads[2].tid, 6);
	assert_int_equal(process->threads[3].tid, 4);
	assert_int_equal(process->threads[3].count, 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_no_window),
		TEST(test_thread_throughout),
		TEST(test_gap_is_unobserved),
		TEST(test_born_and_gone_inside),
		TEST(test_seeded_late),
		TEST(test_absent_without_a_final_record),
		TEST(test_ended_before_the_window),
		TEST(test_contradiction),
		TEST(test_a_state_that_was_said_too_large),
		TEST(test_sums_that_shrink),
		TEST(test_intervals_add_up_to_the_whole),
		TEST(test_ended_threads_are_merged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
