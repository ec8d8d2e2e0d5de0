// SPDX-License-Identifier: GPL-2.0-or-later
/* The example of include/trace_format.h, read from that comment: its bytes give what it says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/err.h"
#include "trace/source_file.h"

#define EXAMPLE_MAX 4096

/* The bytes of the rows " *  OFFSET  xx xx ...  meaning"; each offset must be the sum so far. */
static size_t read_example(uint8_t *ret)
{
	FILE *header = fopen(TRACE_FORMAT_H, "r");
	char line[256], *at;
	size_t length = 0;

	assert_non_null(header);
	while (fgets(line, sizeof(line), header)) {
		if (strncmp(line, " *", 2))
			continue;
		at = line + 2 + strspn(line + 2, " ");
		if (!isdigit((unsigned char)*at))
			continue;
		if (strtoul(at, &at, 10) != length || strncmp(at, "  ", 2) || at[4] != ' ')
			continue;
		for (at += 2; isxdigit((unsigned char)at[0]) && isxdigit((unsigned char)at[1]);
		     at += at[2] == ' ' ? 3 : 2) {
			char byte[3] = { at[0], at[1], '\0' };

			assert_true(length < EXAMPLE_MAX);
			ret[length++] = (uint8_t)strtoul(byte, NULL, 16);
			if (at[2] == ' ' && at[3] == ' ')
				break;
		}
	}
	fclose(header);
	return length;
}

static struct source *open_example(const uint8_t *bytes, size_t length)
{
	static const char *const name = "example";
	struct source *source = NULL;
	struct err e = { 0 };
	int fd = memfd_create(name, MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, length), length);
	if (source_file_open(&fd, &name, 1, &source, &e))
		fail_msg("%s", e.text);
	return source;
}

static void test_example(void **state)
{
	uint8_t bytes[EXAMPLE_MAX];
	size_t length = read_example(bytes), threads = 0, boundaries = 0, captures = 0;
	struct source *source = open_example(bytes, length);
	struct record record;
	struct err e = { 0 };
	int more;

	assert_int_equal(length, 318);
	while ((more = source->ops->next(source, &record, &e)) == 1) {
		if (record.kind == RECORD_CAPTURE) {
			captures++;
			assert_int_equal(record.capture.cpus, 2);
			assert_string_equal(record.capture.arch, "x86");
		}
		if (record.kind == RECORD_BOUNDARY)
			assert_int_equal(record.boundary.at_ns, ++boundaries * 1000);
		if (record.kind != RECORD_THREAD)
			continue;
		assert_int_equal(record.thread.id, 7);
		assert_int_equal(record.thread.tid, 42);
		assert_string_equal(record.thread.comm, "demo");
		assert_int_equal(record.thread.state, STATE_ON_CPU);
		assert_int_equal(record.thread.start_ns, 750);
		assert_int_equal(record.thread.end_ns, threads ? 2000 : 1000);
		assert_int_equal(record.thread.state_ns[STATE_ON_CPU], threads ? 650 : 250);
		assert_int_equal(record.thread.state_ns[STATE_SLEEP], threads ? 600 : 0);
		threads++;
	}
	if (more)
		fail_msg("%s", e.text);
	assert_int_equal(captures, 1);
	assert_int_equal(threads, 2);
	assert_int_equal(boundaries, 2);
	source->ops->close(source);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_example) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
