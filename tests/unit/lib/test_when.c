// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of when: which time each text means, in its time zone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "lib/when.h"

#define S 1000000000ULL
/* 2026-11-21T13:50:00Z to 14:50:00Z */
#define FIRST (1795269000ULL * S)
#define LAST (FIRST + 3600 * S)

static uint64_t resolved(const char *text)
{
	struct when when;
	uint64_t ns = 0;

	assert_int_equal(when_parse(text, &when), 0);
	return when_resolve(&when, FIRST, LAST, &ns) ? 0 : ns;
}

static void zone(const char *name)
{
	setenv("TZ", name, 1);
	tzset();
}

static void test_moments(void **state)
{
	zone("UTC");
	assert_int_equal(resolved("2026-11-21T13:50:00Z"), FIRST);
	assert_int_equal(resolved("2026-11-21 13:50"), FIRST);
	assert_int_equal(resolved("14:03"), FIRST + 13 * 60 * S);
	assert_int_equal(resolved("14:03:05"), FIRST + (13 * 60 + 5) * S);
	assert_int_equal(resolved("14:03:05.25"), FIRST + (13 * 60 + 5) * S + S / 4);
	assert_int_equal(resolved("14:03Z"), FIRST + 13 * 60 * S);
	assert_int_equal(resolved("+30s"), FIRST + 30 * S);
	assert_int_equal(resolved("+0"), FIRST);
	assert_int_equal(resolved("-5m"), LAST - 300 * S);
	assert_int_equal(resolved("-0"), LAST);
	assert_int_equal(resolved("12:00"), 0); /* not in the span */
}

static void test_local_zone(void **state)
{
	zone("CET-1");
	assert_int_equal(resolved("15:03"), FIRST + 13 * 60 * S);
	assert_int_equal(resolved("14:03Z"), FIRST + 13 * 60 * S);
	assert_int_equal(resolved("2026-11-21T14:50"), FIRST);
	/* the span goes over midnight there: the time of day is the next day's */
	zone("XXX-10");
	assert_int_equal(resolved("00:10"), FIRST + 20 * 60 * S);
	zone("UTC");
}

static void test_precision(void **state)
{
	struct when when;

	assert_int_equal(when_parse("14:03", &when), 0);
	assert_int_equal(when.precise_ns, 60 * S);
	assert_int_equal(when_parse("14:03:00", &when), 0);
	assert_int_equal(when.precise_ns, S);
	assert_int_equal(when_parse("+90s", &when), 0);
	assert_int_equal(when.precise_ns, S);
	/* a begin in the middle of that minute is in it */
	zone("UTC");
	assert_int_equal(when_parse("13:50", &when), 0);
	assert_int_equal(when_resolve(&when, FIRST + 30 * S, LAST, &(uint64_t){ 0 }), 0);
}

static void test_no_moments(void **state)
{
	static const char *const texts[] = { "",	   "noon",
					     "25:00",	   "14",
					     "14:60",	   "14:03:61",
					     "14:03x",	   "+",
					     "-",	   "+x",
					     "2026-11-21", "2026-13-01T00:00",
					     "2026-1",	   "1969-01-01T00:00",
					     "14:03ZZ",	   "+-5s",
					     "2026-11-21T" };
	struct when when;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!when_parse(texts[i], &when))
			fail_msg("'%s' was taken", texts[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_moments),
		cmocka_unit_test(test_local_zone),
		cmocka_unit_test(test_precision),
		cmocka_unit_test(test_no_moments),
	};

	return cmocka_run_group_tests_name("when", tests, NULL, NULL);
}
