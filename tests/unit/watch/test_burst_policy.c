// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of watch/burst_policy: which windows ask for a burst, with and without hooks of the waits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "watch/burst_policy.h"

#define S 1000000000ULL
#define MS 1000000ULL

struct fixture {
	struct model model;
	struct process_model process;
	struct loop_model loop;
	struct verdict verdict;
};

/* An event loop, idle, whose longest iteration took most_ns. */
static void make(struct fixture *fixture, uint64_t most_ns)
{
	memset(fixture, 0, sizeof(*fixture));
	fixture->model.capture.depth = DEPTH_SCHED;
	fixture->model.capture.stall_ns = 10 * MS;
	fixture->model.duration_ns = S;
	fixture->model.processes = &fixture->process;
	fixture->model.process_count = 1;
	fixture->process.event_sets = RECORD_UNKNOWN;
	fixture->process.loops = &fixture->loop;
	fixture->process.loop_count = 1;
	fixture->loop.loop_class = LOOP_EVENT_LOOP;
	fixture->loop.lag.most_ns = most_ns;
	fixture->verdict.class = VERDICT_IDLE;
}

static bool wanted(const struct fixture *fixture)
{
	return burst_wanted(&fixture->model, &fixture->verdict);
}

/* Of switches alone a long interval may hide returns; where each is seen it does not. */
static void test_long_interval(void **state)
{
	struct fixture fixture;

	(void)state;
	make(&fixture, 9 * MS);
	assert_false(wanted(&fixture));
	make(&fixture, 10 * MS);
	assert_true(wanted(&fixture));
	fixture.model.capture.sees_loops = true;
	assert_false(wanted(&fixture));
}

/* It may serve what is ready or leave it: the calls between its waits tell. */
static void test_never_rests(void **state)
{
	struct fixture fixture;

	(void)state;
	make(&fixture, MS);
	fixture.model.capture.sees_loops = true;
	assert_false(wanted(&fixture));
	fixture.loop.never_rests = true;
	assert_true(wanted(&fixture));
	fixture.loop.loop_class = LOOP_READY;
	assert_false(wanted(&fixture));
}

/* Calls show where locks and stalls are. */
static void test_classes(void **state)
{
	struct fixture fixture;
	int class;

	(void)state;
	for (class = 0; class < NR_VERDICTS; class ++) {
		make(&fixture, MS);
		fixture.model.capture.sees_loops = true;
		fixture.verdict.class = (enum verdict_class) class;
		assert_int_equal(wanted(&fixture),
				 class == VERDICT_LOOP_BLOCKED || class == VERDICT_LOCK_BOUND);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_long_interval),
		cmocka_unit_test(test_never_rests),
		cmocka_unit_test(test_classes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
