/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What test_model.c and test_model_rows.c share. */
#ifndef TEST_MODEL_FIXTURE_H
#define TEST_MODEL_FIXTURE_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/build.h"

#define S 1000000000ULL

#define BEGIN (100 * S) /* the window's begin in these tests */

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

/* A thread of process 10 whose ledger began at start_ns. */
static inline struct record thread_of(uint64_t id, uint64_t start_ns, uint64_t end_ns)
{
	struct record record = { .kind = RECORD_THREAD };

	record.thread.id = id;
	record.thread.pid = 10;
	record.thread.tid = (uint32_t)id;
	record.thread.process_start_ns = 5;
	record.thread.start_ns = start_ns;
	record.thread.end_ns = end_ns;
	record.thread.entered_ns = end_ns;
	record.thread.state = STATE_SLEEP;
	memcpy(record.thread.comm, "worker", 7);
	return record;
}

/* The invariant of model.h, at every level. */
static inline void assert_ledger(const struct ledger *ledger)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < NR_STATES; i++)
		sum += ledger->state_ns[i];
	assert_int_equal(sum, ledger->wall_ns);
}

static inline const struct process_model *build(struct fixture *fixture, bool whole)
{
	uint64_t wall = 0;
	size_t i, j;

	model_free(&fixture->model);
	assert_int_equal(model_build(fixture->session, whole, &fixture->model), 0);
	assert_ledger(&fixture->model.time);
	for (i = 0; i < fixture->model.process_count; i++) {
		const struct process_model *process = &fixture->model.processes[i];
		uint64_t inner = 0;

		assert_ledger(&process->time);
		for (j = 0; j < process->thread_count; j++) {
			assert_ledger(&process->threads[j].time);
			inner += process->threads[j].time.wall_ns;
		}
		assert_int_equal(inner, process->time.wall_ns);
		wall += inner;
	}
	assert_int_equal(wall + fixture->model.hidden_ns, fixture->model.time.wall_ns);
	return fixture->model.processes;
}

static inline int setup(void **state)
{
	struct record record = { .kind = RECORD_CAPTURE };
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	fixture->session = session_new();
	record.capture.cpus = 2;
	feed(fixture, &record);
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
