// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of model/loops on hand-made records of event waits: which threads are event loops, how long
 * they were blocked in a window, and which stalls are shown.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/build.h"
#include "session/session.h"
#include "watch/burst_policy.h"

#define S 1000000000ULL
#define MS 1000000ULL
#define BEGIN (100 * S)

struct fixture {
	struct session *session;
	struct model model;
};

static void feed(struct fixture *fixture, const struct record *record)
{
	assert_true(session_feed(fixture->session, record) >= 0);
}

static void boundary(struct fixture *fixture, uint64_t at_ns)
{
	struct record record = { .kind = RECORD_BOUNDARY };

	record.boundary.at_ns = at_ns;
	feed(fixture, &record);
}

static void feed_thread(struct fixture *fixture, uint64_t id, uint64_t at_ns)
{
	struct record record = { .kind = RECORD_THREAD };

	record.thread.id = id;
	record.thread.pid = 10;
	record.thread.tid = (uint32_t)id;
	record.thread.process_start_ns = 5;
	record.thread.start_ns = BEGIN;
	record.thread.end_ns = at_ns;
	record.thread.state = STATE_POLL_IDLE;
	record.thread.state_ns[STATE_POLL_IDLE] = at_ns - BEGIN;
	feed(fixture, &record);
}

/* A thread that is in one state for so long of 10 s, and in another for the rest. */
static void feed_spent(struct fixture *fixture, uint64_t id, enum ledger_state one, uint64_t ns,
		       enum ledger_state other)
{
	struct record record = { .kind = RECORD_THREAD };

	record.thread.id = id;
	record.thread.pid = 10;
	record.thread.tid = (uint32_t)id;
	record.thread.process_start_ns = 5;
	record.thread.start_ns = BEGIN;
	record.thread.end_ns = BEGIN + 10 * S;
	record.thread.state = STATE_ON_CPU;
	record.thread.state_ns[one] += ns;
	record.thread.state_ns[other] += 10 * S - ns;
	feed(fixture, &record);
}

/* A thread that computes from then on. */
static void feed_away(struct fixture *fixture, uint64_t id, uint64_t from_ns, uint64_t at_ns)
{
	struct record record = { .kind = RECORD_THREAD };

	record.thread.id = id;
	record.thread.pid = 10;
	record.thread.tid = (uint32_t)id;
	record.thread.process_start_ns = 5;
	record.thread.start_ns = from_ns;
	record.thread.end_ns = at_ns;
	record.thread.state = STATE_ON_CPU;
	record.thread.state_ns[STATE_ON_CPU] = at_ns - from_ns;
	feed(fixture, &record);
}

/* An epoll loop with a listener and a timer, as a server has it. */
static struct record loop_of(uint64_t id)
{
	struct record record = { .kind = RECORD_LOOP };

	record.loop.thread_id = id;
	record.loop.pid = 10;
	record.loop.tid = (uint32_t)id;
	record.loop.process_start_ns = 5;
	record.loop.kind = LOOP_KIND_EPOLL;
	record.loop.descriptor = 7;
	record.loop.members = 3;
	record.loop.sockets = 2;
	record.loop.room = 512;
	record.loop.waits = record.loop.iterations = 100;
	record.loop.slept = 90;
	return record;
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

static int setup(void **state)
{
	struct record record = { .kind = RECORD_CAPTURE };
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	fixture->session = session_new();
	record.capture.cpus = 2;
	record.capture.stall_ns = 10 * MS;
	feed(fixture, &record);
	feed_thread(fixture, 1, BEGIN);
	boundary(fixture, BEGIN);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	model_free(&fixture->model);
	session_free(fixture->session);
	free(fixture);
	return 0;
}

/* Closes a window of 10 s; gives the loops of the process. */
static const struct process_model *build(struct fixture *fixture)
{
	feed_thread(fixture, 1, BEGIN + 10 * S);
	boundary(fixture, BEGIN + 10 * S);
	model_free(&fixture->model);
	assert_int_equal(model_build(fixture->session, true, &fixture->model), 0);
	return fixture->model.processes;
}

static enum loop_class loop_class_of(struct fixture *fixture, const struct record *loop)
{
	const struct process_model *process;

	feed(fixture, loop);
	process = build(fixture);
	assert_int_equal(process->loop_count, 1);
	return process->loops[0].loop_class;
}

static void test_server(void **state)
{
	struct record loop = loop_of(1);

	assert_int_equal(loop_class_of(*state, &loop), LOOP_EVENT_LOOP);
}

static void test_seldom(void **state)
{
	struct record loop = loop_of(1);

	loop.loop.waits = 2;
	assert_int_equal(loop_class_of(*state, &loop), LOOP_TOO_FEW);
}

static void test_spinning(void **state)
{
	struct record loop = loop_of(1);

	loop.loop.slept = 0;
	assert_int_equal(loop_class_of(*state, &loop), LOOP_SPINS);
}

/* A loop that finds an event at every poll could never block: nine in ten, and one in progress. */
static void test_overloaded(void **state)
{
	struct record loop = loop_of(1);

	loop.loop.slept = 0;
	loop.loop.delivered = 88;
	assert_int_equal(loop_class_of(*state, &loop), LOOP_SPINS);
	loop.loop.delivered = 89;
	assert_int_equal(loop_class_of(*state, &loop), LOOP_EVENT_LOOP);
}

/* Ready callbacks: asyncio looks without waiting, finds next to nothing, and works for long. */
static void test_works_between_its_looks(void **state)
{
	struct record loop = loop_of(1);

	loop.loop.slept = 0;
	loop.loop.busy_ns = 100 * MS;
	assert_int_equal(loop_class_of(*state, &loop), LOOP_SPINS);
	loop.loop.busy_ns++;
	assert_int_equal(loop_class_of(*state, &loop), LOOP_EVENT_LOOP);
}

/* A look that slept by chance, one in a hundred, makes a spinner no loop. */
static void test_spins_nearly_always(void **state)
{
	struct record loop = loop_of(1);

	loop.loop.slept = loop.loop.patient = 1;
	assert_int_equal(loop_class_of(*state, &loop), LOOP_SPINS);
	loop.loop.slept = loop.loop.patient = 2;
	assert_int_equal(loop_class_of(*state, &loop), LOOP_EVENT_LOOP);
}

/* It means to wait, is handed something each time, and calls nothing but the next look. */
static void test_always_ready(void **state)
{
	struct record loop = loop_of(1);

	loop.loop.slept = 0;
	loop.loop.patient = loop.loop.delivered = 100;
	loop.loop.unserved = 89;
	loop.loop.busy_ns = 100 * 20000;
	assert_int_equal(loop_class_of(*state, &loop), LOOP_READY);
	loop.loop.unserved = 88;
	assert_int_equal(loop_class_of(*state, &loop), LOOP_EVENT_LOOP);
	loop.loop.unserved = 99;
	loop.loop.busy_ns++; /* it has the time for something else */
	assert_int_equal(loop_class_of(*state, &loop), LOOP_EVENT_LOOP);
	/* only of some waits the calls before them are known */
	loop.loop.busy_ns = 0;
	loop.loop.unlinked = 90;
	loop.loop.unserved = 8;
	assert_int_equal(loop_class_of(*state, &loop), LOOP_READY);
	loop.loop.unserved = 7;
	assert_int_equal(loop_class_of(*state, &loop), LOOP_EVENT_LOOP);
	loop.loop.unlinked = 98;
	loop.loop.unserved = 2; /* two may be coincidence */
	assert_int_equal(loop_class_of(*state, &loop), LOOP_EVENT_LOOP);
}

/* asyncio without a connection: its own wake-up, and timers. */
static void test_timers_alone(void **state)
{
	struct record loop = loop_of(1);

	loop.loop.members = loop.loop.sockets = loop.loop.room = 1;
	loop.loop.timed = 50;
	assert_int_equal(loop_class_of(*state, &loop), LOOP_EVENT_LOOP);
}

/* The same, always with something to do: no timeout but 0, and an iteration that works. */
static void test_never_rests(void **state)
{
	struct record loop = loop_of(1);

	loop.loop.members = loop.loop.sockets = loop.loop.room = 1;
	loop.loop.patient = loop.loop.slept = 0;
	loop.loop.busy_ns = loop.loop.iterations * 30000000;
	assert_int_equal(loop_class_of(*state, &loop), LOOP_EVENT_LOOP);
}

/* Two timers, of which it takes one at a time. */
static void test_two_timers(void **state)
{
	struct record loop = loop_of(1);

	loop.loop.room = 1;
	loop.loop.members = loop.loop.sockets = 2;
	assert_int_equal(loop_class_of(*state, &loop), LOOP_EVENT_LOOP);
}

static void test_one_descriptor(void **state)
{
	struct record loop = loop_of(1);

	loop.loop.members = loop.loop.sockets = 1;
	assert_int_equal(loop_class_of(*state, &loop), LOOP_ONE);
}

/* PostgreSQL: a client, a latch, the postmaster; one event at a time. */
static void test_backend(void **state)
{
	struct record loop = loop_of(1);

	loop.loop.room = loop.loop.sockets = 1;
	loop.loop.timed = 10;
	assert_int_equal(loop_class_of(*state, &loop), LOOP_ONE);
}

static void test_shared_set(void **state)
{
	struct fixture *fixture = *state;
	struct record loop = loop_of(1), other = loop_of(2);
	const struct process_model *process;

	feed_thread(fixture, 2, BEGIN + S);
	feed(fixture, &loop);
	other.loop.waits = 10; /* one in ten */
	feed(fixture, &other);
	process = build(fixture);
	assert_int_equal(process->loops[0].loop_class, LOOP_SHARED);
	assert_int_equal(process->loops[1].loop_class, LOOP_SHARED);
}

/* Calls hold both threads of a set for the window, or one of them is free for most of it. */
static void test_shared_set_that_is_held(void **state)
{
	struct fixture *fixture = *state;
	struct record loop = loop_of(2), other = loop_of(3);
	struct stall_check {
		uint64_t held_ns;
		enum loop_class loop_class;
	} checks[] = { { 10 * S, LOOP_EVENT_LOOP },
		       { 5 * S, LOOP_EVENT_LOOP },
		       { 499 * MS, LOOP_SHARED } };
	const struct process_model *process;
	size_t i;

	loop.loop.stalls = other.loop.stalls = 10;
	loop.loop.stalled_ns = other.loop.stalled_ns = 10 * S;
	for (i = 0; i < sizeof(checks) / sizeof(*checks); i++) {
		teardown(state);
		setup(state);
		fixture = *state;
		feed(fixture, &loop);
		feed(fixture, &other);
		/* both sleep all the time, but that one of them waits at the set for the rest */
		feed_spent(fixture, 2, STATE_SLEEP, 10 * S, STATE_POLL_IDLE);
		feed_spent(fixture, 3, STATE_SLEEP, checks[i].held_ns, STATE_POLL_IDLE);
		process = build(fixture);
		assert_int_equal(process->loop_count, 2);
		assert_int_equal(process->loops[0].loop_class, checks[i].loop_class);
		assert_int_equal(process->loops[1].loop_class, checks[i].loop_class);
		if (checks[i].loop_class == LOOP_EVENT_LOOP)
			assert_int_equal(process->loops[0].stalled_ns, checks[i].held_ns);
	}
	/* threads that compute are not held by a call, and parked ones are free */
	teardown(state);
	setup(state);
	fixture = *state;
	feed(fixture, &loop);
	feed(fixture, &other);
	feed_spent(fixture, 2, STATE_ON_CPU, 10 * S, STATE_POLL_IDLE);
	feed_spent(fixture, 3, STATE_CONDITION, 10 * S, STATE_POLL_IDLE);
	assert_int_equal(build(fixture)->loops[0].loop_class, LOOP_SHARED);
}

/* One that waits there now takes the next event, however few it has had. */
static void test_shared_with_one_that_waits(void **state)
{
	struct fixture *fixture = *state;
	struct record loop = loop_of(1), other = loop_of(2);
	const struct process_model *process;

	feed_thread(fixture, 2, BEGIN + S);
	feed(fixture, &loop);
	other.loop.waits = 1;
	other.loop.waiting = true;
	feed(fixture, &other);
	process = build(fixture);
	assert_int_equal(process->loop_count, 2);
	assert_true(process->loops[0].loop_class == LOOP_SHARED ||
		    process->loops[1].loop_class == LOOP_SHARED);
}

/* Another process's set of the same number, and another set, are no partners. */
static void test_not_shared(void **state)
{
	struct fixture *fixture = *state;
	struct record loop = loop_of(1), other = loop_of(2);

	feed_thread(fixture, 2, BEGIN + S);
	feed(fixture, &loop);
	other.loop.descriptor++;
	feed(fixture, &other);
	assert_int_equal(build(fixture)->loops[0].loop_class, LOOP_EVENT_LOOP);
}

static void test_ring(void **state)
{
	struct record loop = loop_of(1);

	loop.loop.kind = LOOP_KIND_RING;
	loop.loop.uneven = 20;
	assert_int_equal(loop_class_of(*state, &loop), LOOP_EVENT_LOOP);
}

/* It submits, and waits for exactly that. */
static void test_ring_of_one(void **state)
{
	struct record loop = loop_of(1);

	loop.loop.kind = LOOP_KIND_RING;
	loop.loop.uneven = 19;
	assert_int_equal(loop_class_of(*state, &loop), LOOP_ONE);
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_server),
		TEST(test_seldom),
		TEST(test_spinning),
		TEST(test_overloaded),
		TEST(test_timers_alone),
		TEST(test_works_between_its_looks),
		TEST(test_spins_nearly_always),
		TEST(test_always_ready),
		TEST(test_open_in_a_burst),
		TEST(test_never_rests),
		TEST(test_two_timers),
		TEST(test_one_descriptor),
		TEST(test_backend),
		TEST(test_shared_set),
		TEST(test_shared_set_that_is_held),
		TEST(test_ring),
		TEST(test_shared_with_one_that_waits),
		TEST(test_not_shared),
		TEST(test_ring_of_one),
		TEST(test_open_stall),
		TEST(test_loop_that_did_not_return),
		TEST(test_lags),
		TEST(test_lag_of_a_window),
		TEST(test_many_stalls),
		TEST(test_contradictions),
		TEST(test_cause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
