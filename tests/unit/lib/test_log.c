// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of lib/log: lines stay lines and pairs stay pairs, whatever a name from outside holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/log.h"

static char said[16384];
static FILE *file;
static int kept;

/* From here to what_was_said() stderr is a file. */
static void hear(void)
{
	fflush(stderr);
	file = tmpfile();
	assert_non_null(file);
	kept = dup(STDERR_FILENO);
	dup2(fileno(file), STDERR_FILENO);
}

static const char *what_was_said(void)
{
	size_t length;

	fflush(stderr);
	dup2(kept, STDERR_FILENO);
	close(kept);
	rewind(file);
	length = fread(said, 1, sizeof(said) - 1, file);
	said[length] = '\0';
	fclose(file);
	return said;
}

static void test_note(void **state)
{
	hear();
	log_note("read from '%s'", "a\nboundby: event=class\x1b[31m\xff"
				   "b");
	assert_string_equal(what_was_said(),
			    "boundby: read from 'a?boundby: event=class?[31m?b'\n");
}

static void test_event(void **state)
{
	hear();
	log_event("incident", LOG_TEXT("reason", "stall"), LOG_TEXT("file", "/a b/c.bbt"),
		  LOG_NUMBER("cut", 3));
	assert_string_equal(what_was_said(),
			    "boundby: event=incident reason=stall file=\"/a b/c.bbt\" cut=3\n");
}

static void test_event_quotes(void **state)
{
	hear();
	log_event("class", LOG_TEXT("why", "a \"name\" to=idle\\"), LOG_TEXT("file", ""),
		  LOG_TEXT("to", "x=y"), LOG_TEXT("from", "cpu-bound"));
	assert_string_equal(what_was_said(),
			    "boundby: event=class why=\"a \\\"name\\\" to=idle\\\\\" file= "
			    "to=\"x=y\" from=cpu-bound\n");
	hear();
	log_event("class", LOG_TEXT("why", "one\ntwo\x1b"));
	assert_string_equal(what_was_said(), "boundby: event=class why=\"one?two?\"\n");
}

/* A text that is longer than any line is cut, and the quotes are closed. */
static void test_long(void **state)
{
	static char text[12000];
	size_t length;

	memset(text, ' ', sizeof(text) - 1);
	hear();
	log_event("class", LOG_TEXT("why", text));
	length = strlen(what_was_said());
	assert_true(length < 6000 && !strcmp(said + length - 2, "\"\n"));
	hear();
	log_note("%s", text);
	length = strlen(what_was_said());
	assert_true(length < 6000 && said[length - 1] == '\n');
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_note),
		cmocka_unit_test(test_event),
		cmocka_unit_test(test_event_quotes),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
