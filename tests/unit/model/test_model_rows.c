// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of model/build on hand-made snapshots: waits, calls, losses and figures of processes. */
#include "model/model_fixture.h"

static struct record wait_of(uint64_t count, uint64_t ns, uint64_t max_ns, bool open)
{
	struct record record = { .kind = RECORD_WAIT };

	record.wait.pid = 10;
	record.wait.process_start_ns = 5;
	record.wait.state = STATE_NETWORK;
	record.wait.object = OBJECT_TCP_CONNECTED;
	record.wait.count = count;
	record.wait.ns = ns;
	record.wait.max_ns = max_ns;
	record.wait.open = open;
	memcpy(record.wait.call_name, "recvfrom", 9);
	return record;
}

static struct record histogram_of(uint64_t id, uint32_t three_us, uint32_t one_s)
{
	struct record record = { .kind = RECORD_HISTOGRAM };

	record.histogram.thread_id = id;
	record.histogram.state = STATE_SLEEP;
	record.histogram.count[11] = three_us;
	record.histogram.count[29] = one_s;
	return record;
}

/* The window's part alone; threads that share a row share its histogram. */
static void test_histograms(void **state)
{
	struct fixture *fixture = *state;
	const struct process_model *process;
	struct record thread = thread_of(1, BEGIN, BEGIN), record = histogram_of(1, 5, 1);
	uint64_t id;

	feed(fixture, &thread);
	feed(fixture, &record);
	boundary(fixture, BEGIN);
	thread.thread.end_ns = BEGIN + 2 * S;
	thread.thread.state_ns[STATE_SLEEP] = 2 * S;
	feed(fixture, &thread);
	record = histogram_of(1, 7, 1);
	feed(fixture, &record);
	for (id = 2; id <= 3; id++) {
		thread = thread_of(id, BEGIN + id, BEGIN + id + S / 2);
		thread.thread.exited = true;
		thread.thread.state_ns[STATE_SLEEP] = S / 2;
		feed(fixture, &thread);
		record = histogram_of(id, 0, (uint32_t)id);
		feed(fixture, &record);
	}
	boundary(fixture, BEGIN + 2 * S);
	process = build(fixture, true);
	assert_int_equal(process->thread_count, 2);
	assert_int_equal(process->threads[0].tid, 1);
	assert_int_equal(process->threads[0].histogram[STATE_SLEEP][11], 2);
	assert_int_equal(process->threads[0].histogram[STATE_SLEEP][29], 0);
	assert_null(process->threads[0].histogram[STATE_NETWORK]);
	assert_int_equal(process->threads[1].count, 2);
	assert_int_equal(process->threads[1].histogram[STATE_SLEEP][29], 5);
	record.histogram.state = NR_STATES;
	assert_int_equal(session_feed(fixture->session, &record), -EINVAL);
}

static void test_processes(void **state)
{
	struct fixture *fixture = *state;
	struct record thread = thread_of(1, BEGIN, BEGIN + S), facts = { .kind = RECORD_PROCESS };
	const struct process_model *process;

	facts.process.pid = 10;
	facts.process.start_ns = 5;
	facts.process.ppid = 3;
	facts.process.rss_bytes = 1000;
	memcpy(facts.process.comm, "server", 7);
	memcpy(facts.process.exe, "server-bin", 11);
	feed(fixture, &facts);
	boundary(fixture, BEGIN);
	facts.process.rss_bytes = 3000;
	facts.process.execs = 1;
	feed(fixture, &facts);
	feed(fixture, &thread);
	thread.thread.id = 2; /* a child without facts, and an older holder of its pid */
	thread.thread.pid = 11;
	thread.thread.ppid = 10;
	thread.thread.process_start_ns = 9;
	feed(fixture, &thread);
	thread.thread.id = 3;
	thread.thread.process_start_ns = 4;
	feed(fixture, &thread);
	boundary(fixture, BEGIN + 2 * S);
	process = build(fixture, true);
	assert_int_equal(fixture->model.process_count, 3);
	assert_int_equal(fixture->model.threads_seen, 3);
	assert_int_equal(process[0].pid, 11);
	assert_int_equal(process[0].start_ns, 4);
	assert_int_equal(process[1].pid, 10);
	assert_string_equal(process[1].comm, "server");
	assert_string_equal(process[1].exe, "server-bin");
	assert_int_equal(process[1].ppid, 3);
	assert_int_equal(process[1].execs, 1);
	assert_int_equal(process[1].rss_bytes, 3000);
	assert_int_equal((int64_t)process[1].memory.per_s, 1000);
	assert_false(process[1].born);
	assert_int_equal(process[2].pid, 11);
	assert_string_equal(process[2].comm, "worker");
	assert_int_equal(process[2].ppid, 10);
	assert_int_equal(process[2].rss_bytes, RECORD_UNKNOWN);
}

static void test_unended_ipc(void **state)
{
	struct fixture *fixture = *state;
	struct record thread = thread_of(1, BEGIN - 9 * S, BEGIN);

	thread.thread.state = STATE_IPC;
	thread.thread.entered_ns = BEGIN - 9 * S;
	thread.thread.state_ns[STATE_IPC] = 9 * S;
	feed(fixture, &thread);
	boundary(fixture, BEGIN);
	thread.thread.end_ns = BEGIN + 2 * S;
	thread.thread.state_ns[STATE_IPC] = 11 * S;
	feed(fixture, &thread);
	boundary(fixture, BEGIN + 2 * S);
	build(fixture, true);
	assert_int_equal(fixture->model.time.state_ns[STATE_IPC], 2 * S);
	assert_int_equal(fixture->model.unended_ipc_ns, 2 * S);
	assert_int_equal(fixture->model.processes[0].threads[0].open_ns, 2 * S);
}

/*
 * The kernel keeps the longest wait since attach. That of a window is known if it grew in the
 * window, if exactly one wait ended, or if none did; otherwise only an upper bound is: the sum of
 * all waits.
 */
static void test_longest_of_a_window(void **state)
{
	static const struct {
		uint64_t count, ns, max_ns; /* of all so far */
		uint64_t least_ns, most_ns; /* of the window */
	} windows[] = {
		{ 10, 500, 90, 90, 90 }, /* the first */
		{ 12, 560, 90, 30, 60 }, /* two, of 60 ns together */
		{ 13, 640, 90, 80, 80 }, /* one */
		{ 16, 1000, 200, 200, 200 }, /* it grew */
		{ 20, 1800, 200, 200, 200 }, /* four of 200 at most, and together of 800 */
		{ 30, 2800, 200, 100, 200 },
	};
	struct fixture *fixture = *state;
	struct record thread = thread_of(1, BEGIN, BEGIN), wait;
	const struct wait_model *row;
	size_t i;

	boundary(fixture, BEGIN);
	for (i = 0; i < sizeof(windows) / sizeof(windows[0]); i++) {
		thread.thread.end_ns = BEGIN + (i + 1) * S;
		thread.thread.state_ns[STATE_NETWORK] = (i + 1) * S;
		feed(fixture, &thread);
		wait = wait_of(windows[i].count, windows[i].ns, windows[i].max_ns, false);
		feed(fixture, &wait);
		boundary(fixture, BEGIN + (i + 1) * S);
		row = build(fixture, false)->waits;
		assert_int_equal(row->longest.least_ns, windows[i].least_ns);
		assert_int_equal(row->longest.most_ns, windows[i].most_ns);
		assert_int_equal(longest_ns(&row->longest),
				 windows[i].least_ns == windows[i].most_ns ? windows[i].least_ns :
									     RECORD_UNKNOWN);
	}
	/* of the whole watch it is known always */
	assert_int_equal(longest_ns(&build(fixture, true)->waits->longest), 200);
}

static void test_waits(void **state)
{
	struct fixture *fixture = *state;
	struct record thread = thread_of(1, BEGIN, BEGIN + S), other = thread;
	struct record wait = wait_of(10, 500, 90, false);
	const struct wait_model *row;

	feed(fixture, &wait);
	boundary(fixture, BEGIN);
	thread.thread.state_ns[STATE_NETWORK] = S;
	feed(fixture, &thread);
	other.thread.id = other.thread.tid = 2;
	other.thread.state_ns[STATE_NETWORK] = 420;
	other.thread.state_ns[STATE_SLEEP] = S - 420;
	feed(fixture, &other);
	wait = wait_of(14, 900, 95, false);
	feed(fixture, &wait);
	wait = wait_of(0, 7 * S, 0, true); /* longer than the window: clamped to it */
	feed(fixture, &wait);
	wait.wait.object = OBJECT_UDP;
	wait.wait.ns = 20;
	feed(fixture, &wait);
	boundary(fixture, BEGIN + S);
	assert_int_equal(build(fixture, true)->wait_count, 2);
	row = fixture->model.processes[0].waits;
	assert_int_equal(row[0].object, OBJECT_TCP_CONNECTED);
	assert_int_equal(row[0].waits, 4 + 1);
	assert_int_equal(row[0].wait_ns, 400 + S);
	assert_int_equal(longest_ns(&row[0].longest), S);
	assert_int_equal(row[1].object, OBJECT_UDP);
	assert_int_equal(row[1].waits, 1);
	assert_int_equal(row[1].wait_ns, 20);
}

/* One that ended after the boundary, but before the table was read, is in the table and was open. */
static void test_waits_read_late(void **state)
{
	struct fixture *fixture = *state;
	struct record thread = thread_of(1, BEGIN, BEGIN + S), wait = wait_of(4, S, S / 4, false);
	const struct wait_model *row;

	boundary(fixture, BEGIN);
	thread.thread.state_ns[STATE_NETWORK] = S;
	feed(fixture, &thread);
	feed(fixture, &wait);
	wait = wait_of(0, S / 4, 0, true);
	feed(fixture, &wait);
	boundary(fixture, BEGIN + S);
	assert_int_equal(build(fixture, true)->wait_count, 1);
	row = fixture->model.processes[0].waits;
	assert_int_equal(row->wait_ns, S);
	assert_int_equal(row->open_ns, 0);
}

/* A snapshot at this time, with these rows as they are by then. */
static void feed_until(struct fixture *fixture, struct record *const rows[4], uint64_t end_ns)
{
	size_t i;

	for (i = 0; i < 4; i++)
		feed(fixture, rows[i]);
	boundary(fixture, end_ns);
}

/*
 * A wait from before the window counts with the part inside it, whether it ends there or continues;
 * other waits in that state keep their own time.
 */
static void test_waits_from_before(void **state)
{
	struct fixture *fixture = *state;
	struct record thread = thread_of(1, BEGIN, BEGIN + 8 * S), other;
	struct record wait = wait_of(0, 8 * S, 0, true),
		      short_one = wait_of(3, S / 10, S / 20, false);
	struct record *const rows[] = { &thread, &other, &short_one, &wait };
	const struct wait_model *row;

	short_one.wait.object = OBJECT_UDP;
	boundary(fixture, BEGIN);
	thread.thread.state_ns[STATE_NETWORK] = 8 * S;
	other = thread;
	other.thread.id = other.thread.tid = 2;
	other.thread.state_ns[STATE_NETWORK] = S / 10;
	other.thread.state_ns[STATE_SLEEP] = 8 * S - S / 10;
	feed_until(fixture, rows, BEGIN + 8 * S);
	/* it continues */
	thread.thread.end_ns = other.thread.end_ns = BEGIN + 9 * S;
	thread.thread.state_ns[STATE_NETWORK] = 9 * S;
	other.thread.state_ns[STATE_NETWORK] = S / 5;
	other.thread.state_ns[STATE_SLEEP] = 9 * S - S / 5;
	short_one.wait.ns = S / 5;
	short_one.wait.count = 6;
	wait.wait.ns = 9 * S;
	feed_until(fixture, rows, BEGIN + 9 * S);
	assert_int_equal(build(fixture, false)->wait_count, 2);
	row = fixture->model.processes[0].waits;
	assert_int_equal(row[0].object, OBJECT_TCP_CONNECTED);
	assert_int_equal(row[0].wait_ns, S);
	assert_int_equal(row[0].open_ns, S);
	assert_int_equal(row[1].wait_ns, S / 10);
	/* it ends a quarter of a second later; the other wait is not reduced by that */
	thread.thread.end_ns = other.thread.end_ns = BEGIN + 10 * S;
	thread.thread.state_ns[STATE_NETWORK] = 9 * S + S / 4;
	thread.thread.state_ns[STATE_SLEEP] = S - S / 4;
	other.thread.state_ns[STATE_NETWORK] = S / 5 + S / 2;
	other.thread.state_ns[STATE_SLEEP] = 10 * S - S / 5 - S / 2;
	short_one.wait.ns = S / 5 + S / 2;
	short_one.wait.count = 7;
	wait = wait_of(1, 9 * S + S / 4, 9 * S + S / 4, false);
	feed_until(fixture, rows, BEGIN + 10 * S);
	assert_int_equal(build(fixture, false)->wait_count, 2);
	row = fixture->model.processes[0].waits;
	assert_int_equal(row[0].object, OBJECT_UDP);
	assert_int_equal(row[0].wait_ns, S / 2);
	assert_int_equal(row[1].wait_ns, S / 4);
	assert_int_equal(row[1].open_ns, 0);
	/* of the whole all of it is */
	build(fixture, true);
	assert_int_equal(fixture->model.processes[0].waits[0].wait_ns, 9 * S + S / 4);
}

static void test_calls(void **state)
{
	struct fixture *fixture = *state;
	struct record thread = thread_of(1, BEGIN, BEGIN + S), call = { .kind = RECORD_CALL };

	call.call.pid = 10;
	call.call.process_start_ns = 5;
	call.call.count = 100;
	call.call.ns = 1000;
	memcpy(call.call.call_name, "read", 5);
	feed(fixture, &call);
	boundary(fixture, BEGIN);
	call.call.count = 130;
	call.call.ns = 1600;
	feed(fixture, &call);
	call.call.call = 1;
	call.call.count = 2;
	call.call.ns = 900;
	memcpy(call.call.call_name, "write", 6);
	feed(fixture, &call);
	feed(fixture, &thread);
	boundary(fixture, BEGIN + S);
	assert_int_equal(build(fixture, true)->call_count, 2);
	assert_string_equal(fixture->model.processes[0].calls[0].name, "write");
	assert_string_equal(fixture->model.processes[0].calls[1].name, "read");
	assert_int_equal(fixture->model.processes[0].calls[1].count, 30);
	assert_int_equal(fixture->model.processes[0].calls[1].ns, 600);
}

static void test_losses(void **state)
{
	struct fixture *fixture = *state;
	struct record thread = thread_of(1, BEGIN, BEGIN + S), loss = { .kind = RECORD_LOSS };

	loss.loss.count[LOSS_RING_FULL] = 5;
	loss.loss.hidden_ns = 11;
	feed(fixture, &loss);
	boundary(fixture, BEGIN);
	thread.thread.state_ns[STATE_ON_CPU] = S;
	feed(fixture, &thread);
	loss.loss.count[LOSS_RING_FULL] = 8;
	loss.loss.count[LOSS_CLOCK] = 1;
	loss.loss.hidden_ns = 31;
	feed(fixture, &loss);
	boundary(fixture, BEGIN + S);
	build(fixture, true);
	assert_int_equal(fixture->model.lost[LOSS_RING_FULL], 3);
	assert_int_equal(fixture->model.lost_total, 4);
	assert_int_equal(fixture->model.hidden_ns, 20);
	assert_int_equal(fixture->model.time.state_ns[STATE_UNOBSERVED], 20);
	assert_int_equal(fixture->model.time.wall_ns, S + 20);
	assert_int_equal(fixture->model.processes[0].time.wall_ns, S);
}

static void test_throttled_unknown_stays_unknown(void **state)
{
	struct fixture *fixture = *state;
	struct record thread = thread_of(1, BEGIN, BEGIN + S);

	boundary(fixture, BEGIN);
	thread.thread.throttled_ns = 40;
	feed(fixture, &thread);
	thread.thread.id = 2;
	feed(fixture, &thread);
	boundary(fixture, BEGIN + S);
	build(fixture, true);
	assert_int_equal(fixture->model.time.throttled_ns, 80);
	thread.thread.id = 3;
	thread.thread.throttled_ns = RECORD_UNKNOWN;
	feed(fixture, &thread);
	boundary(fixture, BEGIN + 2 * S);
	build(fixture, true);
	assert_int_equal(fixture->model.time.throttled_ns, RECORD_UNKNOWN);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_histograms),
		TEST(test_processes),
		TEST(test_unended_ipc),
		TEST(test_waits),
		TEST(test_longest_of_a_window),
		TEST(test_waits_read_late),
		TEST(test_waits_from_before),
		TEST(test_calls),
		TEST(test_losses),
		TEST(test_throttled_unknown_stays_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
