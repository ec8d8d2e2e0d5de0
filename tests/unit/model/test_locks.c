// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of model/locks on hand-made rows of futex waits: what counts as contention, and that the
 * ledgers still sum to their wall time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/build.h"

#define S 1000000000ULL
#define BEGIN (100 * S)
#define WORD 0x7f0000001000ULL

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

/* Thread tid of process 10, in one state for the whole window. */
static void thread(struct fixture *fixture, uint32_t tid, uint64_t end_ns, enum ledger_state state)
{
	struct record record = { .kind = RECORD_THREAD };

	record.thread.id = tid;
	record.thread.pid = 10;
	record.thread.tid = tid;
	record.thread.process_start_ns = 5;
	record.thread.start_ns = BEGIN;
	record.thread.end_ns = record.thread.entered_ns = end_ns;
	record.thread.state = state;
	record.thread.state_ns[state] = end_ns - BEGIN;
	memcpy(record.thread.comm, "worker", 7);
	feed(fixture, &record);
}

static struct record_lock row_of(uint32_t tid, enum lock_kind kind, uint64_t count, uint64_t ns)
{
	struct record_lock row = { 0 };

	row.pid = 10;
	row.process_start_ns = 5;
	row.address = WORD;
	row.tid = tid;
	row.kind = kind;
	row.count = row.released = count;
	row.ns = ns;
	row.max_ns = count ? ns / count : ns;
	row.histogram[20] = (uint32_t)count;
	return row;
}

static void lock(struct fixture *fixture, struct record_lock row)
{
	struct record record = { .kind = RECORD_LOCK, .lock = row };

	feed(fixture, &record);
}

static const struct process_model *build(struct fixture *fixture, uint64_t end_ns)
{
	const struct process_model *process;
	uint64_t sum = 0;
	size_t i, s;

	boundary(fixture, end_ns);
	assert_int_equal(model_build(fixture->session, true, &fixture->model), 0);
	assert_int_equal(fixture->model.process_count, 1);
	process = fixture->model.processes;
	for (i = 0; i < process->thread_count; i++) {
		sum = 0;
		for (s = 0; s < NR_STATES; s++)
			sum += process->threads[i].time.state_ns[s];
		assert_int_equal(sum, process->threads[i].time.wall_ns);
	}
	return process;
}

static int setup(void **state)
{
	struct record record = { .kind = RECORD_CAPTURE };
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	fixture->session = session_new();
	assert_non_null(fixture->session);
	record.capture.cpus = 2;
	feed(fixture, &record);
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

/* What this thread's holding made others wait. */
static void holder(struct fixture *fixture, struct record_lock row, uint64_t ns)
{
	row.role = ROLE_HOLDER;
	row.released = row.handed = 0;
	row.ns = ns;
	lock(fixture, row);
}

static void two_waiters_held(struct fixture *fixture, enum lock_kind kind, uint64_t handed,
			     uint64_t held_ns)
{
	struct record_lock one = row_of(1, kind, 10, 4 * S), other = row_of(2, kind, 10, 4 * S);

	thread(fixture, 1, BEGIN + 10 * S, STATE_CONDITION);
	thread(fixture, 2, BEGIN + 10 * S, STATE_CONDITION);
	one.handed = other.handed = handed;
	lock(fixture, one);
	lock(fixture, other);
	holder(fixture, one, held_ns);
	holder(fixture, other, held_ns);
}

static void two_waiters(struct fixture *fixture, enum lock_kind kind, uint64_t handed)
{
	two_waiters_held(fixture, kind, handed, 3 * S);
}

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

static void test_holders(void **state)
{
	const struct process_model *process;
	struct fixture *fixture = *state;
	struct record_lock row;
	uint32_t i;

	thread(fixture, 1, BEGIN + 10 * S, STATE_LOCK);
	lock(fixture, row_of(1, LOCK_MUTEX, 30, 9 * S));
	for (i = 0; i < 20; i++) {
		row = row_of(100 + i, LOCK_MUTEX, 1, (i + 1) * S / 100);
		row.role = ROLE_HOLDER;
		lock(fixture, row);
	}
	process = build(fixture, BEGIN + 10 * S);
	assert_int_equal(process->locks[0].waiters, 1);
	assert_int_equal(process->locks[0].holder_count, MODEL_MAX_HOLDERS);
	assert_int_equal(process->locks[0].holders[0].tid, 119);
	assert_int_equal(process->locks[0].holders[1].tid, 118);
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

static void test_too_many_locks(void **state)
{
	const struct process_model *process;
	struct fixture *fixture = *state;
	struct record_lock row;
	uint32_t i;

	thread(fixture, 1, BEGIN + 10 * S, STATE_LOCK);
	for (i = 1; i <= MODEL_MAX_LOCKS + 50; i++) {
		row = row_of(1, LOCK_MUTEX, 1, i);
		row.address = WORD + i * 64;
		lock(fixture, row);
	}
	process = build(fixture, BEGIN + 10 * S);
	assert_int_equal(process->lock_count, MODEL_MAX_LOCKS);
	assert_int_equal(process->locks_dropped, 50);
	/* the least go */
	assert_int_equal(process->locks[0].wait_ns, MODEL_MAX_LOCKS + 50);
	assert_int_equal(process->locks[MODEL_MAX_LOCKS - 1].wait_ns, 51);
}

/* A holder that is no thread of the process: no lock, unless another process may hold the word. */
static void test_holder_elsewhere(void **state)
{
	struct fixture *fixture = *state;
	struct record_lock row = row_of(1, LOCK_MUTEX, 10, 5 * S);
	const struct process_model *process;

	lock(fixture, row);
	row.address += 64;
	row.shared = true;
	lock(fixture, row);
	row.role = ROLE_NUMBERED;
	row.tid = 0;
	lock(fixture, row);
	row.address -= 64;
	row.shared = false;
	lock(fixture, row);
	thread(fixture, 1, BEGIN + 20 * S, STATE_LOCK);
	process = build(fixture, BEGIN + 20 * S);
	assert_int_equal(process->lock_count, 2);
	assert_int_equal(process->locks[0].kind + process->locks[1].kind,
			 LOCK_MUTEX + LOCK_UNKNOWN);
	assert_true(process->locks[process->locks[0].kind != LOCK_MUTEX].address == WORD + 64);
}

static void test_hostile_rows(void **state)
{
	struct fixture *fixture = *state;
	struct record record = { .kind = RECORD_LOCK, .lock = row_of(1, LOCK_MUTEX, 1, 1) };

	record.lock.kind = NR_LOCK_KINDS;
	assert_true(session_feed(fixture->session, &record) < 0);
	record.lock.kind = LOCK_MUTEX;
	record.lock.role = ROLE_NUMBERED + 1;
	assert_true(session_feed(fixture->session, &record) < 0);
	/* more contention than the thread waited at all */
	two_waiters(fixture, LOCK_SEMAPHORE, 10);
	record.lock = row_of(1, LOCK_UNKNOWN, 10, UINT64_MAX / 2);
	record.lock.handed = 10;
	feed(fixture, &record);
	build(fixture, BEGIN + 10 * S);
}

static void test_wakers(void **state)
{
	struct record record = { .kind = RECORD_WAKER };
	const struct process_model *process;
	struct fixture *fixture = *state;
	uint32_t i;

	thread(fixture, 1, BEGIN + 10 * S, STATE_CONDITION);
	for (i = 1; i <= 12; i++) {
		record.waker.thread_id = 1;
		record.waker.pid = 10;
		record.waker.tid = i;
		record.waker.state = STATE_IPC;
		record.waker.count = i;
		record.waker.ns = i * S / 100;
		feed(fixture, &record);
	}
	record.waker.thread_id = 99; /* of no thread that is known */
	feed(fixture, &record);
	process = build(fixture, BEGIN + 10 * S);
	assert_int_equal(process->threads[0].waker_count, MODEL_MAX_WAKERS);
	assert_int_equal(process->threads[0].wakers[0].tid, 12);
	assert_int_equal(process->threads[0].wakers[0].count, 12);
	assert_int_equal(process->threads[0].wakers[1].tid, 11);
	record.waker.state = NR_STATES;
	assert_true(session_feed(fixture->session, &record) < 0);
}

static void place(struct fixture *fixture, uint64_t address, uint64_t inode, const char *symbol)
{
	struct record record = { .kind = RECORD_LOCK_PLACE };

	record.lock_place.pid = 10;
	record.lock_place.process_start_ns = 5;
	record.lock_place.address = address;
	record.lock_place.device = 1;
	record.lock_place.inode = inode;
	record.lock_place.offset = 64;
	strcpy(record.lock_place.symbol, symbol);
	strcpy(record.lock_place.where, "take at a.c:1 (a)");
	feed(fixture, &record);
}

static int frame(struct fixture *fixture, uint32_t number, const char *text)
{
	struct record record = { .kind = RECORD_LOCK_FRAME };

	record.lock_frame.pid = 10;
	record.lock_frame.process_start_ns = 5;
	record.lock_frame.address = WORD;
	record.lock_frame.number = number;
	memset(record.lock_frame.text, 'x', sizeof(record.lock_frame.text));
	strcpy(record.lock_frame.text, text);
	return session_feed(fixture->session, &record);
}

/* Two addresses of one word: one lock, whose waiters and their behaviour are judged together. */
static void test_one_lock_at_two_addresses(void **state)
{
	struct record_lock other = row_of(2, LOCK_UNKNOWN, 10, 4 * S);
	struct record_lock one = row_of(1, LOCK_UNKNOWN, 10, 4 * S);
	const struct process_model *process;
	struct fixture *fixture = *state;

	thread(fixture, 1, BEGIN + 10 * S, STATE_CONDITION);
	thread(fixture, 2, BEGIN + 10 * S, STATE_CONDITION);
	one.handed = other.handed = 10;
	other.address += 0x10000;
	lock(fixture, one);
	lock(fixture, other);
	holder(fixture, one, 3 * S);
	holder(fixture, other, 3 * S);
	place(fixture, WORD, 7, "");
	place(fixture, WORD + 0x10000, 7, "");
	process = build(fixture, BEGIN + 10 * S);
	assert_int_equal(process->lock_count, 1);
	assert_int_equal(process->locks[0].waiters, 2);
	assert_int_equal(process->locks[0].waits, 20);
	assert_true(process->locks[0].shared);
	assert_true(process->locks[0].contention);
	assert_int_equal(process->time.state_ns[STATE_LOCK], 8 * S);
}

/* The same without the identity of the memory: two words with a waiter each, neither a lock. */
static void test_two_words_are_two(void **state)
{
	struct record_lock other = row_of(2, LOCK_UNKNOWN, 10, 4 * S);
	const struct process_model *process;
	struct fixture *fixture = *state;

	thread(fixture, 1, BEGIN + 10 * S, STATE_CONDITION);
	thread(fixture, 2, BEGIN + 10 * S, STATE_CONDITION);
	other.handed = 10;
	other.address += 0x10000;
	lock(fixture, row_of(1, LOCK_UNKNOWN, 10, 4 * S));
	lock(fixture, other);
	place(fixture, WORD, 0, "");
	process = build(fixture, BEGIN + 10 * S);
	assert_int_equal(process->lock_count, 2);
	assert_int_equal(process->time.state_ns[STATE_LOCK], 0);
}

static void test_place_and_stack(void **state)
{
	const struct process_model *process;
	struct fixture *fixture = *state;

	thread(fixture, 1, BEGIN + 10 * S, STATE_LOCK);
	lock(fixture, row_of(1, LOCK_MUTEX, 10, 4 * S));
	assert_int_equal(frame(fixture, 0, "of a lock without a place"), 0);
	place(fixture, WORD, 0, "queue_lock");
	assert_int_equal(frame(fixture, 0, "old"), 0);
	assert_int_equal(frame(fixture, 1, "older"), 0);
	assert_int_equal(frame(fixture, 0, "wait"), 0);
	assert_int_equal(frame(fixture, 2, "one is missing"), 0);
	assert_int_equal(frame(fixture, 1, "main"), 0);
	assert_true(frame(fixture, RECORD_MAX_FRAMES, "too many") < 0);
	process = build(fixture, BEGIN + 10 * S);
	assert_string_equal(process->locks[0].symbol, "queue_lock");
	assert_string_equal(process->locks[0].where, "take at a.c:1 (a)");
	assert_int_equal(process->locks[0].frame_count, 2);
	assert_string_equal(process->locks[0].frames[0], "wait");
	assert_string_equal(process->locks[0].frames[1], "main");
	assert_false(process->locks[0].shared);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_semaphore_as_lock),
		TEST(test_queue_is_no_lock),
		TEST(test_passed_on_is_no_lock),
		TEST(test_held_long_enough_is_a_lock),
		TEST(test_handed_work_is_no_lock),
		TEST(test_long_owner_is_a_lock),
		TEST(test_unknown_word_as_lock),
		TEST(test_unknown_stays_unknown),
		TEST(test_condition_never),
		TEST(test_timeouts_are_no_lock),
		TEST(test_kinds_of_one_word),
		TEST(test_shared_and_private_waits_add_up),
		TEST(test_gil_and_handover),
		TEST(test_holders),
		TEST(test_wait_that_never_ends),
		TEST(test_wait_from_before),
		TEST(test_too_many_locks),
		TEST(test_holder_elsewhere),
		TEST(test_hostile_rows),
		TEST(test_wakers),
		TEST(test_one_lock_at_two_addresses),
		TEST(test_two_words_are_two),
		TEST(test_place_and_stack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
