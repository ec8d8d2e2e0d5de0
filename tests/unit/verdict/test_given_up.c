// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of the detail that a watch drops to stay within its budget, on hand-made records: dropped
 * detail is never shown as 0, a pause is not a loss, and the report lists what was dropped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/build.h"
#include "model/model.h"
#include "verdict/findings/findings.h"
#include "verdict/verdict.h"

#define S 1000000000ULL
#define BEGIN (100 * S)

struct fixture {
	struct session *session;
	struct model model;
	struct verdict_settings settings;
	struct timeline timeline;
	struct verdict verdict;
};

static void feed(struct fixture *fixture, const struct record *record)
{
	assert_true(session_feed(fixture->session, record) >= 0);
}

/* A thread of process 10 that was on its CPU for so long, and unobserved for the rest. */
static void add_thread(struct fixture *fixture, uint64_t end_ns, uint64_t on_cpu_ns)
{
	struct record record = { .kind = RECORD_THREAD };

	record.thread.id = 1;
	record.thread.pid = record.thread.tid = 10;
	record.thread.start_ns = record.thread.entered_ns = BEGIN;
	record.thread.end_ns = end_ns;
	record.thread.state = STATE_ON_CPU;
	record.thread.throttled_ns = RECORD_UNKNOWN;
	record.thread.state_ns[STATE_ON_CPU] = on_cpu_ns;
	record.thread.state_ns[STATE_UNOBSERVED] = end_ns - BEGIN - on_cpu_ns;
	feed(fixture, &record);
}

static void add_detail(struct fixture *fixture, uint32_t count)
{
	struct record record = { .kind = RECORD_WAKER };

	record.waker.thread_id = 1;
	record.waker.pid = record.waker.tid = 20;
	record.waker.state = STATE_CONDITION;
	record.waker.count = count;
	record.waker.ns = count * S / 10;
	feed(fixture, &record);
	memset(&record, 0, sizeof(record));
	record.kind = RECORD_HISTOGRAM;
	record.histogram.thread_id = 1;
	record.histogram.state = STATE_CONDITION;
	record.histogram.count[20] = count;
	feed(fixture, &record);
}

/* what: given up for so long, as of this boundary. */
static void close_window(struct fixture *fixture, uint64_t at_ns, enum detail_place what,
			 uint64_t ns)
{
	struct record record = { .kind = RECORD_OVERHEAD };

	record.overhead.given_up_ns[what] = ns;
	record.overhead.bursts = ns / S;
	feed(fixture, &record);
	memset(&record, 0, sizeof(record));
	record.kind = RECORD_BOUNDARY;
	record.boundary.at_ns = at_ns;
	feed(fixture, &record);
}

static int setup(void **state)
{
	struct record record = { .kind = RECORD_CAPTURE };
	static struct fixture fixture;

	memset(&fixture, 0, sizeof(fixture));
	verdict_settings_default(&fixture.settings);
	fixture.session = session_new();
	assert_non_null(fixture.session);
	record.capture.cpus = 2;
	record.capture.switch_same_ns = record.capture.switch_other_ns = RECORD_UNKNOWN;
	feed(&fixture, &record);
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	model_free(&fixture->model);
	timeline_free(&fixture->timeline);
	session_free(fixture->session);
	return 0;
}

static void build(struct fixture *fixture, bool whole)
{
	model_free(&fixture->model);
	assert_int_equal(model_build(fixture->session, whole, &fixture->model), 0);
	verdict_judge(&fixture->model, NULL, &fixture->timeline, &fixture->settings,
		      &fixture->verdict);
}

static const char *given_up(const struct fixture *fixture)
{
	size_t i;

	for (i = 0; i < fixture->verdict.finding_count; i++)
		if (!strcmp(fixture->verdict.findings[i].kind, "given-up"))
			return fixture->verdict.findings[i].detail;
	return NULL;
}

static const struct thread_model *thread_of(const struct fixture *fixture)
{
	return &fixture->model.processes[0].threads[0];
}

/* Two windows of 10 s, the second without this detail. */
static void without(struct fixture *fixture, enum detail_place what)
{
	add_thread(fixture, BEGIN, 0);
	add_detail(fixture, 0);
	close_window(fixture, BEGIN, what, 0);
	add_thread(fixture, BEGIN + 10 * S, 10 * S);
	add_detail(fixture, 30);
	close_window(fixture, BEGIN + 10 * S, what, 0);
	build(fixture, false);
	assert_null(given_up(fixture));
	assert_int_equal(thread_of(fixture)->waker_count, 1);
	assert_non_null(thread_of(fixture)->histogram[STATE_CONDITION]);
	add_thread(fixture, BEGIN + 20 * S, 20 * S);
	add_detail(fixture, 30);
	close_window(fixture, BEGIN + 20 * S, what, 9990000000ULL);
	build(fixture, false);
	assert_non_null(given_up(fixture));
}

static void test_no_wakers(void **state)
{
	struct fixture *fixture = *state;

	without(fixture, DETAIL_AT_WAKERS);
	assert_true(model_gave_up(&fixture->model, DETAIL_AT_WAKERS));
	assert_int_equal(thread_of(fixture)->waker_count, 0);
	assert_non_null(strstr(given_up(fixture), "wakers"));
	/* the first window's stand for half of the time */
	build(fixture, true);
	assert_int_equal(thread_of(fixture)->waker_count, 1);
	assert_non_null(strstr(given_up(fixture), "wakers"));
}

static void test_no_histograms(void **state)
{
	struct fixture *fixture = *state;

	without(fixture, DETAIL_AT_HISTOGRAMS);
	assert_null(thread_of(fixture)->histogram[STATE_CONDITION]);
	build(fixture, true);
	assert_int_equal(thread_of(fixture)->histogram[STATE_CONDITION][20], 30);
}

/* A quarter of the time was watched: it stands for all of it. */
static void test_pause_is_no_loss(void **state)
{
	struct fixture *fixture = *state;
	struct signals signals;

	add_thread(fixture, BEGIN, 0);
	close_window(fixture, BEGIN, DETAIL_AT_CONTINUOUS, 0);
	add_thread(fixture, BEGIN + 12 * S, 3 * S);
	close_window(fixture, BEGIN + 12 * S, DETAIL_AT_CONTINUOUS, 9 * S);
	build(fixture, false);
	signals_compute(&fixture->model, NULL, &signals);
	assert_true(signals.cores > 0.999 && signals.cores < 1.001);
	assert_true(signals.unobserved_s < 1e-6);
	assert_int_equal(fixture->verdict.class, VERDICT_CPU_BOUND);
	/* ... if the program is steady, which is not known */
	assert_int_equal(fixture->verdict.confidence, CONFIDENCE_MEDIUM);
	assert_non_null(strstr(given_up(fixture), "watching itself for 75 %"));
	assert_int_equal(fixture->model.overhead.bursts, 9);
}

/* Most of the time was watched. */
static void test_short_pause(void **state)
{
	struct fixture *fixture = *state;

	add_thread(fixture, BEGIN, 0);
	close_window(fixture, BEGIN, DETAIL_AT_CONTINUOUS, 0);
	add_thread(fixture, BEGIN + 10 * S, 6 * S);
	close_window(fixture, BEGIN + 10 * S, DETAIL_AT_CONTINUOUS, 4 * S);
	build(fixture, false);
	assert_int_equal(fixture->verdict.class, VERDICT_CPU_BOUND);
	assert_int_equal(fixture->verdict.confidence, CONFIDENCE_HIGH);
}

/* What is hidden beyond the pause is hidden. */
static void test_loss_beside_pause(void **state)
{
	struct fixture *fixture = *state;
	struct signals signals;

	add_thread(fixture, BEGIN, 0);
	close_window(fixture, BEGIN, DETAIL_AT_CONTINUOUS, 0);
	add_thread(fixture, BEGIN + 10 * S, 2 * S);
	close_window(fixture, BEGIN + 10 * S, DETAIL_AT_CONTINUOUS, 5 * S);
	build(fixture, false);
	signals_compute(&fixture->model, NULL, &signals);
	assert_true(signals.unobserved_s > 2.999 && signals.unobserved_s < 3.001);
	assert_int_equal(fixture->verdict.class, VERDICT_INSUFFICIENT);
}

/* A burst covered 200 ms of 10 s, and the loop was blocked for most of it. */
static void test_burst_stands_for_window(void **state)
{
	struct record record = { .kind = RECORD_LOOP }, overhead = { .kind = RECORD_OVERHEAD };
	struct fixture *fixture = *state;
	struct signals signals;

	record.loop.thread_id = 1;
	record.loop.pid = record.loop.tid = 10;
	record.loop.kind = LOOP_KIND_EPOLL;
	record.loop.members = record.loop.sockets = record.loop.room = 8;
	record.loop.waits = record.loop.slept = record.loop.patient = 10;
	add_thread(fixture, BEGIN, 0);
	feed(fixture, &record);
	close_window(fixture, BEGIN, DETAIL_AT_STACKS, 0);
	add_thread(fixture, BEGIN + 10 * S, 10 * S);
	record.loop.waits = record.loop.slept = record.loop.patient = 1000;
	record.loop.iterations = 1000;
	record.loop.stalls = record.loop.burst_stalls = 10;
	record.loop.stalled_ns = record.loop.burst_stalled_ns = 15 * S / 100;
	feed(fixture, &record);
	overhead.overhead.bursts = 1;
	overhead.overhead.burst_ns = 2 * S / 10;
	feed(fixture, &overhead);
	overhead.kind = RECORD_BOUNDARY;
	overhead.boundary.at_ns = BEGIN + 10 * S;
	feed(fixture, &overhead);
	build(fixture, false);
	signals_compute(&fixture->model, NULL, &signals);
	assert_true(signals.stalled > 0.749 && signals.stalled < 0.751);
	assert_int_equal(fixture->verdict.class, VERDICT_LOOP_BLOCKED);
}

/* The whole window was paused. */
static void test_all_paused(void **state)
{
	struct fixture *fixture = *state;

	add_thread(fixture, BEGIN, 0);
	close_window(fixture, BEGIN, DETAIL_AT_CONTINUOUS, 0);
	add_thread(fixture, BEGIN + 10 * S, 0);
	close_window(fixture, BEGIN + 10 * S, DETAIL_AT_CONTINUOUS, 10 * S);
	build(fixture, false);
	assert_int_equal(fixture->verdict.class, VERDICT_INSUFFICIENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_no_wakers),
		TEST(test_no_histograms),
		TEST(test_pause_is_no_loss),
		TEST(test_short_pause),
		TEST(test_loss_beside_pause),
		TEST(test_all_paused),
		TEST(test_burst_stands_for_window),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
