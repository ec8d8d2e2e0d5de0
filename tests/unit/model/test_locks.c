// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of model/locks on hand-made rows of futex waits: what counts as contention, and that the
 * ledgers still sum to their wall time.
 */
#include "model/locks_fixture.h"

static void test_semaphore_as_lock(void **state)
{
	const struct process_model *process;
	struct fixture *fixture = *state;

	two_waiters(fixture, LOCK_SEMAPHORE, 10);
	process = build(fixture, BEGIN + 10 * S);
	assert_int_equal(process->lock_count, 1);
	assert_int_equal(process->locks[0].kind, LOCK_SEMAPHORE);
	assert_true(process->locks[0].contention && process->locks[0].inferred);
	assert_int_equal(process->locks[0].waiters, 2);
	assert_int_equal(process->locks[0].waits, 20);
	assert_int_equal(process->locks[0].wait_ns, 8 * S);
	assert_int_equal(process->locks[0].histogram[20], 20);
	assert_int_equal(process->time.state_ns[STATE_LOCK], 8 * S);
	assert_int_equal(process->time.state_ns[STATE_CONDITION], 12 * S);
	assert_int_equal(fixture->model.time.state_ns[STATE_LOCK], 8 * S);
}

/* A thread that waits for work never hands it on. */
static void test_queue_is_no_lock(void **state)
{
	const struct process_model *process;
	struct fixture *fixture = *state;

	two_waiters(fixture, LOCK_SEMAPHORE, 0);
	process = build(fixture, BEGIN + 10 * S);
	assert_false(process->locks[0].contention);
	assert_int_equal(process->time.state_ns[STATE_LOCK], 0);
}

/* Workers that post a queue's semaphore at once: it is free while they wait for work. */
static void test_passed_on_is_no_lock(void **state)
{
	two_waiters_held(*state, LOCK_SEMAPHORE, 10, S / 2 - 1);
	assert_false(build(*state, BEGIN + 10 * S)->locks[0].contention);
}

static void test_held_long_enough_is_a_lock(void **state)
{
	two_waiters_held(*state, LOCK_SEMAPHORE, 10, S / 2);
	assert_true(build(*state, BEGIN + 10 * S)->locks[0].contention);
}

/* CPython's SimpleQueue: a producer that never waits wakes one of two, which wakes the other without work. */
static void test_handed_work_is_no_lock(void **state)
{
	two_waiters(*state, LOCK_SEMAPHORE, 10);
	holder(*state, row_of(3, LOCK_SEMAPHORE, 20, 4 * S), 6 * S);
	assert_false(build(*state, BEGIN + 10 * S)->locks[0].contention);
}

/* An owner that never waits: those that it wakes wake each other more often. */
static void test_long_owner_is_a_lock(void **state)
{
	two_waiters(*state, LOCK_SEMAPHORE, 10);
	holder(*state, row_of(3, LOCK_SEMAPHORE, 10, 4 * S), 2 * S);
	assert_true(build(*state, BEGIN + 10 * S)->locks[0].contention);
}

static void test_unknown_word_as_lock(void **state)
{
	const struct process_model *process;

	two_waiters(*state, LOCK_UNKNOWN, 6);
	process = build(*state, BEGIN + 10 * S);
	assert_int_equal(process->locks[0].kind, LOCK_MUTEX);
	assert_true(process->locks[0].inferred);
}

static void test_unknown_stays_unknown(void **state)
{
	const struct process_model *process;

	two_waiters(*state, LOCK_UNKNOWN, 4);
	process = build(*state, BEGIN + 10 * S);
	assert_int_equal(process->locks[0].kind, LOCK_UNKNOWN);
	assert_false(process->locks[0].contention);
	assert_int_equal(process->time.state_ns[STATE_CONDITION], 20 * S);
}

/* A condition variable is one, whichever thread signals it. */
static void test_condition_never(void **state)
{
	const struct process_model *process;

	two_waiters(*state, LOCK_CONDITION, 10);
	process = build(*state, BEGIN + 10 * S);
	assert_false(process->locks[0].contention);
	assert_int_equal(process->time.state_ns[STATE_LOCK], 0);
}

static void test_timeouts_are_no_lock(void **state)
{
	struct record_lock one = row_of(1, LOCK_UNKNOWN, 100, 4 * S), other = one;
	const struct process_model *process;
	struct fixture *fixture = *state;

	thread(fixture, 1, BEGIN + 10 * S, STATE_CONDITION);
	thread(fixture, 2, BEGIN + 10 * S, STATE_CONDITION);
	other.tid = 2;
	one.released = one.handed = other.released = other.handed = 40;
	lock(fixture, one);
	lock(fixture, other);
	process = build(fixture, BEGIN + 10 * S);
	assert_false(process->locks[0].contention);
}

/* A mutex whose owner could not be read once is still one mutex, with all its waits. */
static void test_kinds_of_one_word(void **state)
{
	struct record_lock seldom = row_of(1, LOCK_UNKNOWN, 2, S);
	const struct process_model *process;
	struct fixture *fixture = *state;

	thread(fixture, 1, BEGIN + 10 * S, STATE_CONDITION);
	lock(fixture, row_of(1, LOCK_MUTEX, 30, 5 * S));
	lock(fixture, seldom);
	process = build(fixture, BEGIN + 10 * S);
	assert_int_equal(process->lock_count, 1);
	assert_int_equal(process->locks[0].kind, LOCK_MUTEX);
	assert_int_equal(process->locks[0].waits, 32);
	assert_int_equal(process->locks[0].waiters, 1);
	assert_false(process->locks[0].inferred);
	/* what the kernel side called lock is not moved again */
	assert_int_equal(process->time.state_ns[STATE_LOCK], S);
}

/* The kernel counts waits with a shared key apart from private ones: those of a thread add up. */
static void test_shared_and_private_waits_add_up(void **state)
{
	struct fixture *fixture = *state;
	struct record_lock shared = row_of(1, LOCK_MUTEX, 1, S);
	const struct process_model *process;

	shared.shared = true;
	thread(fixture, 1, BEGIN + 10 * S, STATE_LOCK);
	lock(fixture, row_of(1, LOCK_MUTEX, 200, 5 * S));
	lock(fixture, shared);
	process = build(fixture, BEGIN + 10 * S);
	assert_int_equal(process->lock_count, 1);
	assert_int_equal(process->locks[0].waits, 201);
	assert_int_equal(process->locks[0].wait_ns, 6 * S);
	assert_int_equal(process->locks[0].waiters, 1);
}

static void test_gil_and_handover(void **state)
{
	const struct process_model *process;
	struct fixture *fixture = *state;

	thread(fixture, 1, BEGIN + 10 * S, STATE_GIL);
	lock(fixture, row_of(1, LOCK_GIL, 3, 5 * S));
	lock(fixture, row_of(1, LOCK_GIL_HANDOVER, 40, S));
	process = build(fixture, BEGIN + 10 * S);
	assert_int_equal(process->lock_count, 1);
	assert_int_equal(process->locks[0].kind, LOCK_GIL);
	assert_int_equal(process->locks[0].waits, 3);
	assert_int_equal(process->locks[0].wait_ns, 5 * S);
	assert_int_equal(process->locks[0].handovers, 40);
	assert_int_equal(process->locks[0].handover_ns, S);
}

/* A thread that waits for a mutex from before the window to after it. */
static void test_wait_that_never_ends(void **state)
{
	struct record_lock open = row_of(1, LOCK_MUTEX, 1, 10 * S);
	const struct process_model *process;
	struct fixture *fixture = *state;

	thread(fixture, 1, BEGIN + 10 * S, STATE_LOCK);
	open.open = true;
	open.holder = 2;
	lock(fixture, open);
	process = build(fixture, BEGIN + 10 * S);
	assert_int_equal(process->lock_count, 1);
	assert_int_equal(process->locks[0].wait_ns, 10 * S);
	assert_int_equal(process->locks[0].holders[0].tid, 2);
}

/*
 * A wait that began before the window counts with the part inside it: first in progress, then
 * ended.
 */
static void test_wait_from_before(void **state)
{
	struct record_lock open = row_of(1, LOCK_MUTEX, 1, 8 * S), ended;
	struct fixture *fixture = *state;
	const struct lock_model *row;

	open.open = true;
	open.holder = 2;
	thread(fixture, 1, BEGIN + 8 * S, STATE_LOCK);
	lock(fixture, open);
	boundary(fixture, BEGIN + 8 * S);
	thread(fixture, 1, BEGIN + 9 * S, STATE_LOCK);
	open.ns = 9 * S;
	lock(fixture, open);
	boundary(fixture, BEGIN + 9 * S);
	assert_int_equal(model_build(fixture->session, false, &fixture->model), 0);
	row = fixture->model.processes[0].locks;
	assert_int_equal(row->wait_ns, S);
	assert_int_equal(row->holders[0].ns, S);
	model_free(&fixture->model);
	thread(fixture, 1, BEGIN + 10 * S, STATE_LOCK);
	ended = row_of(1, LOCK_MUTEX, 1, 9 * S + S / 4);
	lock(fixture, ended);
	boundary(fixture, BEGIN + 10 * S);
	assert_int_equal(model_build(fixture->session, false, &fixture->model), 0);
	assert_int_equal(fixture->model.processes[0].locks[0].wait_ns, S / 4);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_semaphore_as_lock),	   TEST(test_queue_is_no_lock),
		TEST(test_passed_on_is_no_lock),   TEST(test_held_long_enough_is_a_lock),
		TEST(test_handed_work_is_no_lock), TEST(test_long_owner_is_a_lock),
		TEST(test_unknown_word_as_lock),   TEST(test_unknown_stays_unknown),
		TEST(test_condition_never),	   TEST(test_timeouts_are_no_lock),
		TEST(test_kinds_of_one_word),	   TEST(test_shared_and_private_waits_add_up),
		TEST(test_gil_and_handover),	   TEST(test_wait_that_never_ends),
		TEST(test_wait_from_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
