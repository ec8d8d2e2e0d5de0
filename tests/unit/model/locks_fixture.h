/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What test_locks.c and test_lock_rows.c share. */
#ifndef TEST_LOCKS_FIXTURE_H
#define TEST_LOCKS_FIXTURE_H

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

static inline void feed(struct fixture *fixture, const struct record *record)
{
	assert_true(session_feed(fixture->session, record) >= 0);
}

static inline void boundary(struct fixture *fixture, uint64_t at_ns)
{
	struct record record = { .kind = RECORD_BOUNDARY };

	record.boundary.at_ns = at_ns;
	feed(fixture, &record);
}

/* Thread tid of process 10, in one state for the whole window. */
static inline void thread(struct fixture *fixture, uint32_t tid, uint64_t end_ns,
			  enum ledger_state state)
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

static inline int setup(void **state)
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

static inline int teardown(void **state)
{
	struct fixture *fixture = *state;

	model_free(&fixture->model);
	session_free(fixture->session);
	free(fixture);
	return 0;
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

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

#endif
