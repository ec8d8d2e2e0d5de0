// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines to a pipe: whole, in order, and counted where there was no room. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "watch/line_output.h"

#define LONG_LINE (3 << 20) /* more than any pipe holds */

static char *line_of(char letter, size_t length)
{
	char *line = malloc(length);

	assert_non_null(line);
	memset(line, letter, length - 1);
	line[length - 1] = '\n';
	return line;
}

/* Reads a line of this length, of one letter. */
static void expect_line(int fd, char letter, size_t length)
{
	char *line = malloc(length), *want = line_of(letter, length);
	size_t at = 0;
	ssize_t got;

	assert_non_null(line);
	while (at < length) {
		got = read(fd, line + at, length - at);
		assert_true(got > 0);
		at += (size_t)got;
	}
	assert_memory_equal(line, want, length);
	free(line);
	free(want);
}

static void test_short_lines(void **state)
{
	struct line_output output;
	int ends[2], i;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	line_output_open(&output, ends[1]);
	for (i = 0; i < 10; i++)
		assert_int_equal(line_output_put(&output, line_of('a' + (char)i, 100), 100), 0);
	for (i = 0; i < 10; i++)
		expect_line(ends[0], 'a' + (char)i, 100);
	assert_true(line_output_close(&output, 0));
	assert_int_equal(output.dropped, 0);
	/* the caller's own end still waits */
	assert_false(fcntl(ends[1], F_GETFL) & O_NONBLOCK);
	close(ends[0]);
	close(ends[1]);
}

/* Where the reader has gone, no line is one that it was too slow for. */
static void test_reader_is_gone(void **state)
{
	struct line_output output;
	int ends[2];

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(ends), 0);
	line_output_open(&output, ends[1]);
	close(ends[0]);
	assert_int_equal(line_output_put(&output, strdup("line\n"), 5), -EPIPE);
	assert_true(line_output_close(&output, 10));
	assert_int_equal(output.dropped, 0);
	close(ends[1]);
}

/* A line that does not fit goes on when there is room; those that come meanwhile are dropped. */
static void test_long_line(void **state)
{
	struct line_output output;
	char part[65536];
	size_t at = 0;
	int ends[2];
	ssize_t got;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	line_output_open(&output, ends[1]);
	assert_int_equal(line_output_put(&output, line_of('x', LONG_LINE), LONG_LINE), 0);
	assert_non_null(output.pending);
	assert_int_equal(line_output_put(&output, line_of('y', 10), 10), 0);
	assert_int_equal(output.dropped, 1);
	while (at < LONG_LINE) {
		got = read(ends[0], part, sizeof(part));
		assert_true(got > 0);
		at += (size_t)got;
		assert_int_equal(line_output_flush(&output, 0), 0);
	}
	assert_null(output.pending);
	assert_int_equal(line_output_put(&output, line_of('z', 10), 10), 0);
	expect_line(ends[0], 'z', 10);
	assert_true(line_output_close(&output, 0));
	close(ends[0]);
	close(ends[1]);
}

/* A line that the pipe could hold, were it read, is not begun: a reader that stops has whole lines. */
static void test_full_pipe(void **state)
{
	const size_t length = 100000;
	struct line_output output;
	char part[65536];
	ssize_t got;
	size_t at = 0;
	int ends[2], i;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	line_output_open(&output, ends[1]);
	for (i = 0; i < 100; i++)
		assert_int_equal(line_output_put(&output, line_of('a', length), length), 0);
	assert_non_null(output.pending);
	assert_int_equal(output.written, 0);
	assert_true(line_output_close(&output, 10));
	close(ends[1]);
	while ((got = read(ends[0], part, sizeof(part))) > 0)
		at += (size_t)got;
	assert_int_equal(at % length, 0);
	assert_true(at > 0);
	/* none is lost without being counted */
	assert_int_equal(at / length + output.dropped, 100);
	close(ends[0]);
}

/* Only a line of which part went out is cut at the end, and only after the wait. */
static void test_end(void **state)
{
	struct line_output output;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	line_output_open(&output, ends[1]);
	assert_int_equal(line_output_put(&output, line_of('x', LONG_LINE), LONG_LINE), 0);
	assert_false(line_output_close(&output, 10));
	line_output_open(&output, ends[1]); /* the pipe is full: nothing goes out */
	assert_int_equal(line_output_put(&output, line_of('y', 10), 10), 0);
	assert_true(line_output_close(&output, 10));
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_short_lines), cmocka_unit_test(test_reader_is_gone),
		cmocka_unit_test(test_long_line),   cmocka_unit_test(test_full_pipe),
		cmocka_unit_test(test_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
