/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What test_loops.c and test_loop_stalls.c share. */
#ifndef TEST_LOOPS_FIXTURE_H
#define TEST_LOOPS_FIXTURE_H

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

static inline void feed_thread(struct fixture *fixture, uint64_t id, uint64_t at_ns)
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

static inline int teardown(void **state)
{
	struct fixture *fixture = *state;

	model_free(&fixture->model);
	session_free(fixture->session);
	free(fixture);
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
