/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What test_model.c and test_model_rows.c share. */
#ifndef TEST_MODEL_FIXTURE_H
#define TEST_MODEL_FIXTURE_H

#include <errno.h>

#include "fixtures/session.h"

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

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, session_fixture_setup, session_fixture_teardown)

#endif
