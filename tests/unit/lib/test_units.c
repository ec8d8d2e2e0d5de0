// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of lib/units: how figures and hostile names are printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/units.h"

static void test_time(void **state)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} rows[] = {
		{ 0, "0 ns" },
		{ 7, "7 ns" },
		{ 999, "999 ns" },
		{ 1000, "1.00 us" },
		{ 18000, "18.0 us" },
		{ 999499, "999 us" },
		{ 999500, "1.00 ms" },
		{ 212000000, "212 ms" },
		{ 999499999, "999 ms" },
		{ 999500000, "1.00 s" },
		{ 3410000000, "3.41 s" },
		{ 9994000000, "9.99 s" },
		{ 9996000000, "10.0 s" },
		{ 99960000000, "100 s" },
		{ 10800000000000, "10800 s" },
	};
	char buffer[UNITS_LEN];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(units_time(rows[i].ns, buffer), rows[i].text);
	/* the largest figure there is must fit the buffer */
	assert_true(strlen(units_time(UINT64_MAX, buffer)) < UNITS_LEN);
}

static void test_share(void **state)
{
	char buffer[UNITS_LEN];

	assert_string_equal(units_share(0.71, buffer), "71 %");
	assert_string_equal(units_share(0.004, buffer), "0.4 %");
	assert_string_equal(units_share(0.0004, buffer), "<0.1 %");
	assert_string_equal(units_share(0, buffer), "0 %");
	assert_string_equal(units_share(1, buffer), "100 %");
	assert_string_equal(units_share(0.0994, buffer), "9.9 %");
	assert_string_equal(units_share(0.0996, buffer), "10 %");
}

static void test_bytes(void **state)
{
	char buffer[UNITS_LEN];

	assert_string_equal(units_bytes(0, buffer), "0 B");
	assert_string_equal(units_bytes(999, buffer), "999 B");
	assert_string_equal(units_bytes(1000, buffer), "1.00 kB");
	assert_string_equal(units_bytes(12300000, buffer), "12.3 MB");
	assert_string_equal(units_bytes(999500000, buffer), "1.00 GB");
}

static const char *printable(const char *name, size_t length)
{
	static char buffer[64];

	return units_printable(name, length, buffer, sizeof(buffer));
}

static void test_printable_controls(void **state)
{
	assert_string_equal(printable("plain", 5), "plain");
	assert_string_equal(printable("a\033[31mb", 7), "a?[31mb");
	assert_string_equal(printable("a\nb\tc\rd", 7), "a?b?c?d");
	assert_string_equal(printable("\x7f\x01", 2), "??");
	/* C1 controls, as UTF-8 (U+009B is CSI) and as a bare byte */
	assert_string_equal(printable("a\xC2\x9B"
				      "31m",
				      6),
			    "a?31m");
	assert_string_equal(printable("a\x9B"
				      "31m",
				      5),
			    "a?31m");
	/* what turns the direction of the text could make a line read as another one */
	assert_string_equal(printable("a\xE2\x80\xAE"
				      "b",
				      5),
			    "a?b");
	assert_string_equal(printable("a\xE2\x80\x8F"
				      "b",
				      5),
			    "a?b");
	assert_string_equal(printable("a\xE2\x81\xA6"
				      "b",
				      5),
			    "a?b");
	/* their neighbours are text: U+2030, U+200D, U+2065 */
	assert_string_equal(printable("\xE2\x80\xB0\xE2\x80\x8D\xE2\x81\xA5", 9),
			    "\xE2\x80\xB0\xE2\x80\x8D\xE2\x81\xA5");
}

static void test_printable_utf8(void **state)
{
	assert_string_equal(printable("caf\xC3\xA9", 5), "caf\xC3\xA9");
	assert_string_equal(printable("\xE2\x82\xAC", 3), "\xE2\x82\xAC");
	assert_string_equal(printable("\xF0\x9F\x98\x80", 4), "\xF0\x9F\x98\x80");
	/* overlong, surrogate, beyond the last code point, a lone tail, 0xFF */
	assert_string_equal(printable("\xC0\xAF", 2), "??");
	assert_string_equal(printable("\xE0\x80\xAF", 3), "???");
	assert_string_equal(printable("\xED\xA0\x80", 3), "???");
	assert_string_equal(printable("\xF4\x90\x80\x80", 4), "????");
	assert_string_equal(printable("\x80z", 2), "?z");
	assert_string_equal(printable("\xFF", 1), "?");
	/* cut in the middle, as the kernel cuts a long name at 15 bytes */
	assert_string_equal(printable("ab\xE2\x82", 4), "ab??");
}

static void test_printable_bounds(void **state)
{
	static const char full[4] = { 'a', 'b', 'c', 'd' }; /* no NUL */
	char buffer[4];

	assert_string_equal(printable(full, sizeof(full)), "abcd");
	assert_string_equal(units_printable("abcdef", 6, buffer, sizeof(buffer)), "abc");
	/* a sequence is never cut in two by the end of the buffer */
	assert_string_equal(units_printable("ab\xE2\x82\xAC", 5, buffer, sizeof(buffer)), "ab");
	assert_string_equal(units_printable("ab", 0, buffer, sizeof(buffer)), "");
	assert_string_equal(printable("ab\0cd", 5), "ab");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_time),	       cmocka_unit_test(test_share),
		cmocka_unit_test(test_bytes),	       cmocka_unit_test(test_printable_controls),
		cmocka_unit_test(test_printable_utf8), cmocka_unit_test(test_printable_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
