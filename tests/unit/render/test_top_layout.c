// SPDX-License-Identifier: GPL-2.0-or-later
/* The live screen's bars, sparklines, orders and sizes, and what it keeps of the past. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "render/top/history.h"
#include "render/top/layout.h"
#include "render/top/rows.h"

#define MS 1000000ULL

static void test_bar_sums_to_its_width(void **state)
{
	uint64_t ns[NR_STATES] = { 0 };
	uint32_t cells[10];
	size_t i, cpu = 0, rest = 0;

	(void)state;
	ns[STATE_ON_CPU] = 333;
	ns[STATE_SLEEP] = 667;
	top_bar(ns, 1000, 10, cells);
	for (i = 0; i < 10; i++) {
		cpu += cells[i] == STATE_ON_CPU;
		rest += cells[i] == STATE_SLEEP;
	}
	assert_int_equal(cpu, 3);
	assert_int_equal(rest, 7);
	assert_int_equal(cells[0], STATE_ON_CPU);
	/* a row that lived for no time has an empty bar */
	top_bar(ns, 0, 10, cells);
	assert_int_equal(cells[0], NR_STATES);
}

static void test_strip_shows_work_only(void **state)
{
	uint64_t ns[NR_STATES] = { 0 };

	(void)state;
	assert_int_equal(top_mostly(ns), NR_STATES);
	ns[STATE_SLEEP] = 1000;
	assert_int_equal(top_mostly(ns), NR_STATES);
	ns[STATE_DISK] = 1;
	assert_int_equal(top_mostly(ns), STATE_DISK);
	assert_int_equal(top_state_letter(STATE_DISK), 'D');
	assert_int_equal(top_state_letter(NR_STATES), '.');
	assert_int_equal(top_state_letter(12345), '?');
}

static void test_spark_heights(void **state)
{
	(void)state;
	assert_int_equal(top_spark(0), 0);
	assert_int_equal(top_spark(RECORD_UNKNOWN), 0);
	assert_int_equal(top_spark(MS), 3);
	assert_int_equal(top_spark(10 * MS), 5);
	assert_int_equal(top_spark(UINT64_MAX - 1), TOP_SPARK_HEIGHTS - 1);
}

static void test_what_hangs_comes_first(void **state)
{
	struct top_row list[3] = { { .name = "idle", .class = VERDICT_IDLE, .work_s = 9 },
				   { .name = "busy", .class = VERDICT_CPU_BOUND, .work_s = 1 },
				   { .name = "stuck", .class = VERDICT_HUNG } };
	const struct top_rows rows = { .list = list, .count = 3 };
	const struct top_row *found[3];

	(void)state;
	assert_int_equal(top_select(&rows, TOP_SORT_HURTS, "", found), 3);
	assert_string_equal(found[0]->name, "stuck");
	assert_string_equal(found[1]->name, "busy");
	assert_string_equal(found[2]->name, "idle");
	assert_int_equal(top_select(&rows, TOP_SORT_NAME, "", found), 3);
	assert_string_equal(found[0]->name, "busy");
	/* by name or class, whatever the case */
	assert_int_equal(top_select(&rows, TOP_SORT_HURTS, "CPU-B", found), 1);
	assert_string_equal(found[0]->name, "busy");
}

static void test_lines_are_divided(void **state)
{
	const size_t rows[NR_TOP_PARTS] = { 3, 1000, 2, 0, 9 };
	size_t lines[NR_TOP_PARTS], room, i, sum;

	(void)state;
	for (room = 0; room < 200; room++) {
		top_divide(room, rows, lines);
		for (sum = i = 0; i < NR_TOP_PARTS; i++) {
			sum += lines[i];
			assert_true(lines[i] <= rows[i] + 1);
			assert_int_not_equal(lines[i], 1); /* a title without a row */
		}
		assert_true(sum <= room);
		assert_int_equal(lines[TOP_LOCK_PART], 0);
	}
	/* threads have the most */
	assert_true(lines[TOP_THREADS] > 150);
}

static struct top_frame *frame_new(uint64_t number)
{
	struct top_frame *frame = calloc(1, sizeof(*frame));

	assert_non_null(frame);
	frame->number = number;
	return frame;
}

static void test_history_is_bounded_and_held(void **state)
{
	struct top_history history = { 0 };
	uint64_t number;

	(void)state;
	for (number = 1; number <= 10; number++)
		top_history_add(&history, frame_new(number));
	assert_int_equal(history.shown->number, 10);
	assert_int_equal(top_history_step(&history, -4), 0);
	assert_int_equal(history.shown->number, 6);
	assert_int_equal(top_history_step(&history, -9), -4);
	assert_int_equal(history.shown->number, 1);
	/* the shown one stays while others push it out */
	for (; number <= 10 + TOP_HISTORY; number++)
		top_history_add(&history, frame_new(number));
	assert_int_equal(history.shown->number, 1);
	assert_int_equal(top_history_length(&history), TOP_HISTORY);
	assert_int_equal(top_history_step(&history, 1), 0);
	assert_int_equal(history.shown->number, 11);
	top_history_hold(&history, false);
	assert_int_equal(history.shown->number, 10 + TOP_HISTORY);
	assert_int_equal(top_history_step(&history, 2), 2);
	top_history_free(&history);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bar_sums_to_its_width),
		cmocka_unit_test(test_strip_shows_work_only),
		cmocka_unit_test(test_spark_heights),
		cmocka_unit_test(test_what_hangs_comes_first),
		cmocka_unit_test(test_lines_are_divided),
		cmocka_unit_test(test_history_is_bounded_and_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
