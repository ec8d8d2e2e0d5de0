// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of what a verdict says on hand-made models: causes, evidence, confidence and advice. */
#include "verdict/verdict_fixture.h"

static void test_fan_out_advice(void **state)
{
	struct fixture *fixture = *state;

	/* 17 requests in flight all the time, more than the pool that would be advised */
	class_of(state, 18000, 0, 0, 170000);
	assert_string_equal(fixture->verdict.advice_model, "event loop");
	memcpy(fixture->process.runtime, "CPython", 8);
	judge(fixture);
	assert_string_equal(fixture->verdict.advice_model, "asyncio");
	/* as many, but each of them is computed on for longer */
	class_of(state, 19000, 0, 0, 170000);
	assert_string_equal(fixture->verdict.advice_model, "threads");
	class_of(state, 17000, 0, 0, 159000);
	assert_string_equal(fixture->verdict.advice_model, "threads");
	class_of(state, 999, 0, 0, 9001);
	assert_string_equal(fixture->verdict.advice_model, "threads");
	assert_int_equal(fixture->verdict.advice_workers, 16); /* min(32, 4 cores x 4) */
	fixture->model.capture.cpus = 64;
	verdict_judge(&fixture->model, NULL, NULL, &fixture->settings, &fixture->verdict);
	assert_int_equal(fixture->verdict.advice_workers, 32);
}

static void test_advice_by_class(void **state)
{
	struct fixture *fixture = *state;

	class_of(state, 9000, 0, 0, 0);
	assert_string_equal(fixture->verdict.advice_model, "threads");
	memcpy(fixture->process.runtime, "CPython", 8);
	judge(fixture);
	assert_string_equal(fixture->verdict.advice_model, "processes");
	/* a thread with spare time on its core is not slowed down by computing */
	class_of(state, 7900, 0, 0, 0);
	assert_string_equal(fixture->verdict.advice_model, "");
	/* all cores are full already, of threads */
	class_of(state, 36000, 0, 0, 0);
	memcpy(fixture->process.runtime, "CPython", 8);
	judge(fixture);
	assert_string_equal(fixture->verdict.advice_model, "threads");
	class_of(state, 9000, 0, 0, 0);
	assert_int_equal(fixture->verdict.advice_workers, 4);
	assert_string_equal(fixture->verdict.advice_next, "perf top -p 4242");
	class_of(state, 5000, 0, 0, 5000);
	assert_string_equal(fixture->verdict.advice_model, "hybrid");
}

/* What has ended cannot be watched again; what started it can, if it is watched, too. */
static void test_next_of_what_has_ended(void **state)
{
	struct fixture *fixture = *state;
	struct process_model processes[2];

	class_of(state, 999, 0, 0, 9001);
	assert_string_equal(fixture->verdict.advice_next, "boundby attach -p 4242 -d 60 -v");
	fixture->process.exited = true;
	fixture->process.ppid = 41;
	judge(fixture);
	assert_string_equal(fixture->verdict.advice_next, "");
	assert_true(fixture->verdict.advice_now[0]);
	assert_int_equal(fixture->verdict.main_pid, 4242);
	processes[0] = fixture->process;
	memset(&processes[1], 0, sizeof(processes[1]));
	processes[1].pid = 41;
	fixture->model.processes = processes;
	fixture->model.process_count = 2;
	verdict_judge(&fixture->model, NULL, NULL, &fixture->settings, &fixture->verdict);
	assert_string_equal(fixture->verdict.advice_next, "boundby attach -p 41 -d 60 -v");
	/* its own parent, in what a hostile file says */
	processes[1].exited = true;
	processes[1].ppid = 41;
	verdict_judge(&fixture->model, NULL, NULL, &fixture->settings, &fixture->verdict);
	assert_string_equal(fixture->verdict.advice_next, "");
}

/* Every reachable class has a headline and an advice, and terminates its buffers. */
static void test_every_class_has_words(void **state)
{
	static const uint64_t rows[][4] = {
		{ 1, 0, 0, 0 },	      { 5000, 5000, 0, 0 },    { 5000, 0, 5000, 0 },
		{ 9000, 0, 0, 1000 }, { 1000, 0, 0, 9000 },    { 5000, 0, 0, 5000 },
		{ 0, 0, 0, 0 },	      { 39000, 20000, 0, 10 },
	};
	struct fixture *fixture = *state;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		class_of(state, rows[i][0], rows[i][1], rows[i][2], rows[i][3]);
		assert_true(fixture->verdict.headline[0]);
		assert_null(strstr(fixture->verdict.headline, "nan"));
		assert_true(fixture->verdict.advice_now[0]);
		assert_true(fixture->verdict.advice_next[0]);
		assert_true(fixture->verdict.evidence_count > 0);
		assert_true(fixture->verdict.unmeasured_count > 0);
	}
}

/* More ready threads than CPUs, and more than 5 % of the CPU time spent on switching. */
static void test_oversubscription(void **state)
{
	static const struct {
		uint64_t on_cpu_ms, ready_ms, switches;
		bool found;
	} rows[] = {
		{ 36000, 20000, 2000000, true }, /* 5.6 on 4 CPUs, 2 s of 36 */
		{ 36000, 20000, 1700000, false }, /* 1.7 s of 36: 4.7 % */
		{ 30000, 9000, 2000000, false }, /* 3.9 on 4 CPUs */
	};
	struct fixture *fixture = *state;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		setup(state);
		fixture->model.capture.switch_same_ns = 500;
		fixture->model.capture.switch_other_ns = 1000;
		fixture->process.switches.in_other_process = rows[i].switches;
		fixture->model.switches.in_other_process = rows[i].switches;
		spend(fixture, STATE_ON_CPU, rows[i].on_cpu_ms * MS);
		spend(fixture, STATE_RUNNABLE_WAKEUP, rows[i].ready_ms * MS);
		judge(fixture);
		assert_int_equal(fixture->verdict.finding_count, rows[i].found);
		if (rows[i].found)
			assert_string_equal(fixture->verdict.findings[0].kind, "oversubscription");
	}
	/* a host that was not calibrated has no such finding */
	fixture->model.capture.switch_same_ns = fixture->model.capture.switch_other_ns =
		RECORD_UNKNOWN;
	fixture->process.switches.in_other_process = 20000000;
	fixture->model.switches.in_other_process = 20000000;
	judge(fixture);
	assert_int_equal(fixture->verdict.finding_count, 0);
}

static void test_switches_are_priced(void **state)
{
	struct record_capture capture = { .switch_same_ns = 500, .switch_other_ns = 1000 };
	struct switch_counts counts = { .in_same_process = 3, .in_other_process = 5, .in_idle = 7 };

	assert_int_equal(switches_cost(&capture, &counts), 3 * 500 + 5 * 1000 + 7 * 500);
	capture.switch_other_ns = RECORD_UNKNOWN;
	assert_true(switches_cost(&capture, &counts) == RECORD_UNKNOWN);
	capture.switch_other_ns = UINT64_MAX - 1;
	assert_true(switches_cost(&capture, &counts) == RECORD_UNKNOWN);
}

static void test_who_starves_it(void **state)
{
	struct fixture *fixture = *state;

	/* its own threads fill the CPUs */
	class_of(state, 36000, 20000, 0, 0);
	assert_int_equal(fixture->verdict.class, VERDICT_CPU_STARVED);
	assert_int_equal(fixture->verdict.advice_workers, 4);
	assert_int_equal(fixture->verdict.finding_count, 0);
	/* others do */
	class_of(state, 3000, 5000, 0, 0);
	assert_int_equal(fixture->verdict.advice_workers, 0);
	assert_int_equal(fixture->verdict.finding_count, 0);
	assert_non_null(strstr(fixture->verdict.advice_now, "other processes use the CPUs"));
	/* the quota does */
	setup(state);
	spend(fixture, STATE_ON_CPU, 3000 * MS);
	spend(fixture, STATE_RUNNABLE_PREEMPTED, 5000 * MS);
	fixture->process.time.throttled_ns = 4000 * MS;
	judge(fixture);
	assert_non_null(strstr(fixture->verdict.advice_now, "quota"));
	assert_string_equal(fixture->verdict.causes[0].kind, "throttled");
	assert_int_equal(lround(fixture->verdict.causes[0].share * 1000), 500);
	assert_string_equal(fixture->verdict.findings[0].kind, "throttling");
}

static void test_causes(void **state)
{
	struct fixture *fixture = *state;
	const struct verdict *verdict;
	size_t i;

	spend(fixture, STATE_ON_CPU, 1000 * MS);
	spend(fixture, STATE_NETWORK, 6000 * MS);
	spend(fixture, STATE_DISK, 2960 * MS);
	spend(fixture, STATE_CHILD, 40 * MS); /* below 1 %: omitted */
	spend(fixture, STATE_REQUEST, 50 * S); /* rest is no cause of work */
	wait_at(fixture, STATE_REQUEST, "accept4", 50 * S);
	wait_at(fixture, STATE_CHILD, "wait4", 40 * MS);
	wait_at(fixture, STATE_DISK, "fsync", 2960 * MS);
	wait_at(fixture, STATE_NETWORK, "recvfrom", 6000 * MS);
	fixture->waits[3].object = OBJECT_TCP_CONNECTED;
	fixture->waits[3].family = AF_INET;
	fixture->waits[3].peer_port = 5432;
	memcpy(fixture->waits[3].peer_addr, "\x0a\x00\x00\x07", 4);
	verdict = judge(fixture);
	assert_int_equal(verdict->class, VERDICT_IO_BOUND);
	assert_int_equal(verdict->cause_count, 3);
	assert_string_equal(verdict->causes[0].kind, "network");
	assert_string_equal(verdict->causes[0].detail, "recvfrom on tcp 10.0.0.7:5432");
	assert_int_equal(lround(verdict->causes[0].share * 1000), 600);
	assert_string_equal(verdict->causes[1].kind, "disk");
	assert_string_equal(verdict->causes[2].kind, "cpu");
	for (i = 1; i < verdict->cause_count; i++)
		assert_true(verdict->causes[i - 1].share >= verdict->causes[i].share);
}

static void test_more_causes_than_room(void **state)
{
	struct fixture *fixture = *state;
	char call[16];
	int i;

	spend(fixture, STATE_ON_CPU, 500 * MS);
	spend(fixture, STATE_NETWORK, 9500 * MS);
	for (i = 0; i < 8; i++) {
		snprintf(call, sizeof(call), "read%d", i);
		wait_at(fixture, STATE_NETWORK, call, (uint64_t)(i + 1) * 250 * MS);
	}
	judge(fixture);
	assert_int_equal(fixture->verdict.cause_count, VERDICT_MAX_CAUSES);
	assert_int_equal(lround(fixture->verdict.causes[0].share * 1000), 200);
	assert_int_equal(lround(fixture->verdict.causes[5].share * 1000), 75);
}

static void test_wait_names(void **state)
{
	struct wait_model wait = { .state = STATE_DISK, .object = OBJECT_FILE };
	char text[128];

	memcpy(wait.call_name, "pread64", 8);
	wait.device = 254U << 20 | 3;
	wording_wait(&wait, text, sizeof(text));
	assert_string_equal(text, "pread64 on file of device 254:3");
	snprintf(wait.file_system, sizeof(wait.file_system), "ext4");
	wording_wait(&wait, text, sizeof(text));
	assert_string_equal(text, "pread64 on file of ext4 254:3");
	memset(&wait, 0, sizeof(wait));
	wait.state = STATE_PAGE_FAULT;
	wording_wait(&wait, text, sizeof(text));
	assert_string_equal(text, "page fault");
	wait.family = AF_INET6;
	wait.peer_port = 80;
	wait.peer_addr[15] = 1;
	wording_peer(&wait, text, sizeof(text));
	assert_string_equal(text, "[::1]:80");
	wait.family = AF_UNIX;
	wording_peer(&wait, text, sizeof(text));
	assert_string_equal(text, "");
	wording_peer(&wait, text, 1);
}

static void test_stalls_are_grouped(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(class_of_stalls(fixture, 30, 100), VERDICT_LOOP_BLOCKED);
	assert_int_equal(fixture->verdict.confidence, CONFIDENCE_HIGH);
	/* two lines of fetch, and all of render */
	assert_int_equal(fixture->verdict.cause_count, 3);
	assert_true(fabs(fixture->verdict.causes[0].share - 1.0 / 3) < 1e-6);
	assert_non_null(strstr(fixture->verdict.advice_now, "off the loop"));
	assert_non_null(strstr(fixture->verdict.headline, "30 % of the time: 30 stalls"));
}

/* A lack of CPU is one cause, wherever it met the program. */
static void test_starved_stalls_have_no_place(void **state)
{
	struct fixture *fixture = *state;
	size_t i;

	class_of_stalls(fixture, 30, 100);
	for (i = 0; i < fixture->process.stall_count; i++)
		fixture->process.stalls[i].cause = STALL_STARVED;
	assert_int_equal(judge(fixture)->class, VERDICT_LOOP_BLOCKED);
	assert_int_equal(fixture->verdict.cause_count, 1);
	assert_string_equal(fixture->verdict.causes[0].where, "");
	assert_true(fixture->verdict.causes[0].share > 0.999);
}

static void test_advice_speaks_the_runtime(void **state)
{
	struct fixture *fixture = *state;

	snprintf(fixture->process.runtime, sizeof(fixture->process.runtime), "Node.js");
	class_of_stalls(fixture, 1, 2000);
	assert_non_null(strstr(fixture->verdict.advice_now, "worker_threads"));
	setup(state);
	snprintf(fixture->process.runtime, sizeof(fixture->process.runtime), "CPython");
	class_of_stalls(fixture, 1, 2000);
	assert_non_null(strstr(fixture->verdict.advice_now, "process_pool"));
	setup(state);
	class_of_stalls(fixture, 1, 2000);
	assert_null(strstr(fixture->verdict.advice_now, "asyncio"));
}

/* Another thread is no help for a computation that does not end. */
static void test_advice_for_a_loop_that_never_returned(void **state)
{
	struct fixture *fixture = *state;

	snprintf(fixture->process.runtime, sizeof(fixture->process.runtime), "Node.js");
	class_of_stalls(fixture, 1, 9000);
	assert_non_null(strstr(fixture->verdict.advice_now, "worker_threads"));
	fixture->process.stalls[0].open = true;
	fixture->process.stalls[0].duration_ns = fixture->model.duration_ns;
	assert_int_equal(judge(fixture)->class, VERDICT_LOOP_BLOCKED);
	assert_null(strstr(fixture->verdict.advice_now, "worker_threads"));
	assert_non_null(strstr(fixture->verdict.advice_now, "limit its input"));
}

/* What two processes wait for alike is one cause, and parts of less than 1 % add up. */
static void test_like_causes_are_one(void **state)
{
	struct fixture *fixture = *state;
	struct process_model two[2];
	int i;

	spend(fixture, STATE_ON_CPU, 1000 * MS);
	spend(fixture, STATE_DISK, 6000 * MS);
	wait_at(fixture, STATE_DISK, "fdatasync", 3000 * MS);
	judge(fixture);
	two[0] = two[1] = fixture->process;
	for (i = 0; i < NR_STATES; i++)
		fixture->model.time.state_ns[i] = 2 * two[0].time.state_ns[i];
	fixture->model.time.wall_ns = 2 * two[0].time.wall_ns;
	two[1].pid++;
	fixture->model.processes = two;
	fixture->model.process_count = 2;
	verdict_judge(&fixture->model, NULL, NULL, &fixture->settings, &fixture->verdict);
	fixture->model.processes = &fixture->process;
	fixture->model.process_count = 1;
	assert_int_equal(fixture->verdict.class, VERDICT_IO_BOUND);
	assert_int_equal(fixture->verdict.cause_count, 2);
	assert_string_equal(fixture->verdict.causes[0].detail, "fdatasync");
	assert_true(fabs(fixture->verdict.causes[0].share - 6.0 / 14) < 1e-9);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_fan_out_advice),
		TEST(test_advice_by_class),
		TEST(test_next_of_what_has_ended),
		TEST(test_every_class_has_words),
		TEST(test_oversubscription),
		TEST(test_switches_are_priced),
		TEST(test_who_starves_it),
		TEST(test_causes),
		TEST(test_more_causes_than_room),
		TEST(test_wait_names),
		TEST(test_stalls_are_grouped),
		TEST(test_starved_stalls_have_no_place),
		TEST(test_advice_speaks_the_runtime),
		TEST(test_advice_for_a_loop_that_never_returned),
		TEST(test_like_causes_are_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
