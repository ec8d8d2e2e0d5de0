// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of compare and of splitting the timeline in halves, on hand-made models: rates are
 * compared, not sums, by name; and the resulting sentences.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "verdict/compare.h"
#include "verdict/timeline.h"

#define S 1000000000ULL

struct side {
	struct model model;
	struct process_model process;
	struct thread_model threads[2];
	struct verdict verdict;
};

/* A process "app" with two workers, one computing, for that many seconds. */
static void make(struct side *side, uint64_t seconds, double on_cpu, enum verdict_class class)
{
	uint64_t cpu = (uint64_t)(on_cpu * (double)(seconds * S));
	int i;

	memset(side, 0, sizeof(*side));
	side->model.duration_ns = seconds * S;
	side->model.processes = &side->process;
	side->model.process_count = 1;
	side->model.capture.cpus = 2;
	side->model.capture.depth = DEPTH_SYSCALLS;
	side->process.pid = (uint32_t)seconds; /* numbers do not last, names do */
	side->process.rss_bytes = RECORD_UNKNOWN;
	snprintf(side->process.comm, sizeof(side->process.comm), "app");
	side->process.threads = side->threads;
	side->process.thread_count = 2;
	for (i = 0; i < 2; i++) {
		side->threads[i].tid = (uint32_t)(10 * seconds) + (uint32_t)i;
		snprintf(side->threads[i].comm, sizeof(side->threads[i].comm), "worker-%d", i);
		side->threads[i].time.wall_ns = seconds * S;
		side->threads[i].time.state_ns[STATE_SLEEP] = seconds * S;
	}
	side->threads[0].time.state_ns[STATE_ON_CPU] = cpu;
	side->threads[0].time.state_ns[STATE_SLEEP] = seconds * S - cpu;
	side->model.switches.voluntary = seconds * 100;
	side->verdict.class = class;
}

static const struct change *find(const struct comparison *comparison, enum change_kind kind,
				 uint32_t state)
{
	size_t i;

	for (i = 0; i < comparison->count; i++)
		if (comparison->changes[i].kind == kind && comparison->changes[i].state == state)
			return &comparison->changes[i];
	return NULL;
}

static void test_same_rates_are_no_change(void **state)
{
	struct side one, other;
	struct comparison comparison;
	size_t i;

	make(&one, 10, 0.5, VERDICT_CPU_BOUND);
	make(&other, 30, 0.5, VERDICT_CPU_BOUND);
	assert_int_equal(
		compare(&one.model, &one.verdict, &other.model, &other.verdict, &comparison), 0);
	assert_true(comparison.count > 0);
	for (i = 0; i < comparison.count; i++)
		assert_true(fabs(comparison.changes[i].after - comparison.changes[i].before) <
			    1e-9);
	assert_non_null(strstr(comparison.headline, "nothing changed"));
	assert_int_equal(comparison.warning_count, 0);
	comparison_free(&comparison);
}

static void test_largest_comes_first(void **state)
{
	struct side one, other;
	struct comparison comparison;
	const struct change *change;

	make(&one, 10, 0.1, VERDICT_IDLE);
	make(&other, 20, 0.9, VERDICT_CPU_BOUND);
	other.model.switches.voluntary = 100000;
	assert_int_equal(
		compare(&one.model, &one.verdict, &other.model, &other.verdict, &comparison), 0);
	change = find(&comparison, CHANGE_STATE, STATE_ON_CPU);
	assert_non_null(change);
	assert_string_equal(change->name, "app/worker");
	assert_true(fabs(change->before - 0.1) < 1e-9 && fabs(change->after - 0.9) < 1e-9);
	assert_true(comparison.changes[0].kind == CHANGE_STATE);
	assert_true(comparison.changes[comparison.count - 1].kind == CHANGE_SWITCHES);
	/* that it rests less says less than that it computes more */
	assert_non_null(strstr(comparison.headline, "from idle to cpu-bound"));
	assert_non_null(strstr(comparison.headline, "app/worker in on_cpu"));
	comparison_free(&comparison);
}

static void test_other_settings_are_named(void **state)
{
	struct side one, other;
	struct loop_model loop = { .loop_class = LOOP_EVENT_LOOP, .stalled_ns = S };
	struct comparison comparison;

	make(&one, 10, 0.5, VERDICT_CPU_BOUND);
	make(&other, 10, 0.5, VERDICT_CPU_BOUND);
	other.process.loops = &loop;
	other.process.loop_count = 1;
	assert_int_equal(
		compare(&one.model, &one.verdict, &other.model, &other.verdict, &comparison), 0);
	assert_non_null(find(&comparison, CHANGE_STALL, 0));
	comparison_free(&comparison);
	other.model.capture.depth = DEPTH_SCHED;
	other.model.capture.cpus = 4;
	assert_int_equal(
		compare(&one.model, &one.verdict, &other.model, &other.verdict, &comparison), 0);
	assert_int_equal(comparison.warning_count, 2);
	assert_null(find(&comparison, CHANGE_STALL, 0)); /* it would be no change of the program */
	comparison_free(&comparison);
}

static void test_halving_keeps_sums(void **state)
{
	struct verdict_settings settings;
	struct timeline timeline = { 0 };
	struct side side;
	double on_cpu = 0, work = 0;
	size_t i;

	verdict_settings_default(&settings);
	for (i = 0; i < 7; i++) {
		make(&side, 1, i < 4 ? 0.9 : 0.0, VERDICT_IDLE);
		side.model.start_ns = i * S;
		side.model.time = side.threads[0].time;
		assert_int_equal(timeline_add(&timeline, &side.model, &settings), 0);
	}
	/* what changed together with the class is reported with it */
	assert_string_equal(timeline.windows[0].cause.cause.kind, "cpu");
	assert_string_equal(timeline.windows[0].cause.thread, "worker-0/10");
	assert_string_equal(timeline.windows[6].cause.thread, "");
	timeline_halve(&timeline, &settings);
	assert_int_equal(timeline.count, 4);
	for (i = 0; i < 4; i++) {
		on_cpu += timeline.windows[i].signals.on_cpu_s;
		work += timeline.windows[i].signals.window_s;
		assert_int_equal(timeline.windows[i].start_ns, 2 * i * S);
		assert_int_equal(timeline.windows[i].duration_ns, i < 3 ? 2 * S : S);
	}
	assert_true(fabs(on_cpu - 3.6) < 1e-9 && fabs(work - 7) < 1e-9);
	assert_int_equal(timeline.windows[0].class, VERDICT_CPU_BOUND);
	assert_int_equal(timeline.windows[2].class, VERDICT_IDLE);
	assert_true(fabs(timeline.windows[0].signals.cores - 0.9) < 1e-9);
	timeline_free(&timeline);
}

static void test_class_of_most_of_the_time(void **state)
{
	struct timeline_window windows[] = {
		{ .duration_ns = 3, .class = VERDICT_IO_BOUND },
		{ .duration_ns = 5, .class = VERDICT_IDLE },
		{ .duration_ns = 4, .class = VERDICT_IO_BOUND },
	};
	struct timeline timeline = { .windows = windows, .count = 3 };

	assert_int_equal(timeline_mostly(&timeline), VERDICT_IO_BOUND);
	timeline.count = 2;
	assert_int_equal(timeline_mostly(&timeline), VERDICT_IDLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_rates_are_no_change),
		cmocka_unit_test(test_largest_comes_first),
		cmocka_unit_test(test_other_settings_are_named),
		cmocka_unit_test(test_halving_keeps_sums),
		cmocka_unit_test(test_class_of_most_of_the_time),
	};

	return cmocka_run_group_tests_name("compare", tests, NULL, NULL);
}
