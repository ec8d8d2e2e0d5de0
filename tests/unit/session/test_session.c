// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of session on hand-made records: for which snapshot each record is kept. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "session/session.h"

static int feed_capture(struct session *session)
{
	struct record record = { .kind = RECORD_CAPTURE };

	record.capture.cpus = 2;
	return session_feed(session, &record);
}

static int feed_boundary(struct session *session, uint64_t at_ns)
{
	struct record record = { .kind = RECORD_BOUNDARY };

	record.boundary.at_ns = at_ns;
	return session_feed(session, &record);
}

static int feed_thread(struct session *session, uint64_t id, uint64_t on_cpu_ns, bool exited)
{
	struct record record = { .kind = RECORD_THREAD };

	record.thread.id = id;
	record.thread.pid = 10;
	record.thread.tid = (uint32_t)id;
	record.thread.start_ns = 100;
	record.thread.end_ns = 100 + on_cpu_ns;
	record.thread.state_ns[STATE_ON_CPU] = on_cpu_ns;
	record.thread.exited = exited;
	return session_feed(session, &record);
}

static int feed_wait(struct session *session, bool open, uint16_t port, uint64_t ns)
{
	struct record record = { .kind = RECORD_WAIT };

	record.wait.pid = 10;
	record.wait.state = STATE_NETWORK;
	record.wait.object = OBJECT_TCP_CONNECTED;
	record.wait.peer_port = port;
	record.wait.open = open;
	record.wait.ns = ns;
	record.wait.count = !open;
	return session_feed(session, &record);
}

static int feed_lock(struct session *session, bool shared, uint64_t count)
{
	struct record record = { .kind = RECORD_LOCK };

	record.lock.pid = record.lock.tid = 10;
	record.lock.address = 0x7f0000001000;
	record.lock.shared = shared;
	record.lock.count = count;
	return session_feed(session, &record);
}

static int setup(void **state)
{
	*state = session_new();
	return *state && !feed_capture(*state) ? 0 : -1;
}

static int teardown(void **state)
{
	session_free(*state);
	return 0;
}

static void test_capture_comes_first_and_once(void **state)
{
	struct session *session = session_new();

	assert_non_null(session);
	assert_int_equal(feed_boundary(session, 1), -EINVAL);
	assert_int_equal(feed_thread(session, 1, 1, false), -EINVAL);
	assert_int_equal(feed_capture(session), 0);
	assert_int_equal(feed_capture(session), -EINVAL);
	session_free(session);
	session_free(NULL);
}

static void test_boundaries(void **state)
{
	struct session *session = *state;

	assert_int_equal(feed_boundary(session, 1000), 0);
	assert_int_equal(feed_boundary(session, 2000), 1);
	assert_int_equal(feed_boundary(session, 3000), 1);
	assert_int_equal(session->first_ns, 1000);
	assert_int_equal(session->previous_ns, 2000);
	assert_int_equal(session->last_ns, 3000);
	assert_int_equal(feed_boundary(session, 2999), -EINVAL);
}

static void test_hostile_records(void **state)
{
	struct session *session = *state;
	struct record record = { .kind = NR_RECORD_KINDS };

	assert_int_equal(session_feed(session, &record), -EINVAL);
	memset(&record, 0, sizeof(record));
	record.kind = RECORD_THREAD;
	record.thread.start_ns = 2;
	record.thread.end_ns = 1;
	assert_int_equal(session_feed(session, &record), -EINVAL);
	record.thread.end_ns = 3;
	record.thread.state = NR_STATES;
	assert_int_equal(session_feed(session, &record), -EINVAL);
	memset(&record, 0, sizeof(record));
	record.kind = RECORD_WAIT;
	record.wait.state = NR_STATES;
	assert_int_equal(session_feed(session, &record), -EINVAL);
	record.wait.state = STATE_DISK;
	record.wait.object = NR_OBJECTS;
	assert_int_equal(session_feed(session, &record), -EINVAL);
	assert_int_equal(session->thread_count, 0);
	assert_int_equal(session->wait_count, 0);
}

static void test_thread_keeps_three_snapshots(void **state)
{
	struct session *session = *state;
	const struct thread_entry *entry;

	assert_int_equal(feed_thread(session, 7, 10, false), 0);
	feed_boundary(session, 1000);
	assert_int_equal(feed_thread(session, 7, 20, false), 0);
	feed_boundary(session, 2000);
	assert_int_equal(feed_thread(session, 7, 30, false), 0);
	feed_boundary(session, 3000);
	assert_int_equal(session->thread_count, 1);
	entry = &session->threads[0];
	assert_int_equal(entry->seen.first, 0);
	assert_int_equal(entry->seen.previous, 1);
	assert_int_equal(entry->seen.last, 2);
	assert_int_equal(entry->first.state_ns[STATE_ON_CPU], 10);
	assert_int_equal(entry->previous.state_ns[STATE_ON_CPU], 20);
	assert_int_equal(entry->last.state_ns[STATE_ON_CPU], 30);
}

/* A wait that other processes may end, and those that only this one may, are counted each. */
static void test_shared_waits_are_rows_of_their_own(void **state)
{
	struct session *session = *state;

	feed_lock(session, false, 200);
	feed_lock(session, true, 1);
	feed_boundary(session, 1000);
	assert_int_equal(session->lock_count, 2);
	assert_int_equal(session->locks[0].last.count, 200);
	assert_int_equal(session->locks[1].last.count, 1);
}

static void test_newest_in_one_snapshot_wins(void **state)
{
	struct session *session = *state;
	const struct thread_entry *entry;

	feed_thread(session, 7, 10, false);
	feed_thread(session, 7, 11, false);
	feed_boundary(session, 1000);
	entry = &session->threads[0];
	assert_int_equal(entry->first.state_ns[STATE_ON_CPU], 11);
	assert_int_equal(entry->last.state_ns[STATE_ON_CPU], 11);
	assert_int_equal(entry->seen.previous, SNAPSHOT_NONE);
}

static void test_final_outdoes_living(void **state)
{
	struct session *session = *state;

	feed_boundary(session, 1000);
	feed_thread(session, 7, 25, true);
	feed_thread(session, 7, 20, false);
	feed_boundary(session, 2000);
	assert_true(session->threads[0].last.exited);
	assert_int_equal(session->threads[0].last.state_ns[STATE_ON_CPU], 25);
}

static void test_reused_pid_is_another_process(void **state)
{
	struct session *session = *state;
	struct record record = { .kind = RECORD_PROCESS };

	record.process.pid = 10;
	record.process.start_ns = 1;
	assert_int_equal(session_feed(session, &record), 0);
	record.process.start_ns = 2;
	assert_int_equal(session_feed(session, &record), 0);
	assert_int_equal(session->process_count, 2);
	record.process.execs = 1;
	assert_int_equal(session_feed(session, &record), 0);
	assert_int_equal(session->process_count, 2);
	assert_int_equal(session->processes[1].last.execs, 1);
}

static void test_names_are_ended(void **state)
{
	struct session *session = *state;
	struct record record = { .kind = RECORD_PROCESS };

	memset(record.process.comm, 'x', sizeof(record.process.comm));
	memset(record.process.exe, 'x', sizeof(record.process.exe));
	session_feed(session, &record);
	assert_int_equal(strlen(session->processes[0].last.comm), RECORD_COMM_LEN - 1);
	assert_int_equal(strlen(session->processes[0].last.exe), 63);
	memset(&record, 0, sizeof(record));
	record.kind = RECORD_THREAD;
	memset(record.thread.comm, 'x', sizeof(record.thread.comm));
	session_feed(session, &record);
	assert_int_equal(strlen(session->threads[0].last.comm), RECORD_COMM_LEN - 1);
	memset(&record, 0, sizeof(record));
	record.kind = RECORD_WAIT;
	memset(record.wait.call_name, 'x', sizeof(record.wait.call_name));
	session_feed(session, &record);
	assert_int_equal(strlen(session->waits[0].last.call_name), 23);
}

static void test_waits_are_told_apart(void **state)
{
	struct session *session = *state;

	feed_wait(session, false, 80, 5);
	feed_wait(session, false, 443, 6);
	feed_boundary(session, 1000);
	feed_wait(session, false, 80, 9);
	assert_int_equal(session->wait_count, 2);
	assert_int_equal(session->waits[0].first.ns, 5);
	assert_int_equal(session->waits[0].last.ns, 9);
	assert_int_equal(session->waits[1].last.ns, 6);
}

static void test_open_rows_are_replaced(void **state)
{
	struct session *session = *state;

	feed_wait(session, true, 80, 5);
	feed_wait(session, true, 443, 6);
	feed_boundary(session, 1000);
	assert_int_equal(session->open.last.count, 2);
	feed_wait(session, true, 80, 1005);
	feed_boundary(session, 2000);
	assert_int_equal(session->open.last.count, 1);
	assert_int_equal(((struct record_wait *)session->open.last.rows)->ns, 1005);
	/* a snapshot with no open wait leaves none */
	feed_boundary(session, 3000);
	assert_int_equal(session->open.last.count, 0);
	assert_int_equal(session->wait_count, 0);
}

static void test_calls_are_cumulative(void **state)
{
	struct session *session = *state;
	struct record record = { .kind = RECORD_CALL };

	record.call.pid = 10;
	record.call.call = 1;
	record.call.count = 3;
	session_feed(session, &record);
	record.call.call = 2;
	session_feed(session, &record);
	feed_boundary(session, 1000);
	record.call.count = 8;
	session_feed(session, &record);
	feed_boundary(session, 2000);
	assert_int_equal(session->call_count, 2);
	assert_int_equal(session->calls[1].first.count, 3);
	assert_int_equal(session->calls[1].last.count, 8);
}

static void test_losses_have_a_baseline(void **state)
{
	struct session *session = *state;
	struct record record = { .kind = RECORD_LOSS };

	record.loss.count[LOSS_MAP_FULL] = 4;
	session_feed(session, &record);
	feed_boundary(session, 1000);
	record.loss.count[LOSS_MAP_FULL] = 9;
	record.loss.hidden_ns = 77;
	session_feed(session, &record);
	feed_boundary(session, 2000);
	assert_int_equal(session->loss_first.count[LOSS_MAP_FULL], 4);
	assert_int_equal(session->loss_last.count[LOSS_MAP_FULL], 9);
	assert_int_equal(session->loss_last.hidden_ns, 77);
}

static void test_many_threads(void **state)
{
	struct session *session = *state;
	uint64_t id;

	for (id = 1; id <= 20000; id++)
		assert_int_equal(feed_thread(session, id << 32, id, false), 0);
	feed_boundary(session, 1000);
	for (id = 20000; id; id--)
		assert_int_equal(feed_thread(session, id << 32, id + 1, false), 0);
	assert_int_equal(session->thread_count, 20000);
	assert_int_equal(session->threads[499].first.state_ns[STATE_ON_CPU], 500);
	assert_int_equal(session->threads[499].last.state_ns[STATE_ON_CPU], 501);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_capture_comes_first_and_once),
		cmocka_unit_test_setup_teardown(test_boundaries, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hostile_records, setup, teardown),
		cmocka_unit_test_setup_teardown(test_thread_keeps_three_snapshots, setup, teardown),
		cmocka_unit_test_setup_teardown(test_shared_waits_are_rows_of_their_own, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_newest_in_one_snapshot_wins, setup, teardown),
		cmocka_unit_test_setup_teardown(test_final_outdoes_living, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reused_pid_is_another_process, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_names_are_ended, setup, teardown),
		cmocka_unit_test_setup_teardown(test_waits_are_told_apart, setup, teardown),
		cmocka_unit_test_setup_teardown(test_open_rows_are_replaced, setup, teardown),
		cmocka_unit_test_setup_teardown(test_calls_are_cumulative, setup, teardown),
		cmocka_unit_test_setup_teardown(test_losses_have_a_baseline, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_threads, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
