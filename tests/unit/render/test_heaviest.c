// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of the choice of rows: which weights are selected, also among equal ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "render/heaviest.h"

#define COUNT 5

static void hold(const double *weights, size_t most, double least, const char *want)
{
	bool marks[COUNT] = { true, true, true, true, true };
	size_t i;

	assert_int_equal(heaviest_mark(weights, COUNT, most, least, marks), 0);
	for (i = 0; i < COUNT; i++)
		assert_int_equal(marks[i], want[i] == 'x');
}

static void test_marks(void **state)
{
	static const double weights[COUNT] = { 1, 5, 3, 4, 0 };

	(void)state;
	hold(weights, 5, 0, "xxxxx");
	hold(weights, 100, 0, "xxxxx");
	hold(weights, 2, 0, ".x.x.");
	hold(weights, 0, 0, ".....");
	hold(weights, 5, 3, ".xxx."); /* the least is enough */
	hold(weights, 1, 3, ".x...");
	hold(weights, 5, 6, ".....");
}

static void test_first_of_equals(void **state)
{
	static const double weights[COUNT] = { 2, 2, 7, 2, 2 };

	(void)state;
	hold(weights, 3, 0, "xxx..");
}

static void test_nothing(void **state)
{
	(void)state;
	assert_int_equal(heaviest_mark(NULL, 0, 3, 0, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_first_of_equals),
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
