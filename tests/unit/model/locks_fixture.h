/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What test_locks.c and test_lock_rows.c share. */
#ifndef TEST_LOCKS_FIXTURE_H
#define TEST_LOCKS_FIXTURE_H

#include "fixtures/session.h"

#define WORD 0x7f0000001000ULL

/* Thread tid of process 10, in one state for the whole window. */
static inline void thread(struct fixture *fixture, uint32_t tid, uint64_t end_ns,
			  enum ledger_state state)
{
	struct record record = thread_of(tid, BEGIN, end_ns);

	record.thread.state = state;
	record.thread.state_ns[state] = end_ns - BEGIN;
	feed(fixture, &record);
}

static inline struct record_lock row_of(uint32_t tid, enum lock_kind kind, uint64_t count,
					uint64_t ns)
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

static inline void lock(struct fixture *fixture, struct record_lock row)
{
	struct record record = { .kind = RECORD_LOCK, .lock = row };

	feed(fixture, &record);
}

static inline const struct process_model *build(struct fixture *fixture, uint64_t end_ns)
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

/* What this thread's holding made others wait. */
static inline void holder(struct fixture *fixture, struct record_lock row, uint64_t ns)
{
	row.role = ROLE_HOLDER;
	row.released = row.handed = 0;
	row.ns = ns;
	lock(fixture, row);
}

static inline void two_waiters_held(struct fixture *fixture, enum lock_kind kind, uint64_t handed,
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

static inline void two_waiters(struct fixture *fixture, enum lock_kind kind, uint64_t handed)
{
	two_waiters_held(fixture, kind, handed, 3 * S);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, session_fixture_setup_begun, session_fixture_teardown)

#endif
