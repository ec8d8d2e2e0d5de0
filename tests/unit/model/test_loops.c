// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of model/loops on hand-made records of event waits: which threads are event loops, how long
 * they were blocked in a window, and which stalls are shown.
 */
#include "model/loops_fixture.h"

/* A thread that is in one state for so long of 10 s, and in another for the rest. */
static void feed_spent(struct fixture *fixture, uint64_t id, enum ledger_state one, uint64_t ns,
		       enum ledger_state other)
{
	struct record record = thread_of(id, BEGIN, BEGIN + 10 * S);

	record.thread.state = STATE_ON_CPU;
	record.thread.state_ns[one] += ns;
	record.thread.state_ns[other] += 10 * S - ns;
	feed(fixture, &record);
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
		session_fixture_teardown(state);
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
	session_fixture_teardown(state);
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

/* The same of one that waited there for most of the window, and serves an event at its end. */
static void test_shared_with_one_that_waited(void **state)
{
	struct fixture *fixture = *state;
	struct record loop = loop_of(1), other = loop_of(2);
	const struct process_model *process;

	feed_thread(fixture, 2, BEGIN + 10 * S);
	feed(fixture, &loop);
	other.loop.waits = 1;
	feed(fixture, &other);
	process = build(fixture);
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
		TEST(test_never_rests),
		TEST(test_two_timers),
		TEST(test_one_descriptor),
		TEST(test_backend),
		TEST(test_shared_set),
		TEST(test_shared_set_that_is_held),
		TEST(test_ring),
		TEST(test_shared_with_one_that_waits),
		TEST(test_shared_with_one_that_waited),
		TEST(test_not_shared),
		TEST(test_ring_of_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
