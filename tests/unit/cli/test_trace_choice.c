// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of reading a flight recorder's directory with several watches and incidents: which files
 * are read for which time.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/traces/trace_input.h"
#include "fixtures/flight.h"

static struct trace_input input;

/* What is read of the directory: its facts, or what it says against it. */
static int read_directory(struct flight_fixture *fixture, const char *option, const char *moment,
			  struct trace_facts *ret)
{
	struct options options = { .command = COMMAND_REPORT };
	struct verdict_settings settings;
	struct source *source;
	struct when when;

	memset(&fixture->e, 0, sizeof(fixture->e));
	if (moment)
		assert_int_equal(when_parse(moment, &when), 0);
	if (moment && !strcmp(option, "at"))
		options.at[options.at_count++] = when;
	if (moment && !strcmp(option, "from"))
		options.from[options.from_count++] = when;
	if (moment && !strcmp(option, "to"))
		options.to[options.to_count++] = when;
	memset(&input, 0, sizeof(input));
	if (trace_input_add(&input, fixture->dir, &fixture->e))
		return -1;
	if (trace_input_open(&input, &options, 0, &settings, &source, &fixture->e)) {
		trace_input_free(&input);
		return -1;
	}
	*ret = *source_file_facts(source);
	source->ops->close(source);
	trace_input_free(&input);
	return 0;
}

/* A watch of 100 s from 22:13:20, another one of 50 s from 22:15:20, an incident at 22:13:50. */
static void make_two(struct flight_fixture *fixture)
{
	struct segments_incident incident;

	flight_open(fixture, FLIGHT_BEGIN, "boot");
	flight_play(&fixture->stream, 30);
	assert_int_equal(segments_trigger(fixture->segments, "stall", &incident, &fixture->e), 0);
	flight_play(&fixture->stream, 70);
	flight_close(fixture);
	flight_open(fixture, FLIGHT_BEGIN + 120 * SECOND, "boot");
	flight_play(&fixture->stream, 50);
}

static void hold_span(const struct trace_facts *facts, uint64_t from_s, uint64_t to_s)
{
	assert_int_equal(facts->first_ns, FLIGHT_BEGIN + from_s * SECOND);
	assert_int_equal(facts->last_ns, FLIGHT_BEGIN + to_s * SECOND);
}

static void test_the_recording_that_holds_it(void **state)
{
	static const struct {
		const char *option, *moment;
		uint64_t from_s, to_s;
	} cases[] = {
		{ "at", NULL, 120, 170 },
		{ "at", "2023-11-14T22:14:00Z", 0, 100 },
		{ "at", "22:14Z", 0, 100 },
		{ "at", "22:15Z", 120,
		  170 }, /* 22:15:20 is in that minute, the end of the older is not */
		{ "at", "22:15:50Z", 120, 170 },
		{ "from", "2023-11-14T22:16:00Z", 120, 170 },
		{ "from", "2023-11-14T22:14:00Z", 0, 100 }, /* 60 s of it, the other one 50 s */
		{ "from", "2023-11-14T22:14:15Z", 120, 170 },
		{ "to", "2023-11-14T22:15:00Z", 0, 100 },
		{ "from", "+40s", 120, 170 },
		{ "from", "-70s", 120, 170 },
	};
	struct flight_fixture *fixture = *state;
	struct trace_facts facts;
	size_t i;

	make_two(fixture);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (read_directory(fixture, cases[i].option, cases[i].moment, &facts))
			fail_msg("%s %s: %s", cases[i].option, cases[i].moment, fixture->e.text);
		hold_span(&facts, cases[i].from_s, cases[i].to_s);
	}
	assert_int_equal(read_directory(fixture, "at", "23:00Z", &facts), -1);
	assert_int_equal(fixture->e.kind, ERR_USAGE);
	assert_non_null(strstr(fixture->e.text, "2023-11-14T22:13:20"));
	assert_non_null(strstr(fixture->e.text, "2023-11-14T22:16:10"));
}

static void test_incidents_only_where_nothing_else_is(void **state)
{
	struct flight_fixture *fixture = *state;
	char names[FLIGHT_MAX_FILES][FLIGHT_NAME], path[FLIGHT_PATH];
	struct trace_facts facts;
	size_t i;

	make_two(fixture);
	assert_int_equal(flight_files(fixture, "boundby-", names), 9);
	/* the segments of the first watch leave */
	for (i = 0; i < 6; i++) {
		snprintf(path, sizeof(path), "%s/%.511s", fixture->dir, names[i]);
		assert_int_equal(unlink(path), 0);
	}
	assert_int_equal(read_directory(fixture, "at", "22:13:40Z", &facts), 0);
	hold_span(&facts, 0, 30);
	assert_int_equal(read_directory(fixture, "at", "22:15:50Z", &facts), 0);
	hold_span(&facts, 120, 170);
	assert_int_equal(read_directory(fixture, "at", "22:14:30Z", &facts), -1);
}

static void test_what_cannot_be_read_is_left_out(void **state)
{
	struct flight_fixture *fixture = *state;
	struct trace_facts facts;
	char path[FLIGHT_PATH];
	int fd;

	flight_open(fixture, FLIGHT_BEGIN, "boot");
	flight_play(&fixture->stream, 50);
	/* the disk was full when it was killed */
	snprintf(path, sizeof(path), "%s/boundby-20231114T221400Z-0009.bbt", fixture->dir);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(read_directory(fixture, "at", NULL, &facts), 0);
	hold_span(&facts, 0, 50);
	assert_int_equal(read_directory(fixture, "at", "22:13:50Z", &facts), 0);
}

static void test_nothing_is_there_yet(void **state)
{
	struct flight_fixture *fixture = *state;
	struct trace_facts facts;

	flight_open(fixture, FLIGHT_BEGIN, "boot");
	assert_int_equal(read_directory(fixture, "at", NULL, &facts), -1);
	assert_non_null(strstr(fixture->e.text, "holds no trace"));
	flight_play(&fixture->stream, 0);
	assert_int_equal(read_directory(fixture, "at", NULL, &facts), -1);
	assert_non_null(strstr(fixture->e.text, "no whole window"));
	flight_play(&fixture->stream, 1);
	assert_int_equal(read_directory(fixture, "at", NULL, &facts), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, flight_setup, flight_teardown)
		TEST(test_the_recording_that_holds_it),
		TEST(test_incidents_only_where_nothing_else_is),
		TEST(test_what_cannot_be_read_is_left_out),
		TEST(test_nothing_is_there_yet),
	};

	return cmocka_run_group_tests_name("trace_choice", tests, NULL, NULL);
}
