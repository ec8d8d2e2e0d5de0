// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of a whole host with programs that hang and others that work. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "verdict/verdict.h"

#define SECOND 1000000000ULL

/* The first hangs in a write, the second computes. */
struct bed {
	struct model model;
	struct process_model both[2];
	struct standing_model standing;
	struct verdict_settings settings;
	struct verdict verdict;
};

static int setup(void **state)
{
	static struct bed bed;

	memset(&bed, 0, sizeof(bed));
	verdict_settings_default(&bed.settings);
	bed.model.duration_ns = 5 * SECOND;
	bed.model.processes = bed.both;
	bed.model.process_count = 2;
	bed.model.time.state_ns[STATE_IPC] = 5 * SECOND;
	bed.model.time.state_ns[STATE_ON_CPU] = 4 * SECOND;
	bed.model.time.wall_ns = 9 * SECOND;
	bed.standing = (struct standing_model){ .tid = 100,
						.state = STATE_IPC,
						.object = OBJECT_PIPE,
						.writes = true,
						.ns = 5 * SECOND };
	bed.both[0].pid = 100;
	bed.both[0].threads_seen = bed.both[0].standing_count = 1;
	bed.both[0].standing = &bed.standing;
	bed.both[0].time.state_ns[STATE_IPC] = bed.both[0].time.wall_ns = 5 * SECOND;
	bed.both[1].pid = 200;
	bed.both[1].time.state_ns[STATE_ON_CPU] = bed.both[1].time.wall_ns = 4 * SECOND;
	*state = &bed;
	return 0;
}

static enum verdict_class judge(struct bed *bed, const struct process_model *process)
{
	verdict_judge(&bed->model, process, NULL, &bed->settings, &bed->verdict);
	return bed->verdict.class;
}

static void test_one_program(void **state)
{
	assert_int_equal(judge(*state, NULL), VERDICT_HUNG);
}

/* A program that hangs says nothing of another one on the same host. */
static void test_host(void **state)
{
	struct bed *bed = *state;

	bed->model.capture.whole_host = true;
	assert_int_equal(judge(bed, NULL), VERDICT_CPU_BOUND);
	assert_int_equal(bed->verdict.cause_count, 1);
	assert_string_equal(bed->verdict.causes[0].kind, "cpu");
	assert_string_equal(bed->verdict.findings[0].kind, "hung-processes");
	assert_int_equal(bed->verdict.main_pid, 200);
	assert_int_equal(judge(bed, &bed->both[0]), VERDICT_HUNG);
}

static void test_host_without_other_work(void **state)
{
	struct bed *bed = *state;

	bed->model.capture.whole_host = true;
	bed->model.time.state_ns[STATE_ON_CPU] = bed->both[1].time.state_ns[STATE_ON_CPU] = 0;
	assert_int_equal(judge(bed, NULL), VERDICT_HUNG);
}

/* Connections wait at both ends, though some were accepted: it is not idle for sure, and says so. */
static void test_queue_of_sleepers(void **state)
{
	static struct backlog_model socket = {
		.object = OBJECT_TCP_LISTENING, .port = 80, .pending_first = 2, .pending = 3
	};
	struct bed *bed = *state;

	bed->model.process_count = 1;
	bed->both[0].standing_count = 0;
	bed->both[0].time.state_ns[STATE_IPC] = 0;
	bed->both[0].time.state_ns[STATE_SLEEP] = 5 * SECOND;
	bed->model.time = bed->both[0].time;
	assert_int_equal(judge(bed, NULL), VERDICT_IDLE);
	assert_int_equal(bed->verdict.confidence, CONFIDENCE_HIGH);
	bed->both[0].backlogs = &socket;
	bed->both[0].backlog_count = 1;
	assert_int_equal(judge(bed, NULL), VERDICT_IDLE);
	assert_int_not_equal(bed->verdict.confidence, CONFIDENCE_HIGH);
	assert_non_null(strstr(bed->verdict.headline, "3 connections wait"));
	assert_non_null(strstr(bed->verdict.advice_now, "port 80"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_one_program, setup),
		cmocka_unit_test_setup(test_host, setup),
		cmocka_unit_test_setup(test_host_without_other_work, setup),
		cmocka_unit_test_setup(test_queue_of_sleepers, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
