// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of the thread rows, on hand-made processes: which threads have a row of their own, that the
 * rows always sum to the process, and that a merged row shows no figure known for only some of
 * them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "render/thread_rows.h"

#define S 1000000000ULL
#define WINDOW (10 * S)
#define MAX_THREADS 8

struct crowd {
	struct thread_model threads[MAX_THREADS];
	struct process_model process;
	struct model model;
	struct report report;
	struct thread_rows rows;
};

static int setup(void **state)
{
	static struct crowd crowd;

	memset(&crowd, 0, sizeof(crowd));
	crowd.process.threads = crowd.threads;
	crowd.model.duration_ns = WINDOW;
	crowd.model.capture.cpus = 2;
	crowd.model.overhead.burst_ns = RECORD_UNKNOWN;
	crowd.model.processes = &crowd.process;
	crowd.model.process_count = 1;
	crowd.report.model = &crowd.model;
	*state = &crowd;
	return 0;
}

static int teardown(void **state)
{
	thread_rows_free(&((struct crowd *)*state)->rows);
	return 0;
}

/* Lives throughout, so long on the CPU and else asleep after one sleep. */
static struct thread_model *add(struct crowd *crowd, const char *comm, uint64_t on_cpu_ns)
{
	struct thread_model *thread = &crowd->threads[crowd->process.thread_count++];

	snprintf(thread->comm, sizeof(thread->comm), "%s", comm);
	thread->tid = (uint32_t)(100 + crowd->process.thread_count);
	thread->count = 1;
	thread->time.wall_ns = WINDOW;
	thread->time.throttled_ns = RECORD_UNKNOWN;
	thread->time.state_ns[STATE_ON_CPU] = on_cpu_ns;
	thread->time.state_ns[STATE_SLEEP] = WINDOW - on_cpu_ns;
	thread->state_count[STATE_SLEEP] = 1;
	thread->switches.voluntary = 1;
	ledger_add(&crowd->process.time, &thread->time);
	return thread;
}

static void choose(struct crowd *crowd, size_t most, double least)
{
	const struct render_options options = { .threads_most = most, .threads_least = least };
	struct ledger sum = { 0 };
	size_t i;

	assert_int_equal(
		thread_rows_choose(&crowd->report, &crowd->process, &options, &crowd->rows), 0);
	for (i = 0; i < crowd->rows.count; i++)
		ledger_add(&sum, &crowd->rows.rows[i]->time);
	assert_int_equal(sum.wall_ns, crowd->process.time.wall_ns);
	assert_memory_equal(sum.state_ns, crowd->process.time.state_ns, sizeof(sum.state_ns));
}

static void test_all(void **state)
{
	struct crowd *crowd = *state;

	add(crowd, "main", 0);
	add(crowd, "pool-1", 0);
	add(crowd, "pool-2", 0);
	choose(crowd, 0, 0.01);
	assert_int_equal(crowd->rows.count, 3);
	assert_ptr_equal(crowd->rows.rows[1], &crowd->threads[1]);
}

static void test_none(void **state)
{
	struct crowd *crowd = *state;

	choose(crowd, 100, 0.01);
	assert_int_equal(crowd->rows.count, 0);
}

/* Busy threads have a row, in the order of the process; the others share one by name. */
static void test_least(void **state)
{
	struct crowd *crowd = *state;

	add(crowd, "main", 0);
	add(crowd, "pool-1", WINDOW / 200);
	add(crowd, "pool-2", WINDOW / 50);
	add(crowd, "pool-3", WINDOW / 200);
	add(crowd, "io", WINDOW / 2);
	choose(crowd, 100, 0.01);
	assert_int_equal(crowd->rows.count, 4);
	assert_ptr_equal(crowd->rows.rows[0], &crowd->threads[2]);
	assert_ptr_equal(crowd->rows.rows[1], &crowd->threads[4]);
	/* the only one of its name: shown as it is */
	assert_true(crowd->rows.rows[2] == &crowd->threads[0] ||
		    crowd->rows.rows[3] == &crowd->threads[0]);
}

static void test_shared_row(void **state)
{
	struct crowd *crowd = *state;
	const struct thread_model *row;

	add(crowd, "pool-1", WINDOW / 200);
	add(crowd, "pool-2", WINDOW / 250);
	add(crowd, "pool-9", 0);
	choose(crowd, 100, 0.01);
	assert_int_equal(crowd->rows.count, 1);
	row = crowd->rows.rows[0];
	assert_int_equal(row->count, 3);
	assert_string_equal(row->comm, "pool");
	assert_int_equal(row->switches.voluntary, 3);
	assert_int_equal(row->state_count[STATE_SLEEP], 3);
	assert_int_equal(row->waker_count, 0);
}

/* Above the limit the busiest have a row, whatever the minimum is. */
static void test_most(void **state)
{
	struct crowd *crowd = *state;
	size_t i;

	for (i = 0; i < 6; i++)
		add(crowd, "worker", (i + 1) * S);
	choose(crowd, 2, 0);
	assert_int_equal(crowd->rows.count, 3);
	assert_ptr_equal(crowd->rows.rows[0], &crowd->threads[4]);
	assert_ptr_equal(crowd->rows.rows[1], &crowd->threads[5]);
	assert_int_equal(crowd->rows.rows[2]->count, 4);
}

static void test_loop_matters(void **state)
{
	struct crowd *crowd = *state;
	struct loop_model loop = { .tid = 102, .loop_class = LOOP_EVENT_LOOP };

	crowd->process.loops = &loop;
	crowd->process.loop_count = 1;
	add(crowd, "main", S);
	add(crowd, "loop", 0);
	add(crowd, "other", 0);
	choose(crowd, 2, 0.01);
	assert_ptr_equal(crowd->rows.rows[0], &crowd->threads[0]);
	assert_ptr_equal(crowd->rows.rows[1], &crowd->threads[1]);
}

/* An ended thread is not shown as a living one, nor the other way round. */
static void test_ended_apart(void **state)
{
	struct crowd *crowd = *state;

	add(crowd, "pool-1", 0);
	add(crowd, "pool-2", 0)->exited = true;
	add(crowd, "pool-3", 0);
	choose(crowd, 100, 0.01);
	assert_int_equal(crowd->rows.count, 2);
	assert_true(crowd->rows.rows[0]->exited != crowd->rows.rows[1]->exited);
}

/* A histogram covers all threads of the row, or it is unknown. */
static void test_histograms(void **state)
{
	uint32_t one[RECORD_HISTOGRAM_LEN] = { [5] = 2 }, other[RECORD_HISTOGRAM_LEN] = { [5] = 3 };
	struct crowd *crowd = *state;

	add(crowd, "pool-1", 0)->histogram[STATE_SLEEP] = one;
	add(crowd, "pool-2", 0)->histogram[STATE_SLEEP] = other;
	add(crowd, "late-1", 0)->histogram[STATE_SLEEP] = one;
	add(crowd, "late-2", 0);
	add(crowd, "late-3", 0)->histogram[STATE_SLEEP] = one;
	choose(crowd, 100, 0.01);
	assert_int_equal(crowd->rows.count, 2);
	assert_int_equal(crowd->rows.rows[0]->histogram[STATE_SLEEP][5], 5);
	assert_null(crowd->rows.rows[1]->histogram[STATE_SLEEP]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_all),		TEST(test_none),       TEST(test_least),
		TEST(test_shared_row),	TEST(test_most),       TEST(test_loop_matters),
		TEST(test_ended_apart), TEST(test_histograms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
