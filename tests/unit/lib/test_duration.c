// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of lib/duration: which texts are valid durations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/duration.h"

static void test_units(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} rows[] = {
		{ "10", 10000000000 },	 { "10s", 10000000000 },       { "500ms", 500000000 },
		{ "250us", 250000 },	 { "2m", 120000000000 },       { "1h", 3600000000000 },
		{ "0.1", 100000000 },	 { "1.5ms", 1500000 },	       { "1us", 1000 },
		{ "1e3ms", 1000000000 }, { "720h", 2592000000000000 }, /* 30 days, the longest */
		{ "010", 10000000000 }, /* no octal */
	};
	uint64_t ns;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ns = 0;
		assert_int_equal(duration_parse(rows[i].text, &ns), 0);
		assert_int_equal(ns, rows[i].ns);
	}
}

static void test_refused(void **state)
{
	static const char *const rows[] = {
		"",	 "0",	  "0ms",
		"0.0",	 "-1",	  "+1",
		" 1",	 "1 ",	  "1 s",
		"1S",	 "1ns",	  "1d",
		"s",	 "ms",	  "abc",
		"10x",	 "1m30s", "1,5",
		"0x10",	 "0x1p3", "1e99",
		"1e-9",	 "nan",	  "inf",
		"1e400", "721h",  "999999999999999999999",
		".5",
	};
	uint64_t ns = 77;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!duration_parse(rows[i], &ns))
			fail_msg("'%s' was taken for a duration", rows[i]);
	assert_int_equal(ns, 77); /* what is refused changes nothing */
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_units),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
