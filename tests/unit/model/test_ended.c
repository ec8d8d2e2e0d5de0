// SPDX-License-Identifier: GPL-2.0-or-later
/* Processes that ended while watched and are too many to be kept each. */
#include "../fixtures/session.h"

#include "session/ended.h"

#define MANY (3 * ENDED_NAMED)
#define START(i) (BEGIN + (uint64_t)(i)*MS)
#define RAN(i) (((i) + 1) * 1000ULL) /* on the CPU, ns; as long for a child */

/* Process i, which ended: its thread, its facts, a wait and a sample of where it ran. */
static void feed_ended(struct fixture *fixture, uint32_t i)
{
	struct record thread = thread_of(1000 + i, START(i), START(i) + 2 * RAN(i));
	struct record process = { .kind = RECORD_PROCESS }, wait = { .kind = RECORD_WAIT };
	struct record histogram = { .kind = RECORD_HISTOGRAM };

	thread.thread.pid = thread.thread.tid = 1000 + i;
	thread.thread.process_start_ns = START(i);
	thread.thread.born = thread.thread.exited = true;
	thread.thread.state_ns[STATE_ON_CPU] = thread.thread.state_ns[STATE_CHILD] = RAN(i);
	thread.thread.state_count[STATE_CHILD] = 1;
	thread.thread.voluntary = 1;
	memcpy(thread.thread.comm, "cc", 3);
	feed(fixture, &thread);
	histogram.histogram.thread_id = 1000 + i;
	histogram.histogram.state = STATE_CHILD;
	histogram.histogram.count[10] = 1;
	feed(fixture, &histogram);
	process.process.pid = 1000 + i;
	process.process.ppid = 10;
	process.process.start_ns = process.process.born_ns = START(i);
	process.process.exited_ns = START(i) + 2 * RAN(i);
	memcpy(process.process.comm, "cc", 3);
	feed(fixture, &process);
	wait.wait.pid = 1000 + i;
	wait.wait.process_start_ns = START(i);
	wait.wait.state = STATE_CHILD;
	wait.wait.count = 1;
	wait.wait.ns = wait.wait.max_ns = RAN(i);
	feed(fixture, &wait);
}

static void feed_window(struct fixture *fixture, uint32_t from, uint32_t to, uint64_t end_ns)
{
	struct record snapshot = { .kind = RECORD_SNAPSHOT }, parent = { .kind = RECORD_PROCESS };
	struct record thread = thread_of(1, BEGIN, end_ns);
	uint32_t i;

	for (i = from; i < to; i++)
		feed_ended(fixture, i);
	feed(fixture, &snapshot);
	parent.process.pid = 10;
	feed(fixture, &parent);
	thread.thread.state_ns[STATE_CHILD] = end_ns - BEGIN;
	feed(fixture, &thread);
	boundary(fixture, end_ns);
}

static const struct process_model *row_of(const struct model *model, bool merged)
{
	size_t i;

	for (i = 0; i < model->process_count; i++)
		if (!!model->processes[i].merged == merged && model->processes[i].pid != 10)
			return &model->processes[i];
	return NULL;
}

/* The same model with and without: except which rows it has. */
static void test_sums_stay_exact(void **state)
{
	struct fixture *fixture = *state;
	struct model kept, folded;
	const struct process_model *row;
	int s;

	feed_window(fixture, 0, MANY / 2, BEGIN + S);
	feed_window(fixture, MANY / 2, MANY, BEGIN + 2 * S);
	assert_int_equal(model_build(fixture->session, true, &kept), 0);
	assert_int_equal(kept.process_count, MANY + 1);
	assert_int_equal(session_fold_ended(fixture->session), 0);
	assert_int_equal(fixture->session->process_count, ENDED_NAMED + 1);
	assert_int_equal(fixture->session->thread_count, ENDED_NAMED + 1);
	assert_int_equal(model_build(fixture->session, true, &folded), 0);
	assert_int_equal(folded.process_count, ENDED_NAMED + 2);
	assert_int_equal(model_processes(&folded), MANY + 1);
	assert_int_equal(folded.threads_seen, kept.threads_seen);
	assert_int_equal(folded.time.wall_ns, kept.time.wall_ns);
	assert_int_equal(folded.switches.voluntary, kept.switches.voluntary);
	for (s = 0; s < NR_STATES; s++) {
		assert_int_equal(folded.time.state_ns[s], kept.time.state_ns[s]);
		assert_int_equal(folded.inner_ns[s], kept.inner_ns[s]);
	}
	row = row_of(&folded, true);
	assert_non_null(row);
	assert_int_equal(row->merged, MANY - ENDED_NAMED);
	assert_string_equal(row->comm, "cc");
	assert_int_equal(row->thread_count, 1);
	assert_int_equal(row->threads[0].count, MANY - ENDED_NAMED);
	assert_int_equal(row->threads[0].histogram[STATE_CHILD][10], MANY - ENDED_NAMED);
	assert_int_equal(row->wait_count, 1);
	assert_int_equal(row->waits[0].waits, MANY - ENDED_NAMED);
	assert_int_equal(row->waits[0].wait_ns, row->time.state_ns[STATE_CHILD]);
	/* those with least to do */
	assert_int_equal(row->waits[0].longest.most_ns, RAN(MANY - ENDED_NAMED - 1));
	model_free(&kept);
	model_free(&folded);
}

/* Window by window, as a capture does it: nothing comes twice, and no later window has a part of it. */
static void test_folding_again(void **state)
{
	struct fixture *fixture = *state;
	struct model model;
	uint32_t i;

	for (i = 0; i < 4; i++) {
		feed_window(fixture, i * MANY, (i + 1) * MANY, BEGIN + (i + 1) * S);
		assert_int_equal(session_fold_ended(fixture->session), 0);
	}
	feed_window(fixture, 0, 0, BEGIN + 5 * S);
	assert_int_equal(model_build(fixture->session, false, &model), 0);
	assert_int_equal(model.process_count, 1);
	assert_int_equal(model.time.wall_ns, S);
	model_free(&model);
	assert_int_equal(model_build(fixture->session, true, &model), 0);
	assert_int_equal(model_processes(&model), 4 * MANY + 1);
	assert_int_equal(row_of(&model, true)->merged, 4 * MANY - ENDED_NAMED);
	assert_int_equal(model.time.state_ns[STATE_ON_CPU],
			 1000ULL * (4 * MANY) * (4 * MANY + 1) / 2);
	model_free(&model);
}

/* A process whose final record has not come is not summed: its rows would come again. */
static void test_what_stays(void **state)
{
	struct fixture *fixture = *state;
	struct record lock = { .kind = RECORD_LOCK }, snapshot = { .kind = RECORD_SNAPSHOT };
	struct record process = { .kind = RECORD_PROCESS };

	lock.lock.pid = lock.lock.tid = 1000;
	lock.lock.process_start_ns = START(0);
	lock.lock.count = 1;
	feed(fixture, &lock);
	feed_window(fixture, 0, MANY, BEGIN + S);
	feed(fixture, &snapshot);
	process.process.pid = 7;
	process.process.start_ns = process.process.born_ns = BEGIN;
	process.process.exited_ns = BEGIN + S;
	feed(fixture, &process);
	boundary(fixture, BEGIN + 2 * S);
	assert_int_equal(session_fold_ended(fixture->session), 0);
	assert_int_not_equal(index_find(&fixture->session->process_index,
					session_process_key(1000, START(0))),
			     INDEX_NONE);
	assert_int_not_equal(index_find(&fixture->session->process_index,
					session_process_key(7, BEGIN)),
			     INDEX_NONE);
	assert_int_equal(fixture->session->ended.groups[0].processes, MANY - ENDED_NAMED - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_sums_stay_exact, session_fixture_setup_begun,
						session_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_folding_again, session_fixture_setup_begun,
						session_fixture_teardown),
		cmocka_unit_test_setup_teardown(test_what_stays, session_fixture_setup_begun,
						session_fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
