/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What test_loops.c and test_loop_stalls.c share. */
#ifndef TEST_LOOPS_FIXTURE_H
#define TEST_LOOPS_FIXTURE_H

#include <errno.h>

#include "fixtures/session.h"
#include "watch/burst_policy.h"

static inline void feed_thread(struct fixture *fixture, uint64_t id, uint64_t at_ns)
{
	struct record record = thread_of(id, BEGIN, at_ns);

	record.thread.state = STATE_POLL_IDLE;
	record.thread.state_ns[STATE_POLL_IDLE] = at_ns - BEGIN;
	feed(fixture, &record);
}

/* An epoll loop with a listener and a timer, as a server has it. */
static inline struct record loop_of(uint64_t id)
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

static inline int setup(void **state)
{
	struct fixture *fixture = session_fixture_open(state, 10 * MS);

	feed_thread(fixture, 1, BEGIN);
	boundary(fixture, BEGIN);
	return 0;
}

/* Closes a window of 10 s; gives the loops of the process. */
static inline const struct process_model *build(struct fixture *fixture)
{
	feed_thread(fixture, 1, BEGIN + 10 * S);
	boundary(fixture, BEGIN + 10 * S);
	model_free(&fixture->model);
	assert_int_equal(model_build(fixture->session, true, &fixture->model), 0);
	return fixture->model.processes;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, session_fixture_teardown)

#endif
