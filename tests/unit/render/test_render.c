// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of render and pipeline. A fake source plays hand-made records: the text and JSON output,
 * and what happens when the source or the output fails.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "render/text/wrap.h"
#include "fixtures/report.h"

static int run_into(struct fixture *fixture, bool json, bool each_interval, FILE *out)
{
	return fixture_run(fixture, json ? render_json : render_text, each_interval, out);
}

static int run(struct fixture *fixture, bool json, bool each_interval)
{
	FILE *out;
	int result;

	fixture->fake.at = 0;
	free(fixture->text);
	fixture->text = NULL;
	out = open_memstream(&fixture->text, &fixture->length);
	assert_non_null(out);
	result = run_into(fixture, json, each_interval, out);
	fclose(out);
	return result;
}

static const char *text_of(struct fixture *fixture)
{
	assert_int_equal(run(fixture, false, false), 0);
	return fixture->text;
}

static struct json_object *json_of(struct fixture *fixture)
{
	struct json_object *root;

	assert_int_equal(run(fixture, true, false), 0);
	root = json_tokener_parse(fixture->text);
	assert_non_null(root);
	return root;
}

/* The member at a path like "/verdict/class"; fails when there is none. NULL is JSON null. */
static struct json_object *at(struct json_object *root, const char *path)
{
	struct json_object *found = NULL;

	if (json_pointer_get(root, path, &found))
		fail_msg("no %s in the report", path);
	return found;
}

static void assert_says(struct json_object *root, const char *path, const char *text)
{
	assert_string_equal(json_object_get_string(at(root, path)), text);
}

static void assert_counts(struct json_object *root, const char *path, uint64_t count)
{
	assert_true(json_object_is_type(at(root, path), json_type_int));
	assert_int_equal(json_object_get_uint64(at(root, path)), count);
}

static void test_text(void **state)
{
	const char *text = text_of(*state);

	assert_int_equal(strncmp(text, "IO-BOUND  (high confidence)", 27), 0);
	assert_non_null(strstr(text, "server[7], 10.0 s, 1 thread\n"));
	assert_non_null(strstr(text, "80 %  network     recvfrom on tcp 127.0.0.1:5432\n"));
	assert_non_null(strstr(text, "20 %  cpu"));
	assert_non_null(strstr(text, "Now:   "));
	assert_non_null(strstr(text, "Next:  boundby attach -p 7 "));
	assert_non_null(strstr(text, "ratio 0.2 (threshold 0.4 ratio)"));
	assert_null(strstr(text, "Not measured"));
	assert_null(strstr(text, "Lost"));
	assert_null(strchr(text, '\033'));
	assert_null(strstr(text, "nan"));
}

static void test_text_verbose(void **state)
{
	struct fixture *fixture = *state;
	const char *text;

	fixture->options.verbose = 1;
	text = text_of(fixture);
	assert_non_null(strstr(text, "Not measured"));
	assert_non_null(strstr(text, "4 voluntary"));
	/* the kernel's share of the cost was not measured: no figure for it */
	assert_null(strstr(text, "of a CPU in the kernel"));
	assert_non_null(strstr(text, "own cost"));
}

/* Of 8 s in calls that are neither work nor rest, 5 s are waits for a signal: those are named. */
static void test_text_of_waits_for_signals(void **state)
{
	struct fixture *fixture = *state;
	struct record *records = fixture->fake.records;
	struct record_wait *wait;
	const char *text;

	fixture->fake.count -= 3; /* the last snapshot's tail, put back below */
	fixture_add_wait(fixture, 3 * S);
	wait = &records[fixture->fake.count - 1].wait;
	wait->state = STATE_OTHER;
	memcpy(wait->call_name, "io_cancel", 10);
	fixture_add_thread(fixture, 7, 8, "signals", BEGIN + 10 * S, 2 * S);
	fixture_add_quality(fixture, 3000000);
	fixture_add_boundary(fixture, BEGIN + 10 * S);
	records[4].thread.state_ns[STATE_NETWORK] = 0;
	records[4].thread.state_ns[STATE_OTHER] = 8 * S;
	records[5].wait.state = STATE_OTHER;
	records[5].wait.ns = 5 * S;
	records[5].wait.object = OBJECT_SIGNALFD;
	text = text_of(fixture);
	assert_non_null(strstr(text, "25 % other (signal), "));
	assert_non_null(strstr(text, "15 % other\n"));
	/* which thread waits for which is not known */
	assert_non_null(strstr(text, "80 % other\n"));
	memcpy(wait->call_name, "rt_sigsuspend", 14);
	text = text_of(fixture);
	assert_non_null(strstr(text, "40 % other (signal)"));
	assert_non_null(strstr(text, "80 % other (signal)\n"));
	assert_null(strstr(text, "% other\n"));
}

static void test_text_colour_is_asked_for(void **state)
{
	struct fixture *fixture = *state;

	fixture->options.colour = true;
	assert_non_null(strchr(text_of(fixture), '\033'));
}

static void test_text_of_hostile_names(void **state)
{
	struct fixture *fixture = *state;

	memcpy(fixture->fake.records[4].thread.comm, "\033]0;x\007\xff\n", 9);
	assert_null(strchr(text_of(fixture), '\033'));
	assert_null(strchr(fixture->text, '\007'));
	assert_null(strchr(fixture->text, '\xff'));
	assert_non_null(strstr(fixture->text, "?]0;x???[7]"));
}

static void test_text_of_many(void **state)
{
	struct fixture *fixture = *state;
	uint32_t i;

	fixture->fake.count -= 3; /* the last snapshot's tail, put back below */
	for (i = 0; i < 30; i++)
		fixture_add_thread(fixture, 7, 100 + i, "pool", BEGIN + 10 * S, S);
	fixture_add_quality(fixture, 3000000);
	fixture_add_boundary(fixture, BEGIN + 10 * S);
	assert_non_null(strstr(text_of(fixture), "... and more that are busy: -v shows all"));
	fixture->options.verbose = 1;
	assert_null(strstr(text_of(fixture), "more that are"));
	assert_non_null(strstr(fixture->text, "pool/129"));
}

static void test_busiest_first(void **state)
{
	struct fixture *fixture = *state;
	const char *text;
	struct record_thread *thread;
	uint32_t i;

	fixture->fake.count -= 3;
	for (i = 0; i < 5; i++) {
		thread = fixture_add_thread(fixture, 7, 100 + i, "parked", BEGIN + 10 * S, 0);
		thread->state_ns[STATE_CONDITION] = thread->state_ns[STATE_NETWORK];
		thread->state_ns[STATE_NETWORK] = 0;
	}
	fixture_add_thread(fixture, 7, 105, "busy", BEGIN + 10 * S, 10 * S);
	fixture_add_quality(fixture, 3000000);
	fixture_add_boundary(fixture, BEGIN + 10 * S);
	text = text_of(fixture);
	assert_non_null(strstr(text, "5 idle threads"));
	assert_null(strstr(text, "parked/"));
	assert_non_null(strstr(text, "busy/105"));
	assert_true(strstr(text, "busy/105") < strstr(text, "5 idle threads"));
	fixture->options.verbose = 1;
	text = text_of(fixture);
	assert_null(strstr(text, "idle threads"));
	assert_true(strstr(text, "busy/105") < strstr(text, "parked/100"));
}

static void test_text_of_losses(void **state)
{
	struct fixture *fixture = *state;

	fixture->fake.records[fixture->fake.count - 2].loss.count[LOSS_RING_FULL] = 3;
	assert_non_null(strstr(text_of(fixture), "the event ring was full: 3"));
}

static void test_json(void **state)
{
	struct json_object *root = json_of(*state);

	assert_says(root, "/schema", "boundby.report/1");
	assert_says(root, "/tool/version", "0.1.0");
	assert_says(root, "/capture/source", "live");
	assert_says(root, "/capture/depth", "sched");
	assert_says(root, "/capture/start", "2023-11-14T22:13:20.000000005Z");
	assert_counts(root, "/capture/duration_ns", 10 * S);
	assert_null(at(root, "/capture/interval_ns"));
	assert_null(at(root, "/capture/overhead/bpf_run_ns"));
	assert_counts(root, "/capture/overhead/reader_cpu_ns", 3000000);
	assert_counts(root, "/capture/lost/reader", 0);
	assert_says(root, "/verdict/class", "io-bound");
	assert_says(root, "/verdict/causes/0/detail", "recvfrom on tcp 127.0.0.1:5432");
	assert_null(at(root, "/verdict/causes/0/where"));
	assert_counts(root, "/time/wall_ns", 10 * S);
	assert_counts(root, "/processes/0/pid", 7);
	assert_says(root, "/processes/0/verdict/class", "io-bound");
	assert_null(at(root, "/processes/0/exe"));
	assert_null(at(root, "/processes/0/runtime"));
	assert_int_equal(json_object_array_length(at(root, "/processes/0/locks")), 0);
	assert_int_equal(json_object_array_length(at(root, "/processes/0/loops")), 0);
	assert_int_equal(json_object_array_length(at(root, "/processes/0/stalls")), 0);
	assert_null(at(root, "/processes/0/calls"));
	assert_null(at(root, "/processes/0/memory/rss_bytes"));
	assert_null(at(root, "/processes/0/time/runnable_ns/throttled"));
	assert_counts(root, "/processes/0/time/blocked_ns/gil", 0);
	assert_counts(root, "/processes/0/time/blocked_ns/lock", 0);
	assert_counts(root, "/processes/0/time/blocked_ns/network", 8 * S);
	assert_null(at(root, "/processes/0/threads/0/role"));
	assert_int_equal(json_object_array_length(at(root, "/processes/0/threads/0/wakers")), 0);
	assert_counts(root, "/processes/0/threads/0/waits/network/count", 4);
	assert_says(root, "/processes/0/io/0/kind", "network");
	assert_says(root, "/processes/0/io/0/peer", "127.0.0.1:5432");
	assert_counts(root, "/processes/0/io/0/wait_ns", 8 * S);
	assert_says(root, "/timeline/0/class", "io-bound");
	assert_counts(root, "/timeline/0/stalled", 0);
	json_object_put(root);
}

static void test_json_of_hostile_names(void **state)
{
	struct fixture *fixture = *state;
	struct json_object *root;

	memcpy(fixture->fake.records[4].thread.comm, "a\xff\"\\\033z", 7);
	root = json_of(fixture);
	assert_says(root, "/processes/0/comm", "a?\"\\?z");
	json_object_put(root);
}

static void test_json_numbers(void **state)
{
	struct fixture *fixture = *state;
	struct json_object *root;

	/* 10/3 s on the CPU: six significant digits; sums beyond 2^53 stay exact */
	fixture->fake.records[4].thread.state_ns[STATE_ON_CPU] = 10 * S / 3;
	fixture->fake.records[4].thread.state_ns[STATE_NETWORK] = 10 * S - 10 * S / 3;
	fixture->fake.records[4].thread.voluntary = (1ULL << 53) + 1;
	root = json_of(fixture);
	assert_says(root, "/cores", "0.333333");
	assert_counts(root, "/switches/voluntary", (1ULL << 53) + 1);
	json_object_put(root);
	/* nothing to form a ratio from */
	fixture->fake.records[4].thread.state_ns[STATE_ON_CPU] = 0;
	fixture->fake.records[4].thread.state_ns[STATE_NETWORK] = 0;
	fixture->fake.records[4].thread.state_ns[STATE_SLEEP] = 10 * S;
	root = json_of(fixture);
	assert_null(at(root, "/ratio"));
	assert_null(at(root, "/processes/0/ratio"));
	json_object_put(root);
}

static void test_json_of_a_trace_differs_in_source_alone(void **state)
{
	struct fixture *fixture = *state;
	struct json_object *live = json_of(fixture), *trace;

	fixture->fake.records[0].capture.from_trace = true;
	trace = json_of(fixture);
	assert_says(trace, "/capture/source", "trace");
	json_object_object_add(at(trace, "/capture"), "source", json_object_new_string("live"));
	assert_true(json_object_equal(live, trace));
	json_object_put(live);
	json_object_put(trace);
}

static void test_each_interval_is_one_line(void **state)
{
	struct fixture *fixture = *state;
	struct json_object *root;
	char *end;

	fixture_add_thread(fixture, 7, 7, "server", BEGIN + 20 * S, 12 * S);
	fixture_add_wait(fixture, 8 * S);
	fixture_add_quality(fixture, 3000000);
	fixture_add_boundary(fixture, BEGIN + 20 * S);
	fixture->options.one_line = true;
	assert_int_equal(run(fixture, true, true), 0);
	assert_int_equal(fixture->class, VERDICT_CPU_BOUND); /* of the last */
	end = strchr(fixture->text, '\n');
	assert_non_null(end);
	*end = '\0';
	root = json_tokener_parse(fixture->text);
	assert_says(root, "/verdict/class", "io-bound");
	json_object_put(root);
	root = json_tokener_parse(end + 1);
	assert_says(root, "/verdict/class", "cpu-bound");
	assert_says(root, "/timeline/0/start", "2023-11-14T22:13:30.000000005Z");
	json_object_put(root);
	assert_null(strchr(end + 1, '\n')[1] ? end : NULL);
}

static void test_gone_before_anything_was_seen(void **state)
{
	struct fixture *fixture = *state;

	fixture->fake.count = 4; /* capture, quality, one boundary */
	assert_int_equal(run(fixture, false, false), -1);
	assert_int_equal(fixture->e.kind, ERR_NO_TARGET);
	assert_int_equal(fixture->length, 0);
	fixture->fake.failure = ERR_PERMISSION;
	assert_int_equal(run(fixture, false, false), -1);
	assert_int_equal(fixture->e.kind, ERR_PERMISSION);
	assert_string_equal(fixture->e.text, "the source broke");
}

static void test_source_fails_after_a_window(void **state)
{
	struct fixture *fixture = *state;

	fixture->fake.failure = ERR_FAILED;
	assert_int_equal(run(fixture, false, false), -1);
	assert_int_equal(fixture->e.kind, ERR_FAILED);
	assert_string_equal(fixture->e.text, "the source broke");
	assert_int_equal(strncmp(fixture->text, "IO-BOUND", 8), 0);
}

static void test_records_that_contradict(void **state)
{
	struct fixture *fixture = *state;

	fixture_add(fixture, RECORD_CAPTURE);
	assert_int_equal(run(fixture, false, false), -1);
	assert_int_equal(fixture->e.kind, ERR_FAILED);
	assert_int_equal(strncmp(fixture->text, "IO-BOUND", 8), 0);
}

static void test_output_fails(void **state)
{
	FILE *full = fopen("/dev/full", "w");
	struct fixture *fixture = *state;
	int json;

	if (!full)
		skip();
	for (json = 0; json < 2; json++) {
		fixture->fake.at = 0;
		clearerr(full);
		assert_int_equal(run_into(fixture, json, false, full), -1);
		assert_int_equal(fixture->e.kind, ERR_FAILED);
		assert_non_null(strstr(fixture->e.text, "cannot write the report: No space left"));
	}
	fclose(full);
}

static void assert_wrapped(const char *text, size_t width, const char *expected)
{
	char *got = NULL;
	size_t size;
	FILE *out = open_memstream(&got, &size);

	assert_non_null(out);
	wrap_text(text, width, out);
	fclose(out);
	assert_string_equal(got, expected);
	free(got);
}

static void test_lines_fit_the_terminal(void **state)
{
	(void)state;
	assert_wrapped("Now:   move the call off the loop, or wait\n", 30,
		       "Now:   move the call off the\n       loop, or wait\n");
	assert_wrapped("Now:   move the call off the loop, or wait\n", 0,
		       "Now:   move the call off the loop, or wait\n");
	/* colour takes no column, the bytes of one sign are one */
	assert_wrapped("\033[1mNow:\033[0m   m\xc3\xb6ve it off the loop now\n", 31,
		       "\033[1mNow:\033[0m   m\xc3\xb6ve it off the loop now\n");
	/* what has no space to break at stands out */
	assert_wrapped("  a_very_long_name_that_does_not_fit at all\n", 30,
		       "  a_very_long_name_that_does_not_fit\n    at all\n");
	assert_wrapped("\n\n", 30, "\n\n");
	assert_wrapped("", 30, "");
}

/* Of three processes the two that work most have a row; the sum of the third stands beside them. */
static void test_json_of_the_heaviest(void **state)
{
	struct fixture *fixture = *state;
	struct record_thread *thread;
	struct json_object *root;

	fixture->fake.count -= 3; /* the last snapshot's tail, put back below */
	thread = fixture_add_thread(fixture, 8, 8, "asleep", BEGIN + 10 * S, 0);
	thread->state_ns[STATE_NETWORK] = 0;
	thread->state_ns[STATE_SLEEP] = 10 * S;
	fixture_add_thread(fixture, 9, 9, "busy", BEGIN + 10 * S, 9 * S);
	fixture_add_quality(fixture, 3000000);
	fixture_add_boundary(fixture, BEGIN + 10 * S);
	root = json_of(fixture);
	assert_null(at(root, "/others"));
	assert_counts(root, "/processes/2/pid", 9);
	json_object_put(root);
	fixture->options.processes_most = 2;
	root = json_of(fixture);
	assert_int_equal(json_object_array_length(at(root, "/processes")), 2);
	assert_counts(root, "/processes/0/pid", 7);
	assert_counts(root, "/processes/1/pid", 9);
	assert_counts(root, "/others/count", 1);
	assert_counts(root, "/others/time/blocked_ns/sleep", 10 * S);
	assert_counts(root, "/time/wall_ns", 30 * S);
	json_object_put(root);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_text),
		TEST(test_text_verbose),
		TEST(test_text_of_waits_for_signals),
		TEST(test_text_colour_is_asked_for),
		TEST(test_text_of_hostile_names),
		TEST(test_text_of_many),
		TEST(test_busiest_first),
		TEST(test_text_of_losses),
		TEST(test_json),
		TEST(test_json_of_hostile_names),
		TEST(test_json_numbers),
		TEST(test_json_of_the_heaviest),
		TEST(test_json_of_a_trace_differs_in_source_alone),
		TEST(test_each_interval_is_one_line),
		TEST(test_gone_before_anything_was_seen),
		TEST(test_source_fails_after_a_window),
		TEST(test_records_that_contradict),
		TEST(test_output_fails),
		TEST(test_lines_fit_the_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
