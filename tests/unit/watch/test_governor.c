// SPDX-License-Identifier: GPL-2.0-or-later
/* The governor against a load of known cost: it keeps the budget, soon, and gives back what it can. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "watch/governor.h"

#define BUDGET 0.01
#define WINDOW_NS 10000000000ULL

#define OWN 0.0005 /* of boundby's own process: time is not given up for it */

/* What a second of hooks costs: each detail a part of the whole, and all of it for the time watched. */
static double hooks_of(const struct governor *governor, double load)
{
	static const double details[] = { 1.0, 0.97, 0.93, 0.88, 0.85, 0.85 };

	return load * details[governor->level] * governor->on_parts / GOVERNOR_PARTS;
}

/* Seconds until the cost is within the budget for good, over five minutes. */
static double seconds_to_keep(struct governor *governor, double load)
{
	double second = 0, last_above = 0;

	while (second < 300) {
		double hooks = hooks_of(governor, load);

		second += (double)governor_period_ns(governor) / 1e9;
		if (hooks > governor->budget)
			last_above = second;
		governor_step(governor, hooks, OWN);
	}
	return last_above;
}

static void test_keeps_budget(void **state)
{
	static const double loads[] = { 0.011, 0.014, 0.02, 0.04, 0.08 };
	struct governor governor;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(loads) / sizeof(loads[0]); i++) {
		governor_init(&governor, BUDGET, WINDOW_NS);
		assert_in_range((int)seconds_to_keep(&governor, loads[i]), 1, 10);
		assert_true(governor.level > GOVERNOR_ALL);
	}
}

static void test_leaves_cheap_alone(void **state)
{
	struct governor governor;

	(void)state;
	governor_init(&governor, BUDGET, WINDOW_NS);
	assert_int_equal((int)seconds_to_keep(&governor, 0.009), 0);
	assert_int_equal(governor.level, GOVERNOR_ALL);
	assert_int_equal(governor.on_parts, GOVERNOR_PARTS);
}

/* Detail goes before time, in its order, and each only when the one before was not enough. */
static void test_order(void **state)
{
	struct governor governor;

	(void)state;
	governor_init(&governor, BUDGET, WINDOW_NS);
	assert_false(governor_step(&governor, BUDGET, 0));
	assert_true(governor_step(&governor, BUDGET * 1.01, 0));
	assert_int_equal(governor.level, GOVERNOR_FEWER_PLACES);
	governor_step(&governor, BUDGET * 1.01, 0);
	assert_true(governor_step(&governor, BUDGET * 1.01, 0));
	assert_int_equal(governor.level, GOVERNOR_NO_STACKS);
	assert_false(governor_step(&governor, BUDGET * 1.01, 0)); /* it still settles */
	assert_true(governor_step(&governor, BUDGET * 1.01, 0));
	assert_int_equal(governor.level, GOVERNOR_NO_WAKERS);
	governor_step(&governor, BUDGET * 1.01, 0);
	assert_true(governor_step(&governor, BUDGET * 1.01, 0));
	assert_int_equal(governor.level, GOVERNOR_NO_HISTOGRAMS);
	governor_step(&governor, BUDGET * 1.01, 0);
	assert_true(governor_step(&governor, BUDGET * 1.01, 0));
	assert_int_equal(governor.level, GOVERNOR_SAMPLED);
	assert_in_range(governor.on_parts, 8, GOVERNOR_PARTS - 1);
}

static void test_gives_back(void **state)
{
	struct governor governor;

	(void)state;
	governor_init(&governor, BUDGET, WINDOW_NS);
	seconds_to_keep(&governor, 0.08);
	assert_int_equal(governor.level, GOVERNOR_SAMPLED);
	seconds_to_keep(&governor, 0.001);
	assert_int_equal(governor.on_parts, GOVERNOR_PARTS);
	assert_int_equal(governor.level, GOVERNOR_ALL);
}

/* A load that does not change ends in one state, or in two that take turns seldom. */
static void test_does_not_swing(void **state)
{
	struct governor governor;
	int changes, step;
	double load;

	(void)state;
	for (load = 0.001; load < 0.2; load *= 1.07) {
		governor_init(&governor, BUDGET, WINDOW_NS);
		seconds_to_keep(&governor, load);
		for (changes = step = 0; step < 600; step++)
			changes += governor_step(&governor, hooks_of(&governor, load), OWN);
		assert_in_range(changes, 0, 10);
	}
}

static void test_unknown_cost(void **state)
{
	struct governor governor;
	int i;

	(void)state;
	governor_init(&governor, BUDGET, WINDOW_NS);
	for (i = 0; i < 100; i++)
		assert_false(governor_step(&governor, NAN, OWN));
}

/*
 * What its own process costs is not saved by watching less: stacks are, which it reads, and no
 * more, as long as the hooks alone are within the budget.
 */
static void test_own_cost(void **state)
{
	struct governor governor;
	int i;

	(void)state;
	governor_init(&governor, BUDGET, WINDOW_NS);
	for (i = 0; i < 100; i++)
		governor_step(&governor, BUDGET * 0.99, 15 * BUDGET);
	assert_int_equal(governor.level, GOVERNOR_NO_STACKS);
	assert_int_equal(governor.on_parts, GOVERNOR_PARTS);
	/* above it, so much of the time goes as the hooks are above it, whatever the own cost */
	for (i = 0; i < 100; i++)
		governor_step(&governor, hooks_of(&governor, 2 * BUDGET), 15 * BUDGET);
	assert_int_equal(governor.level, GOVERNOR_SAMPLED);
	assert_in_range(governor.on_parts, 7, 9);
}

/* It is asked again when the answer changes. */
static void test_turn(void **state)
{
	struct governor governor;
	uint64_t at, next;
	int i;

	(void)state;
	governor_init(&governor, BUDGET, WINDOW_NS);
	assert_true(governor_turn_ns(&governor, 12345) == UINT64_MAX);
	governor.on_parts = 5;
	for (at = 12345, i = 0; i < 20; i++, at = next) {
		next = governor_turn_ns(&governor, at);
		assert_true(next > at);
		assert_true(governor_watches(&governor, next - 1) ==
			    governor_watches(&governor, at));
		assert_true(governor_watches(&governor, next) != governor_watches(&governor, at));
	}
}

/* However dear it is, something is watched; and each cycle has as many parts as are on. */
static void test_cycle(void **state)
{
	struct governor governor;
	unsigned int part, on;

	(void)state;
	governor_init(&governor, BUDGET, WINDOW_NS);
	seconds_to_keep(&governor, 5);
	assert_int_equal(governor.on_parts, 1);
	governor.on_parts = 5;
	for (part = on = 0; part < 10 * GOVERNOR_PARTS; part++)
		on += governor_watches(&governor, part * governor.part_ns);
	assert_int_equal(on, 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keeps_budget),   cmocka_unit_test(test_leaves_cheap_alone),
		cmocka_unit_test(test_order),	       cmocka_unit_test(test_gives_back),
		cmocka_unit_test(test_does_not_swing), cmocka_unit_test(test_unknown_cost),
		cmocka_unit_test(test_own_cost),       cmocka_unit_test(test_turn),
		cmocka_unit_test(test_cycle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
