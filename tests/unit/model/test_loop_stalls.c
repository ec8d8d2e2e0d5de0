// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of model/loops on hand-made records: stalls in progress, lengths of iterations, causes. */
#include "model/loops_fixture.h"

/* A thread that computes from then on. */
static void feed_away(struct fixture *fixture, uint64_t id, uint64_t from_ns, uint64_t at_ns)
{
	struct record record = thread_of(id, from_ns, at_ns);

	record.thread.state = STATE_ON_CPU;
	record.thread.state_ns[STATE_ON_CPU] = at_ns - from_ns;
	feed(fixture, &record);
}

static struct record stall_of(uint64_t id, uint64_t begin_ns, uint64_t ns)
{
	struct record record = { .kind = RECORD_STALL };

	record.stall.thread_id = id;
	record.stall.tid = (uint32_t)id;
	record.stall.begin_ns = begin_ns;
	record.stall.end_ns = begin_ns + ns;
	record.stall.parts_ns[STATE_NETWORK] = ns;
	record.stall.block_ns = ns;
	record.stall.block.state = STATE_NETWORK;
	memcpy(record.stall.block.call_name, "recvfrom", 9);
	return record;
}

static void test_open_stall(void **state)
{
	struct fixture *fixture = *state;
	struct record loop = loop_of(1), stall = stall_of(1, BEGIN + 7 * S, 3 * S);
	const struct process_model *process;

	loop.loop.stalls = 2;
	loop.loop.stalled_ns = S;
	loop.loop.open_ns = BEGIN + 7 * S;
	stall.stall.open = true;
	feed(fixture, &loop);
	feed(fixture, &stall);
	process = build(fixture);
	assert_int_equal(process->loops[0].stalls, 3);
	assert_int_equal(process->loops[0].stalled_ns, 4 * S);
	assert_int_equal(longest_ns(&process->loops[0].lag), 3 * S);
	assert_int_equal(process->stall_count, 1);
	assert_true(process->stalls[0].open);
	assert_int_equal(process->stalls[0].cause, STALL_BLOCKING_CALL);
	/* it ends later, and is recorded again: still one; the second window has only its part */
	loop.loop.open_ns = 0;
	loop.loop.stalls = 3;
	loop.loop.stalled_ns = 6 * S;
	feed(fixture, &loop);
	stall = stall_of(1, BEGIN + 7 * S, 5 * S);
	feed(fixture, &stall);
	feed_thread(fixture, 1, BEGIN + 20 * S);
	boundary(fixture, BEGIN + 20 * S);
	model_free(&fixture->model);
	assert_int_equal(model_build(fixture->session, false, &fixture->model), 0);
	assert_int_equal(fixture->model.processes->stall_count, 1);
	assert_false(fixture->model.processes->stalls[0].open);
	assert_int_equal(fixture->model.processes->stalls[0].duration_ns, 5 * S);
	assert_int_equal(fixture->model.processes->loops[0].stalled_ns, 2 * S);
}

/* A burst of 200 ms saw that it did not come back: that much is known of a stretch of any length. */
static void test_open_in_a_burst(void **state)
{
	struct fixture *fixture = *state;
	struct record loop = loop_of(1);
	const struct process_model *process;

	loop.loop.burst_open_ns = 200 * MS;
	feed(fixture, &loop);
	process = build(fixture);
	assert_int_equal(process->loops[0].burst_stalls, 1);
	assert_int_equal(process->loops[0].stalls, 1);
	assert_int_equal(process->loops[0].burst_stalled_ns, 200 * MS);
	assert_int_equal(process->loops[0].stalled_ns, 200 * MS);
	/* it ends: the same in the sums, and not once more */
	loop.loop.burst_open_ns = 0;
	loop.loop.stalls = loop.loop.burst_stalls = 1;
	loop.loop.stalled_ns = loop.loop.burst_stalled_ns = 200 * MS;
	feed(fixture, &loop);
	feed_thread(fixture, 1, BEGIN + 20 * S);
	boundary(fixture, BEGIN + 20 * S);
	model_free(&fixture->model);
	assert_int_equal(model_build(fixture->session, false, &fixture->model), 0);
	assert_int_equal(fixture->model.processes->loops[0].burst_stalls, 0);
	assert_int_equal(fixture->model.processes->loops[0].burst_stalled_ns, 0);
	/* less than a stall is none */
	loop.loop.burst_open_ns = 10 * MS - 1;
	feed(fixture, &loop);
	feed_thread(fixture, 1, BEGIN + 30 * S);
	boundary(fixture, BEGIN + 30 * S);
	model_free(&fixture->model);
	assert_int_equal(model_build(fixture->session, false, &fixture->model), 0);
	assert_int_equal(fixture->model.processes->loops[0].burst_stalls, 0);
}

/* Input waits at a set to which its only thread has not returned: it has been away all the time. */
static void test_loop_that_did_not_return(void **state)
{
	struct fixture *fixture = *state;
	struct record record = { .kind = RECORD_PROCESS };
	const struct process_model *process;

	record.process.start_ns = 5;
	record.process.pid = 10;
	record.process.event_sets = 1;
	record.process.pending = 1;
	feed(fixture, &record);
	process = build(fixture); /* the thread of the fixture waits at a set: it is not that one */
	assert_int_equal(process->loop_count, 0);
	feed_away(fixture, 2, BEGIN + 10 * S, BEGIN + 20 * S);
	feed_thread(fixture, 1, BEGIN + 20 * S);
	boundary(fixture, BEGIN + 20 * S);
	model_free(&fixture->model);
	assert_int_equal(model_build(fixture->session, false, &fixture->model), 0);
	process = fixture->model.processes;
	assert_int_equal(process->loop_count, 1);
	assert_int_equal(process->loops[0].tid, 2);
	assert_int_equal(process->loops[0].loop_class, LOOP_EVENT_LOOP);
	assert_int_equal(process->loops[0].stalled_ns, 10 * S);
	assert_int_equal(process->stall_count, 1);
	assert_true(process->stalls[0].open);
	assert_int_equal(process->stalls[0].cause, STALL_CPU);
	assert_int_equal(process->stalls[0].duration_ns, 10 * S);
	/* two of them: either may be the loop */
	feed_away(fixture, 2, BEGIN + 10 * S, BEGIN + 30 * S);
	feed_away(fixture, 3, BEGIN + 20 * S, BEGIN + 30 * S);
	feed_thread(fixture, 1, BEGIN + 30 * S);
	boundary(fixture, BEGIN + 30 * S);
	model_free(&fixture->model);
	assert_int_equal(model_build(fixture->session, false, &fixture->model), 0);
	assert_int_equal(fixture->model.processes->loop_count, 0);
}

static void test_lags(void **state)
{
	struct fixture *fixture = *state;
	struct record loop = loop_of(1), lag = { .kind = RECORD_LAG };
	const struct process_model *process;

	loop.loop.max_ns = 40 * MS;
	lag.lag.thread_id = 1;
	lag.lag.count[0] = 98; /* below 1.28 us */
	lag.lag.count[(25 - RECORD_LAG_FIRST) * RECORD_LAG_PARTS] = 2; /* from 33.6 ms */
	feed(fixture, &loop);
	feed(fixture, &lag);
	process = build(fixture);
	assert_int_equal(process->loops[0].lag_p50_ns, 1280);
	assert_int_equal(process->loops[0].lag_p99_ns, 40 * MS);
	assert_int_equal(longest_ns(&process->loops[0].lag), 40 * MS);
}

/* A stretch of 3 s in the first window; in the second none reached 2.56 us: that is not looked at. */
static void test_lag_of_a_window(void **state)
{
	struct verdict verdict = { .class = VERDICT_MIXED };
	struct fixture *fixture = *state;
	struct record loop = loop_of(1), lag = { .kind = RECORD_LAG };
	const struct process_model *process;

	loop.loop.max_ns = 3 * S;
	loop.loop.busy_ns = 4 * S;
	lag.lag.thread_id = 1;
	lag.lag.count[1] = 99;
	lag.lag.count[(31 - RECORD_LAG_FIRST) * RECORD_LAG_PARTS] = 1;
	feed(fixture, &loop);
	feed(fixture, &lag);
	assert_int_equal(longest_ns(&build(fixture)->loops[0].lag), 3 * S);
	assert_true(burst_wanted(&fixture->model, &verdict));
	loop.loop.iterations += 50;
	loop.loop.busy_ns += 50 * 1000;
	lag.lag.count[1] += 50;
	feed(fixture, &loop);
	feed(fixture, &lag);
	feed_thread(fixture, 1, BEGIN + 20 * S);
	boundary(fixture, BEGIN + 20 * S);
	model_free(&fixture->model);
	assert_int_equal(model_build(fixture->session, false, &fixture->model), 0);
	process = fixture->model.processes;
	assert_int_equal(longest_ns(&process->loops[0].lag), RECORD_UNKNOWN);
	assert_int_equal(process->loops[0].lag.most_ns, model_lag_end_ns(1));
	assert_false(burst_wanted(&fixture->model, &verdict));
}

/* The longest are shown, the sums hold all. */
static void test_many_stalls(void **state)
{
	struct fixture *fixture = *state;
	struct record loop = loop_of(1), stall, frame = { .kind = RECORD_STALL_FRAME };
	const struct process_model *process;
	uint64_t i;

	loop.loop.stalls = 5000;
	loop.loop.stalled_ns = 5 * S;
	feed(fixture, &loop);
	for (i = 0; i < 3000; i++) {
		stall = stall_of(1, BEGIN + i * MS, 10 * MS + i);
		feed(fixture, &stall);
		frame.stall_frame.thread_id = 1;
		frame.stall_frame.begin_ns = BEGIN + i * MS;
		feed(fixture, &frame);
	}
	process = build(fixture);
	assert_int_equal(process->stall_count, MODEL_MAX_STALLS);
	assert_int_equal(process->stalls[0].duration_ns, 10 * MS + 2999);
	assert_int_equal(process->stalls[0].frame_count, 1);
	assert_int_equal(process->stalls_left_out, 5000 - MODEL_MAX_STALLS);
}

static void test_cause(void **state)
{
	struct record_stall stall = { .end_ns = 100 };

	stall.parts_ns[STATE_ON_CPU] = 40;
	stall.parts_ns[STATE_CONDITION] = 50;
	stall.parts_ns[STATE_RUNNABLE_PREEMPTED] = 10;
	assert_int_equal(record_stall_cause(&stall), STALL_LOCK);
	stall.timed_ns = 45; /* not woken by a thread: it slept */
	assert_int_equal(record_stall_cause(&stall), STALL_BLOCKING_CALL);
	stall.parts_ns[STATE_ON_CPU] = 46;
	assert_int_equal(record_stall_cause(&stall), STALL_CPU);
	stall.timed_ns = UINT64_MAX; /* no more than there is */
	stall.parts_ns[STATE_ON_CPU] = 49;
	assert_int_equal(record_stall_cause(&stall), STALL_BLOCKING_CALL);
}

static void test_contradictions(void **state)
{
	struct fixture *fixture = *state;
	struct record loop = loop_of(1), stall = stall_of(1, BEGIN, S);
	struct record frame = { .kind = RECORD_STALL_FRAME };

	/* of a stall that made room for longer ones */
	assert_int_equal(session_feed(fixture->session, &frame), 0);
	frame.stall_frame.number = RECORD_MAX_FRAMES;
	assert_int_equal(session_feed(fixture->session, &frame), -EINVAL);
	loop.loop.kind = 9;
	assert_int_equal(session_feed(fixture->session, &loop), -EINVAL);
	stall.stall.block.state = NR_STATES;
	assert_int_equal(session_feed(fixture->session, &stall), -EINVAL);
	stall = stall_of(1, BEGIN, S);
	stall.stall.end_ns = BEGIN - 1;
	assert_int_equal(session_feed(fixture->session, &stall), -EINVAL);
	stall = stall_of(1, BEGIN, S);
	feed(fixture, &stall);
	frame.stall_frame.thread_id = 1;
	frame.stall_frame.begin_ns = BEGIN;
	frame.stall_frame.number = 1; /* the first is 0: a recording may have lost it */
	assert_int_equal(session_feed(fixture->session, &frame), 0);
	assert_int_equal(fixture->session->stalls[0].frame_count, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_open_in_a_burst),	     TEST(test_open_stall),
		TEST(test_loop_that_did_not_return), TEST(test_lags),
		TEST(test_lag_of_a_window),	     TEST(test_many_stalls),
		TEST(test_contradictions),	     TEST(test_cause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
