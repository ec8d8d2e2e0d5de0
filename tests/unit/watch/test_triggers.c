// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of triggers on hand-made windows: which raise one, on both sides of each threshold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "watch/triggers.h"

#define S 1000000000ULL

struct fixture {
	struct triggers triggers;
	struct timeline_window window;
	struct timeline timeline;
	struct verdict_settings settings;
	struct model model;
	struct process_model process;
	struct stall_model stalls[32];
	enum trigger reason;
};

static int setup(void **state)
{
	static struct fixture fixture;

	memset(&fixture, 0, sizeof(fixture));
	verdict_settings_default(&fixture.settings);
	fixture.timeline.windows = &fixture.window;
	fixture.timeline.count = 1;
	fixture.window.duration_ns = 10 * S;
	fixture.model.start_ns = 100 * S;
	fixture.model.duration_ns = 10 * S;
	fixture.model.processes = &fixture.process;
	fixture.model.process_count = 1;
	fixture.process.stalls = fixture.stalls;
	*state = &fixture;
	return 0;
}

static bool look(struct fixture *fixture)
{
	fixture->reason = triggers_window(&fixture->triggers, &fixture->model, &fixture->timeline,
					  &fixture->settings);
	fixture->model.start_ns += fixture->model.duration_ns;
	return fixture->reason != TRIGGER_NONE;
}

static bool window(struct fixture *fixture, enum verdict_class class, bool clear)
{
	fixture->window.class = class;
	fixture->window.clear = clear;
	return look(fixture);
}

static void test_class_that_turns(void **state)
{
	struct fixture *fixture = *state;

	assert_false(window(fixture, VERDICT_IO_BOUND, true));
	assert_false(window(fixture, VERDICT_IO_BOUND, true));
	assert_true(window(fixture, VERDICT_LOCK_BOUND, true));
	assert_int_equal(fixture->reason, TRIGGER_CLASS);
	/* once; then it is what is steady, and the way back is a change too */
	assert_false(window(fixture, VERDICT_LOCK_BOUND, true));
	assert_false(window(fixture, VERDICT_LOCK_BOUND, true));
	assert_true(window(fixture, VERDICT_IO_BOUND, true));
}

static void test_nothing_steady_before(void **state)
{
	struct fixture *fixture = *state;
	int i;

	assert_false(window(fixture, VERDICT_IO_BOUND, true));
	for (i = 0; i < 4; i++)
		assert_false(window(fixture, i % 2 ? VERDICT_IO_BOUND : VERDICT_MIXED, true));
}

static void test_one_window_alone_comes_and_goes(void **state)
{
	struct fixture *fixture = *state;

	window(fixture, VERDICT_IO_BOUND, true);
	window(fixture, VERDICT_IO_BOUND, true);
	assert_true(window(fixture, VERDICT_CPU_BOUND, true));
	assert_false(window(fixture, VERDICT_IO_BOUND, true)); /* as it steadily was */
}

static void test_classes_that_are_not_clear(void **state)
{
	struct fixture *fixture = *state;

	window(fixture, VERDICT_IO_BOUND, true);
	assert_false(window(fixture, VERDICT_MIXED, false));
	assert_false(window(fixture, VERDICT_INSUFFICIENT, false));
	assert_false(window(fixture, VERDICT_IO_BOUND, true));
	assert_false(window(fixture, VERDICT_LOCK_BOUND, false));
	assert_true(window(fixture, VERDICT_LOCK_BOUND, true));
}

/* Windows of 20 ms: a state shorter than a second is no class. */
static void test_short_windows(void **state)
{
	struct fixture *fixture = *state;
	int i, calls = 0;

	fixture->window.duration_ns = S / 50;
	for (i = 0; i < 400; i++)
		calls += window(fixture, i / 40 % 2 ? VERDICT_IO_BOUND : VERDICT_LOCK_BOUND, true);
	assert_int_equal(calls, 0);
	for (i = 0; i < 50; i++)
		calls += window(fixture, VERDICT_IO_BOUND, true);
	assert_int_equal(calls, 0);
	for (i = 0; i < 44; i++)
		calls += window(fixture, VERDICT_LOCK_BOUND, true);
	assert_int_equal(calls, 0);
	assert_true(window(fixture, VERDICT_LOCK_BOUND, true));
	assert_false(window(fixture, VERDICT_LOCK_BOUND, true));
	/* a window of a second may be a little short */
	fixture->window.duration_ns = S - S / 20;
	assert_true(window(fixture, VERDICT_CPU_BOUND, true));
}

static void test_rest_is_no_change(void **state)
{
	struct fixture *fixture = *state;

	window(fixture, VERDICT_IO_BOUND, true);
	window(fixture, VERDICT_IO_BOUND, true);
	assert_false(window(fixture, VERDICT_IDLE, true));
	assert_false(window(fixture, VERDICT_IDLE, true));
	assert_false(window(fixture, VERDICT_CPU_BOUND, true));
	assert_false(window(fixture, VERDICT_CPU_BOUND, true));
	assert_false(window(fixture, VERDICT_IDLE, false)); /* near to rest: nothing is known */
	assert_true(window(fixture, VERDICT_IO_BOUND, true));
}

static void add_stall(struct fixture *fixture, uint64_t begin_ns, uint64_t duration_ns)
{
	struct stall_model *stall = &fixture->stalls[fixture->process.stall_count++];

	stall->tid = 7;
	stall->begin_ns = begin_ns;
	stall->duration_ns = duration_ns;
}

static void test_stalls(void **state)
{
	struct fixture *fixture = *state;

	fixture->timeline.count = 0;
	add_stall(fixture, 103 * S, S - 1);
	assert_false(look(fixture));
	add_stall(fixture, 115 * S, S);
	assert_true(look(fixture));
	assert_int_equal(fixture->reason, TRIGGER_STALL);
	assert_false(look(fixture)); /* it extends into the next window: already reported */
	fixture->settings.threshold[THRESHOLD_LONG_STALL_S] = 3;
	add_stall(fixture, 125 * S, 2 * S);
	assert_false(look(fixture));
	fixture->stalls[2].duration_ns = 3 * S; /* it went on */
	assert_true(look(fixture));
}

static void test_a_stall_through_many_windows(void **state)
{
	struct fixture *fixture = *state;
	int i, calls = 0;

	add_stall(fixture, 109 * S + S / 2, S / 2);
	for (i = 0; i < 5; i++) {
		calls += look(fixture);
		fixture->stalls[0].duration_ns += 10 * S;
	}
	assert_int_equal(calls, 1);
	/* and many that stood together call together */
	for (i = 0; i < 12; i++)
		add_stall(fixture, (uint64_t)(200 + i) * S, 2 * S);
	assert_true(look(fixture));
	assert_false(look(fixture));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_class_that_turns, setup),
		cmocka_unit_test_setup(test_nothing_steady_before, setup),
		cmocka_unit_test_setup(test_one_window_alone_comes_and_goes, setup),
		cmocka_unit_test_setup(test_classes_that_are_not_clear, setup),
		cmocka_unit_test_setup(test_short_windows, setup),
		cmocka_unit_test_setup(test_rest_is_no_change, setup),
		cmocka_unit_test_setup(test_stalls, setup),
		cmocka_unit_test_setup(test_a_stall_through_many_windows, setup),
	};

	return cmocka_run_group_tests_name("triggers", tests, NULL, NULL);
}
