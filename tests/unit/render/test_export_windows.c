// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of the exports that print each window, on hand-made records of two windows. Rows and trace
 * events are parsed as their readers parse them: sums, order, and one-shot records.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "fixtures/report.h"

#define MIDDLE (BEGIN + 10 * S)
#define END (BEGIN + 20 * S)
#define MAX_FIELDS 64

/* 10 s more: all on the CPU, so that the class changes. */
static void add_window(struct fixture *fixture)
{
	fixture_add_thread(fixture, 7, 7, "server", END, 12 * S);
	fixture_add_wait(fixture, 8 * S);
	fixture_add_quality(fixture, 3000000);
	fixture_add_boundary(fixture, END);
}

/* ---- rows ------------------------------------------------------------------------------------ */
/* The next line as JSON, or NULL at the end. */
static struct json_object *next_row(const char **text)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *row = NULL;
	const char *end = strchr(*text, '\n');

	if (end) {
		row = json_tokener_parse_ex(tokener, *text, (int)(end - *text));
		assert_non_null(row);
		*text = end + 1;
	} else {
		assert_int_equal(**text, '\0');
	}
	json_tokener_free(tokener);
	return row;
}

static struct json_object *field(struct json_object *row, const char *name)
{
	struct json_object *found = NULL;

	if (!json_object_object_get_ex(row, name, &found))
		fail_msg("no %s", name);
	return found;
}

static const char *field_text(struct json_object *row, const char *name)
{
	return json_object_get_string(field(row, name));
}

static uint64_t field_count(struct json_object *row, const char *name)
{
	assert_true(json_object_is_type(field(row, name), json_type_int));
	return json_object_get_uint64(field(row, name));
}

static void test_ndjson(void **state)
{
	struct fixture *fixture = *state;
	struct json_object *row;
	const char *text;

	add_window(fixture);
	fixture_export(fixture, "ndjson");
	text = fixture->text;
	row = next_row(&text);
	assert_string_equal(field_text(row, "window_start"), "2023-11-14T22:13:20.000000Z");
	assert_int_equal(field_count(row, "window_ns"), 10 * S);
	assert_string_equal(field_text(row, "class"), "io-bound");
	assert_string_equal(field_text(row, "process_class"), "io-bound");
	assert_int_equal(field_count(row, "pid"), 7);
	assert_int_equal(field_count(row, "tid"), 7);
	assert_int_equal(field_count(row, "thread_count"), 1);
	assert_string_equal(field_text(row, "thread"), "server");
	assert_null(field(row, "exe"));
	assert_null(field(row, "runtime"));
	assert_null(field(row, "throttled_ns"));
	assert_int_equal(field_count(row, "blocked_network_ns"), 8 * S);
	assert_int_equal(field_count(row, "blocked_page_fault_ns"), 0);
	assert_int_equal(field_count(row, "voluntary"), 4);
	json_object_put(row);
	row = next_row(&text);
	assert_string_equal(field_text(row, "window_start"), "2023-11-14T22:13:30.000000Z");
	assert_string_equal(field_text(row, "class"), "cpu-bound");
	assert_int_equal(field_count(row, "on_cpu_ns"), 10 * S);
	json_object_put(row);
	assert_null(next_row(&text));
}

/* Each row's parts sum to its wall time, and all rows to the model's. */
static void test_rows_sum_to_the_model(void **state)
{
	struct fixture *fixture = *state;
	uint64_t parts, wall = 0, on_cpu = 0;
	struct json_object *row;
	const char *text;

	add_window(fixture);
	fixture_export(fixture, "ndjson");
	for (text = fixture->text; (row = next_row(&text)); json_object_put(row)) {
		parts = 0;
		json_object_object_foreach(row, key, value)
		{
			if (!strncmp(key, "blocked_", 8) || !strcmp(key, "wakeup_ns") ||
			    !strcmp(key, "preempted_ns") || !strcmp(key, "on_cpu_ns") ||
			    !strcmp(key, "unobserved_ns"))
				parts += json_object_get_uint64(value);
		}
		assert_int_equal(parts, field_count(row, "wall_ns"));
		wall += parts;
		on_cpu += field_count(row, "on_cpu_ns");
	}
	assert_int_equal(wall, fixture->time.wall_ns);
	assert_int_equal(on_cpu, fixture->time.state_ns[STATE_ON_CPU]);
}

/* Splits a line as RFC 4180 has it, in place; gives the number of fields. */
static size_t split_csv(char **text, char *fields[MAX_FIELDS])
{
	char *in = *text, *out = in;
	bool quoted = false;
	size_t count = 0;

	for (fields[count++] = out;; in++) {
		assert_true(*in && count < MAX_FIELDS);
		if (quoted && in[0] == '"' && in[1] == '"') {
			*out++ = *++in;
		} else if (*in == '"') {
			assert_true(quoted || out == fields[count - 1]);
			quoted = !quoted;
		} else if (!quoted && (*in == ',' || *in == '\n')) {
			bool last = *in == '\n';

			*out++ = '\0';
			if (last)
				break;
			fields[count++] = out;
		} else {
			*out++ = *in;
		}
	}
	*text = in + 1;
	return count;
}

static const char *csv_field(char *names[MAX_FIELDS], char *fields[MAX_FIELDS], size_t count,
			     const char *name)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!strcmp(names[i], name))
			return fields[i];
	fail_msg("no column %s", name);
	return NULL;
}

static void test_csv(void **state)
{
	char *names[MAX_FIELDS], *fields[MAX_FIELDS], *text;
	struct fixture *fixture = *state;
	size_t count, rows;

	memcpy(fixture->fake.records[4].thread.comm, "a,\"b\"\r\n\xff;=", 11);
	add_window(fixture);
	memcpy(fixture->fake.records[9].thread.comm, "p,q", 4);
	fixture_export(fixture, "csv");
	text = fixture->text;
	assert_null(strchr(text, '\r'));
	count = split_csv(&text, names);
	assert_string_equal(names[0], "window_start");
	assert_string_equal(names[count - 1], "script");
	for (rows = 0; *text; rows++) {
		assert_int_equal(split_csv(&text, fields), count);
		assert_string_equal(csv_field(names, fields, count, "throttled_ns"), "");
		assert_string_equal(csv_field(names, fields, count, "exe"), "");
		assert_string_equal(csv_field(names, fields, count, "pid"), "7");
		assert_string_equal(csv_field(names, fields, count, "thread"),
				    rows ? "p,q" : "a,\"b\"???;=");
		assert_string_equal(csv_field(names, fields, count, "blocked_network_ns"),
				    rows ? "0" : "8000000000");
	}
	assert_int_equal(rows, 2);
}

/* Threads that ended and share a row have no number. */
static void test_rows_of_merged_threads(void **state)
{
	struct fixture *fixture = *state;
	struct json_object *row;
	bool merged = false;
	const char *text;
	uint32_t i;

	fixture->fake.count -= 3;
	for (i = 0; i < 40; i++) {
		struct record_thread *thread =
			fixture_add_thread(fixture, 7, 100 + i, "short", BEGIN + S, S);

		thread->born = thread->exited = true;
	}
	fixture_add_quality(fixture, 3000000);
	fixture_add_boundary(fixture, MIDDLE);
	fixture_export(fixture, "ndjson");
	for (text = fixture->text; (row = next_row(&text)); json_object_put(row)) {
		if (field_count(row, "thread_count") == 1)
			continue;
		merged = true;
		assert_null(field(row, "tid"));
		assert_string_equal(field_text(row, "thread"), "short");
	}
	assert_true(merged);
}

/* ---- trace events ---------------------------------------------------------------------------- */
static struct json_object *events_of(struct fixture *fixture, struct json_object **root)
{
	struct json_object *events, *event, *ignored;
	const char *phase;
	size_t i;

	fixture_export(fixture, "chrome");
	*root = json_tokener_parse(fixture->text);
	assert_non_null(*root);
	events = field(*root, "traceEvents");
	for (i = 0; i < json_object_array_length(events); i++) {
		event = json_object_array_get_idx(events, i);
		phase = field_text(event, "ph");
		assert_int_equal(strlen(phase), 1);
		assert_non_null(strchr("XCMisf", *phase));
		assert_true(json_object_is_type(field(event, "pid"), json_type_int));
		assert_true(json_object_is_type(field(event, "tid"), json_type_int));
		assert_true(json_object_is_type(field(event, "name"), json_type_string));
		assert_true(json_object_get_double(field(event, "ts")) >= 0);
		assert_int_equal(*phase == 'X', json_object_object_get_ex(event, "dur", &ignored));
		if (*phase == 'f')
			assert_string_equal(field_text(event, "bp"), "e");
	}
	return events;
}

/* The event of this phase and name, the nth of them from 0; NULL: there are no more. */
static struct json_object *event_at(struct json_object *events, const char *phase, const char *name,
				    size_t nth)
{
	struct json_object *event;
	size_t i;

	for (i = 0; i < json_object_array_length(events); i++) {
		event = json_object_array_get_idx(events, i);
		if (!strcmp(field_text(event, "ph"), phase) &&
		    !strcmp(field_text(event, "name"), name) && !nth--)
			return event;
	}
	return NULL;
}

static void assert_field(struct json_object *event, const char *name, const char *text)
{
	assert_non_null(event);
	assert_string_equal(field_text(event, name), text);
}

static void test_counters_and_classes(void **state)
{
	struct fixture *fixture = *state;
	struct json_object *root, *events, *event;

	add_window(fixture);
	events = events_of(fixture, &root);
	assert_field(field(event_at(events, "M", "process_name", 0), "args"), "name", "server");
	assert_null(event_at(events, "M", "process_name", 1));
	assert_field(field(event_at(events, "M", "thread_name", 0), "args"), "name", "server");
	assert_null(event_at(events, "M", "thread_name", 1));
	assert_field(event_at(events, "i", "io-bound", 0), "ts", "0.000");
	assert_field(event_at(events, "i", "io-bound", 0), "s", "g");
	assert_field(event_at(events, "i", "cpu-bound", 0), "ts", "10000000.000");
	event = event_at(events, "C", "thread 7 states", 0);
	assert_field(event, "ts", "0.000");
	assert_field(field(event, "args"), "network", "8000.000000");
	assert_field(field(event, "args"), "on_cpu", "2000.000000");
	event = event_at(events, "C", "thread 7 states", 1);
	assert_field(event, "ts", "10000000.000");
	assert_field(field(event, "args"), "network", "0.000000");
	assert_field(field(event, "args"), "on_cpu", "10000.000000");
	event = event_at(events, "C", "thread 7 states", 2); /* it ends */
	assert_field(event, "ts", "20000000.000");
	assert_field(field(event, "args"), "on_cpu", "0.000000");
	assert_null(event_at(events, "C", "thread 7 states", 3));
	json_object_put(root);
}

static void test_class_is_told_when_it_changes(void **state)
{
	struct fixture *fixture = *state;
	struct json_object *root, *events;

	fixture_add_thread(fixture, 7, 7, "server", END, 4 * S);
	fixture_add_wait(fixture, 16 * S);
	fixture_add_quality(fixture, 3000000);
	fixture_add_boundary(fixture, END);
	events = events_of(fixture, &root);
	assert_non_null(event_at(events, "i", "io-bound", 0));
	assert_null(event_at(events, "i", "io-bound", 1));
	json_object_put(root);
}

static void test_single_stretches(void **state)
{
	static const struct interval_model intervals[] = {
		{ 7, 7, STATE_NETWORK, OBJECT_TCP_CONNECTED, 9, 91, BEGIN - S, BEGIN + 1500,
		  "recvfrom" },
		{ 7, 7, STATE_IPC, OBJECT_PIPE, 0, 0, BEGIN + 2001, BEGIN + 1000002, "re\"a\xff" },
	};
	struct fixture *fixture = *state;
	struct json_object *root, *events, *event, *start, *finish;

	add_window(fixture);
	fixture->intervals = intervals;
	fixture->interval_count = 2;
	events = events_of(fixture, &root);
	event = event_at(events, "X", "network", 0);
	assert_field(event, "ts", "0.000"); /* cut at the start of the watch */
	assert_field(event, "dur", "1.500");
	assert_field(event, "cat", "off-cpu");
	assert_field(field(event, "args"), "call", "recvfrom");
	assert_field(field(event, "args"), "object", "tcp");
	assert_field(field(field(event, "args"), "waker"), "tid", "91");
	start = event_at(events, "s", "wake-up", 0);
	finish = event_at(events, "f", "wake-up", 0);
	assert_null(event_at(events, "s", "wake-up", 1)); /* the other has no waker */
	assert_field(start, "tid", "91");
	assert_field(finish, "tid", "7");
	assert_field(finish, "ts", field_text(start, "ts"));
	assert_field(finish, "id", field_text(start, "id"));
	assert_field(finish, "cat", field_text(start, "cat"));
	assert_field(finish, "ts", "1.499"); /* inside the slice */
	assert_field(event_at(events, "X", "wakes server/7", 0), "ts", "1.499");
	event = event_at(events, "X", "runs, or waits for less than is recorded", 0);
	assert_field(event, "cat", "on-cpu");
	assert_field(event, "ts", "1.500"); /* from one to the next */
	assert_field(event, "dur", "0.501");
	event = event_at(events, "X", "ipc", 0);
	assert_field(event, "ts", "2.001");
	assert_field(event, "dur", "998.001");
	assert_field(field(event, "args"), "call", "re\"a?");
	/* single stretches replace the counter, in their window */
	assert_field(event_at(events, "C", "thread 7 states", 0), "ts", "10000000.000");
	json_object_put(root);
	/* one that was lost may lie between two */
	fixture->intervals_dropped = 1;
	events = events_of(fixture, &root);
	assert_null(event_at(events, "X", "runs, or waits for less than is recorded", 0));
	json_object_put(root);
}

/* A counter stops where better is known, or the thread is gone. */
static void test_counter_ends(void **state)
{
	static const struct interval_model intervals[] = {
		{ 7, 7, STATE_NETWORK, OBJECT_NONE, 0, 0, MIDDLE + 5, MIDDLE + 1500, "" },
	};
	struct fixture *fixture = *state;
	struct json_object *root, *events;

	add_window(fixture);
	fixture->intervals = intervals;
	fixture->interval_count = 1;
	events = events_of(fixture, &root);
	assert_field(event_at(events, "C", "thread 7 states", 1), "ts", "10000000.000");
	assert_field(field(event_at(events, "C", "thread 7 states", 1), "args"), "network",
		     "0.000000");
	assert_null(event_at(events, "C", "thread 7 states", 2));
	json_object_put(root);
}

static void test_stalls(void **state)
{
	struct fixture *fixture = *state;
	struct json_object *root, *events, *event;

	fixture->fake.records[0].capture.stall_ns = 10000000;
	fixture->fake.count -= 3;
	fixture_add_loop(fixture);
	/* one inside; one across both windows, recorded twice; one whose end is not seen */
	fixture_add_stall(fixture, BEGIN + S, BEGIN + 2 * S, false);
	fixture_add_stall_frame(fixture, BEGIN + S, 0, "fetch (server)");
	fixture_add_stall(fixture, MIDDLE - S, MIDDLE, true);
	fixture_add_quality(fixture, 3000000);
	fixture_add_boundary(fixture, MIDDLE);
	fixture_add_loop(fixture);
	fixture_add_stall(fixture, MIDDLE - S, MIDDLE + S, false);
	fixture_add_stall(fixture, END - S, END, true);
	add_window(fixture);
	events = events_of(fixture, &root);
	event = event_at(events, "X", "stall blocking-call", 0);
	assert_field(event, "ts", "1000000.000");
	assert_field(event, "dur", "1000000.000");
	assert_field(event, "tid", "7");
	assert_field(field(event, "args"), "call", "recvfrom");
	assert_int_equal(json_object_array_length(field(field(event, "args"), "frames")), 1);
	event = event_at(events, "X", "stall blocking-call", 1);
	assert_field(event, "ts", "9000000.000");
	assert_field(event, "dur", "2000000.000");
	event = event_at(events, "X", "stall blocking-call", 2);
	assert_field(event, "ts", "19000000.000");
	assert_field(event, "dur", "1000000.000");
	assert_null(event_at(events, "X", "stall blocking-call", 3));
	json_object_put(root);
}

/*
 * One whose end was read with the snapshot of the previous window belongs to both; recorded once.
 */
static void test_stall_past_the_boundary_is_told_once(void **state)
{
	struct fixture *fixture = *state;
	struct json_object *root, *events;

	fixture->fake.records[0].capture.stall_ns = 10000000;
	fixture->fake.count -= 3;
	fixture_add_loop(fixture);
	fixture_add_stall(fixture, MIDDLE - S, MIDDLE + 1000, false);
	fixture_add_quality(fixture, 3000000);
	fixture_add_boundary(fixture, MIDDLE);
	fixture_add_loop(fixture);
	add_window(fixture);
	events = events_of(fixture, &root);
	assert_non_null(event_at(events, "X", "stall blocking-call", 0));
	assert_null(event_at(events, "X", "stall blocking-call", 1));
	json_object_put(root);
}

static void test_events_of_nothing(void **state)
{
	struct fixture *fixture = *state;
	struct json_object *root, *events;

	fixture->fake.count = 4;
	fixture_add_quality(fixture, 0);
	fixture_add_boundary(fixture, MIDDLE);
	events = events_of(fixture, &root);
	assert_int_equal(json_object_array_length(events), 1); /* its class */
	json_object_put(root);
}

static void test_events_of_hostile_names(void **state)
{
	struct fixture *fixture = *state;
	struct json_object *root, *events;

	memcpy(fixture->fake.records[4].thread.comm, "a\"\\\n\xff;", 7);
	events = events_of(fixture, &root);
	assert_field(field(event_at(events, "M", "thread_name", 0), "args"), "name", "a\"\\??;");
	json_object_put(root);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_ndjson),
		TEST(test_rows_sum_to_the_model),
		TEST(test_csv),
		TEST(test_rows_of_merged_threads),
		TEST(test_counters_and_classes),
		TEST(test_class_is_told_when_it_changes),
		TEST(test_single_stretches),
		TEST(test_counter_ends),
		TEST(test_stalls),
		TEST(test_stall_past_the_boundary_is_told_once),
		TEST(test_events_of_nothing),
		TEST(test_events_of_hostile_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
