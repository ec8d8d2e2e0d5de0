// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of the rows of locks on hand-made records: holders, wakers, addresses, places. */
#include "model/locks_fixture.h"

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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_holders),
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
