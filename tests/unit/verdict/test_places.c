// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Places of causes on hand-made records: samples divide the exact time of the ledger, each share has
 * its interval, and a cause without a place says why.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/build.h"
#include "model/model.h"
#include "verdict/causes/cause_places.h"
#include "verdict/timeline.h"
#include "verdict/verdict.h"

#define S 1000000000ULL
#define BEGIN (100 * S)
#define END (110 * S)
#define WAITED (8 * S + 1) /* of ten seconds; no multiple of anything */

struct fixture {
	struct session *session;
	struct model model;
	struct verdict verdict;
};

static void feed(struct fixture *fixture, const struct record *record)
{
	assert_true(session_feed(fixture->session, record) >= 0);
}

static void add_thread(struct fixture *fixture, uint64_t at_ns)
{
	struct record record = { .kind = RECORD_THREAD };
	uint64_t passed = at_ns - BEGIN;

	record.thread.id = 1;
	record.thread.pid = record.thread.tid = 10;
	record.thread.start_ns = record.thread.entered_ns = BEGIN;
	record.thread.end_ns = at_ns;
	record.thread.state = STATE_ON_CPU;
	record.thread.throttled_ns = RECORD_UNKNOWN;
	record.thread.state_ns[STATE_NETWORK] = passed ? WAITED : 0;
	record.thread.state_ns[STATE_ON_CPU] = passed ? passed - WAITED : 0;
	feed(fixture, &record);
}

static void add_wait(struct fixture *fixture)
{
	struct record record = { .kind = RECORD_WAIT };

	record.wait.pid = 10;
	record.wait.state = STATE_NETWORK;
	record.wait.object = OBJECT_TCP_CONNECTED;
	record.wait.count = 100;
	record.wait.ns = WAITED;
	record.wait.max_ns = S;
	strcpy(record.wait.call_name, "recvfrom");
	feed(fixture, &record);
}

static void add_frame(struct fixture *fixture, uint64_t id, uint64_t caller, const char *text)
{
	struct record record = { .kind = RECORD_PLACE_FRAME };

	record.place_frame.id = id;
	record.place_frame.caller = caller;
	strcpy(record.place_frame.text, text);
	feed(fixture, &record);
}

static void add_place(struct fixture *fixture, uint64_t frame, uint64_t samples, uint64_t ns,
		      const char *where)
{
	struct record record = { .kind = RECORD_PLACE };

	record.place.pid = 10;
	record.place.state = STATE_NETWORK;
	record.place.object = OBJECT_TCP_CONNECTED;
	record.place.frame = frame;
	record.place.samples = samples;
	record.place.ns = ns;
	strcpy(record.place.call_name, "recvfrom");
	strcpy(record.place.where, where);
	feed(fixture, &record);
}

static void add_boundary(struct fixture *fixture, uint64_t at_ns)
{
	struct record record = { .kind = RECORD_BOUNDARY };

	record.boundary.at_ns = at_ns;
	feed(fixture, &record);
}

static int setup(void **state)
{
	struct record record = { .kind = RECORD_CAPTURE };
	static struct fixture fixture;

	memset(&fixture, 0, sizeof(fixture));
	fixture.session = session_new();
	assert_non_null(fixture.session);
	record.capture.cpus = 2;
	record.capture.switch_same_ns = record.capture.switch_other_ns = RECORD_UNKNOWN;
	feed(&fixture, &record);
	add_thread(&fixture, BEGIN);
	add_boundary(&fixture, BEGIN);
	add_thread(&fixture, END);
	add_wait(&fixture);
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	model_free(&fixture->model);
	session_free(fixture->session);
	return 0;
}

static const struct verdict_cause *judge(struct fixture *fixture, const char *kind)
{
	struct verdict_settings settings;
	struct timeline timeline = { 0 };
	size_t i;

	add_boundary(fixture, END);
	verdict_settings_default(&settings);
	assert_int_equal(model_build(fixture->session, true, &fixture->model), 0);
	verdict_judge(&fixture->model, NULL, &timeline, &settings, &fixture->verdict);
	for (i = 0; i < fixture->verdict.cause_count; i++)
		if (!strcmp(fixture->verdict.causes[i].kind, kind))
			return &fixture->verdict.causes[i];
	fail_msg("no cause %s", kind);
	return NULL;
}

/* Two stacks end at one line, a third at another: one place each, and all of the time. */
static void test_samples_divide_the_exact_time(void **state)
{
	struct fixture *fixture = *state;
	const struct verdict_cause *cause;
	const struct place_group *group;
	uint64_t sum = 0;
	size_t i;

	add_frame(fixture, 1, 0, "main");
	add_frame(fixture, 2, 1, "once");
	add_frame(fixture, 3, 1, "twice");
	add_place(fixture, 2, 250, 7 * S / 4, "app.py:1 once");
	add_place(fixture, 3, 500, 7 * S / 2, "app.py:2 twice");
	add_place(fixture, 1, 250, 7 * S / 4, "app.py:2 twice");
	cause = judge(fixture, "network");
	assert_int_equal(fixture->model.processes[0].place_group_count, 1);
	group = fixture->model.processes[0].place_groups;
	assert_int_equal(group->ns, WAITED);
	assert_int_equal(group->samples, 1000);
	for (i = 0; i < group->place_count; i++)
		sum += group->places[i].ns;
	assert_int_equal(sum, WAITED);
	assert_string_equal(fixture->model.frames[group->places[0].frame - 1].text, "twice");
	assert_int_equal(cause->place_count, 2);
	assert_string_equal(cause->places[0].where, "app.py:2 twice");
	assert_float_equal(cause->places[0].share, 0.75 * cause->share, 1e-6);
	assert_float_equal(cause->places[1].share, 0.25 * cause->share, 1e-6);
	/* two standard errors, sqrt(0.75 * 0.25 / 1000) each */
	assert_float_equal(cause->places[0].margin, 0.027 * cause->share, 0.001);
	assert_string_equal(cause->where, "app.py:2 twice");
	assert_null(cause->no_place);
}

static void test_a_cause_without_a_place_says_why(void **state)
{
	struct fixture *fixture = *state;
	const struct verdict_cause *cause;

	add_place(fixture, 0, 10, S, "");
	cause = judge(fixture, "network");
	assert_int_equal(cause->place_count, 0);
	assert_string_equal(cause->no_place, "its stacks could not be read");
	cause = judge(fixture, "cpu");
	assert_string_equal(cause->no_place, "no sample of it was taken");
}

/* A caller with a higher number could lead back to where the chain came from. */
static void test_frames_that_go_in_a_circle(void **state)
{
	struct fixture *fixture = *state;
	struct record record = { .kind = RECORD_PLACE_FRAME };

	record.place_frame.id = record.place_frame.caller = 7;
	assert_int_equal(session_feed(fixture->session, &record), -EINVAL);
}

static void test_margin(void **state)
{
	(void)state;
	assert_float_equal(cause_places_margin(500, 1000), 0.031, 0.001);
	/* all of few samples do not say that there is nothing else */
	assert_true(cause_places_margin(3, 3) > 0.2);
	assert_true(cause_places_margin(1000, 1000) < 0.005);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_samples_divide_the_exact_time, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_a_cause_without_a_place_says_why, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_frames_that_go_in_a_circle, setup, teardown),
		cmocka_unit_test(test_margin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
