// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of the model's neighbours: what they had between two boundaries, largest first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/build.h"
#include "session/session.h"

#define S 1000000000ULL

static void feed(struct session *session, const struct record *record)
{
	assert_int_equal(session_feed(session, record) < 0, 0);
}

static void neighbour(struct session *session, uint32_t pid, const char *comm, uint64_t cpu_ns)
{
	struct record record = { .kind = RECORD_NEIGHBOUR };

	record.neighbour.pid = pid;
	record.neighbour.process_start_ns = 7;
	record.neighbour.cpu_ns = cpu_ns;
	strncpy(record.neighbour.comm, comm, sizeof(record.neighbour.comm) - 1);
	feed(session, &record);
}

static void boundary(struct session *session, uint64_t at_ns)
{
	struct record record = { .kind = RECORD_BOUNDARY };

	record.boundary.at_ns = at_ns;
	feed(session, &record);
}

static struct session *begin(void)
{
	struct session *session = session_new();
	struct record record = { .kind = RECORD_CAPTURE };

	assert_non_null(session);
	record.capture.cpus = 2;
	feed(session, &record);
	return session;
}

static void test_differences(void **state)
{
	struct session *session = begin();
	struct model model;

	boundary(session, S);
	neighbour(session, 5, "cc1", S);
	neighbour(session, 6, "make", S / 10);
	boundary(session, 2 * S);
	neighbour(session, 5, "cc1", S + S / 4);
	neighbour(session, 6, "make", S);
	neighbour(session, 7, "ld", 0);
	boundary(session, 3 * S);
	/* the last window alone */
	assert_int_equal(model_build(session, false, &model), 0);
	assert_int_equal(model.neighbour_count, 2);
	assert_int_equal(model.neighbours[0].pid, 6);
	assert_int_equal(model.neighbours[0].cpu_ns, 9 * S / 10);
	assert_int_equal(model.neighbours[1].cpu_ns, S / 4);
	model_free(&model);
	/* all of it */
	assert_int_equal(model_build(session, true, &model), 0);
	assert_string_equal(model.neighbours[0].comm, "cc1");
	assert_int_equal(model.neighbour_ns, 2 * S + S / 4);
	model_free(&model);
	session_free(session);
}

/* Children that were waited for count whole: never more than the CPUs gave. */
static void test_no_more_than_there_was(void **state)
{
	struct session *session = begin();
	struct model model;

	boundary(session, S);
	neighbour(session, 5, "make", 9 * S);
	neighbour(session, 6, "cc1", 3 * S);
	boundary(session, 2 * S);
	assert_int_equal(model_build(session, true, &model), 0);
	assert_int_equal(model.neighbour_ns, 2 * S);
	assert_int_equal(model.neighbours[0].cpu_ns, 2 * S * 3 / 4);
	model_free(&model);
	session_free(session);
}

/* ... and no more than what they left. */
static void test_no_more_than_the_target_left(void **state)
{
	struct session *session = begin();
	struct record record = { .kind = RECORD_THREAD };
	struct model model;

	record.thread.id = record.thread.pid = record.thread.tid = 9;
	record.thread.start_ns = record.thread.end_ns = S;
	record.thread.state = STATE_ON_CPU;
	record.thread.throttled_ns = RECORD_UNKNOWN;
	feed(session, &record);
	boundary(session, S);
	record.thread.end_ns = 2 * S;
	record.thread.state_ns[STATE_ON_CPU] = S;
	feed(session, &record);
	neighbour(session, 5, "make", 9 * S);
	boundary(session, 2 * S);
	assert_int_equal(model_build(session, true, &model), 0);
	assert_int_equal(model.time.state_ns[STATE_ON_CPU], S);
	assert_int_equal(model.neighbour_ns, S);
	assert_int_equal(model.neighbours[0].cpu_ns, S);
	model_free(&model);
	session_free(session);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_differences),
		cmocka_unit_test(test_no_more_than_there_was),
		cmocka_unit_test(test_no_more_than_the_target_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
