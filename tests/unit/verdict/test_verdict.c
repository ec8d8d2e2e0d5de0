// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of verdict on hand-made models: each rule just above and just below its threshold, and
 * confidence, causes, evidence and advice.
 */
#include <arpa/inet.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/err.h"
#include "verdict/rules.h"
#include "verdict/verdict.h"
#include "verdict/words/wording.h"
#include "watch/burst_policy.h"

#define S 1000000000ULL
#define MS 1000000ULL

/* A model of one process watched for 10 s on 4 CPUs; what its states leave is sleep. */
struct fixture {
	struct model model;
	struct process_model process;
	struct wait_model waits[8];
	struct verdict_settings settings;
	struct verdict verdict;
};

static int setup(void **state)
{
	static struct fixture fixture;

	memset(&fixture, 0, sizeof(fixture));
	fixture.model.capture.cpus = 4;
	fixture.model.duration_ns = 10 * S;
	fixture.model.threads_seen = 1;
	fixture.model.processes = &fixture.process;
	fixture.model.process_count = 1;
	fixture.process.pid = 4242;
	fixture.process.waits = fixture.waits;
	fixture.process.time.throttled_ns = RECORD_UNKNOWN;
	memcpy(fixture.process.comm, "server", 7);
	verdict_settings_default(&fixture.settings);
	*state = &fixture;
	return 0;
}

static void spend(struct fixture *fixture, enum ledger_state s, uint64_t ns)
{
	fixture->process.time.state_ns[s] += ns;
}

static void wait_at(struct fixture *fixture, enum ledger_state s, const char *call, uint64_t ns)
{
	struct wait_model *wait = &fixture->waits[fixture->process.wait_count++];

	wait->state = s;
	wait->waits = 1;
	wait->wait_ns = ns;
	wait->longest = (struct longest){ ns, ns };
	snprintf(wait->call_name, sizeof(wait->call_name), "%s", call);
}

static const struct verdict *judge(struct fixture *fixture)
{
	struct ledger *time = &fixture->process.time;
	uint64_t wall = 0;
	int i;

	for (i = 0; i < NR_STATES; i++)
		wall += time->state_ns[i];
	if (wall && wall < fixture->model.duration_ns)
		time->state_ns[STATE_SLEEP] += fixture->model.duration_ns - wall;
	time->wall_ns = wall && wall < fixture->model.duration_ns ? fixture->model.duration_ns :
								    wall;
	fixture->model.time = *time;
	fixture->model.unended_ipc_ns = fixture->process.unended_ipc_ns;
	verdict_judge(&fixture->model, NULL, NULL, &fixture->settings, &fixture->verdict);
	return &fixture->verdict;
}

/* Ten seconds of these four; returns the class. */
static enum verdict_class class_of(void **state, uint64_t on_cpu_ms, uint64_t runnable_ms,
				   uint64_t lock_ms, uint64_t network_ms)
{
	setup(state);
	spend(*state, STATE_ON_CPU, on_cpu_ms * MS);
	spend(*state, STATE_RUNNABLE_WAKEUP, runnable_ms * MS);
	spend(*state, STATE_LOCK, lock_ms * MS);
	spend(*state, STATE_NETWORK, network_ms * MS);
	return judge(*state)->class;
}

static void test_signals(void **state)
{
	struct fixture *fixture = *state;
	struct signals s;
	int i;

	for (i = 0; i < NR_STATES; i++)
		fixture->model.time.state_ns[i] = (1ULL << i) * MS;
	fixture->model.unended_ipc_ns = 12 * MS;
	fixture->model.time.throttled_ns = 3 * MS;
	signals_compute(&fixture->model, NULL, &s);
	assert_int_equal(lround(s.unobserved_s * 1e3), 1);
	assert_int_equal(lround(s.on_cpu_s * 1e3), 2);
	assert_int_equal(lround(s.runnable_s * 1e3), 4 + 8);
	/* network, disk, poll_io, ipc less what never ended, child, page_fault, kernel */
	assert_int_equal(lround(s.io_s * 1e3), 16 + 64 + 256 + (512 - 12) + 16384 + 32768 + 65536);
	assert_int_equal(lround(s.lock_s * 1e3), 1024 + 2048);
	/* request, poll_idle, condition, sleep, stopped; `other` is neither */
	assert_int_equal(lround(s.rest_s * 1e3), 32 + 128 + 4096 + 8192 + 131072 + 12);
	assert_int_equal(lround((s.work_s - s.on_cpu_s - s.runnable_s - s.io_s - s.lock_s) * 1e3),
			 0);
	assert_int_equal(lround(s.throttled_s * 1e3), 3);
	assert_int_equal(lround(s.cores * 1e6), 200);
}

static void test_signals_unknown(void **state)
{
	struct fixture *fixture = *state;
	struct signals s;

	fixture->model.time.throttled_ns = RECORD_UNKNOWN;
	signals_compute(&fixture->model, NULL, &s);
	assert_true(isnan(s.ratio));
	assert_true(isnan(s.contention));
	assert_true(isnan(s.starvation));
	assert_true(isnan(s.throttled_s));
	assert_int_equal(lround(s.cores), 0);
}

static void test_insufficient(void **state)
{
	struct fixture *fixture = *state;

	/* nothing at all */
	assert_int_equal(judge(fixture)->class, VERDICT_INSUFFICIENT);
	assert_int_equal(fixture->verdict.confidence, CONFIDENCE_LOW);
	/* too short and too little work; long enough; or work enough */
	setup(state);
	fixture->model.duration_ns = 979 * MS;
	spend(fixture, STATE_ON_CPU, 97 * MS);
	assert_int_equal(judge(fixture)->class, VERDICT_INSUFFICIENT);
	assert_non_null(strstr(fixture->verdict.headline, "for at least"));
	assert_non_null(strstr(fixture->verdict.advice_next, "boundby attach -p 4242"));
	setup(state);
	fixture->model.duration_ns = 1000 * MS;
	spend(fixture, STATE_ON_CPU, 99 * MS);
	assert_int_equal(judge(fixture)->class, VERDICT_CPU_BOUND);
	setup(state);
	fixture->model.duration_ns = 999 * MS;
	spend(fixture, STATE_ON_CPU, 101 * MS);
	assert_int_equal(judge(fixture)->class, VERDICT_CPU_BOUND);
}

static void test_insufficient_unobserved(void **state)
{
	struct fixture *fixture = *state;

	spend(fixture, STATE_ON_CPU, 4999 * MS);
	spend(fixture, STATE_UNOBSERVED, 5001 * MS);
	assert_int_equal(judge(fixture)->class, VERDICT_INSUFFICIENT);
	assert_non_null(strstr(fixture->verdict.headline, "could not be observed"));
	setup(state);
	spend(fixture, STATE_ON_CPU, 5001 * MS);
	spend(fixture, STATE_UNOBSERVED, 4999 * MS);
	assert_int_equal(judge(fixture)->class, VERDICT_CPU_BOUND);
	assert_int_equal(fixture->verdict.confidence, CONFIDENCE_LOW);
}

static void test_idle(void **state)
{
	/* cores 0.02 and work 5 % of 10 s: both must stay below */
	assert_int_equal(class_of(state, 199, 0, 0, 300), VERDICT_IDLE);
	assert_int_equal(class_of(state, 201, 0, 0, 200), VERDICT_MIXED);
	assert_int_equal(class_of(state, 199, 0, 0, 302), VERDICT_IO_BOUND);
	assert_int_equal(class_of(state, 1, 0, 0, 0), VERDICT_IDLE);
}

/* An idle server that got one request is never called I/O-bound. */
static void test_idle_server(void **state)
{
	struct fixture *fixture = *state;

	spend(fixture, STATE_REQUEST, 9990 * MS);
	spend(fixture, STATE_ON_CPU, 2 * MS);
	spend(fixture, STATE_NETWORK, 8 * MS);
	assert_int_equal(judge(fixture)->class, VERDICT_IDLE);
}

static void test_starved(void **state)
{
	assert_int_equal(class_of(state, 7000, 3000, 0, 0), VERDICT_CPU_STARVED);
	assert_int_equal(class_of(state, 7001, 2999, 0, 0), VERDICT_CPU_BOUND);
	/* it comes before I/O: a starved program waits longer for that too */
	assert_int_equal(class_of(state, 1000, 3001, 0, 5999), VERDICT_CPU_STARVED);
	assert_int_equal(class_of(state, 1000, 2999, 0, 6001), VERDICT_IO_BOUND);
	/* and before locks */
	assert_int_equal(class_of(state, 3000, 3500, 3500, 0), VERDICT_CPU_STARVED);
}

static void test_lock_bound(void **state)
{
	assert_int_equal(class_of(state, 7000, 0, 3000, 0), VERDICT_LOCK_BOUND);
	assert_int_equal(class_of(state, 7001, 0, 2999, 0), VERDICT_CPU_BOUND);
}

static void test_condition_is_no_contention(void **state)
{
	struct fixture *fixture = *state;

	spend(fixture, STATE_ON_CPU, 2000 * MS);
	spend(fixture, STATE_CONDITION, 90 * S);
	assert_int_equal(judge(fixture)->class, VERDICT_CPU_BOUND);
}

static void test_cpu_io_mixed(void **state)
{
	assert_int_equal(class_of(state, 7001, 0, 0, 2999), VERDICT_CPU_BOUND);
	assert_int_equal(class_of(state, 6999, 0, 0, 3001), VERDICT_MIXED);
	assert_int_equal(class_of(state, 4001, 0, 0, 5999), VERDICT_MIXED);
	assert_int_equal(class_of(state, 3999, 0, 0, 6001), VERDICT_IO_BOUND);
}

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

static void test_unended_pipe_is_rest(void **state)
{
	struct fixture *fixture = *state;

	spend(fixture, STATE_ON_CPU, 1000 * MS);
	spend(fixture, STATE_IPC, 9000 * MS);
	fixture->process.unended_ipc_ns = 9000 * MS;
	wait_at(fixture, STATE_IPC, "read", 9000 * MS);
	fixture->waits[0].open_ns = 9000 * MS;
	assert_int_equal(judge(fixture)->class, VERDICT_CPU_BOUND);
	assert_int_equal(fixture->verdict.cause_count, 1);
	assert_string_equal(fixture->verdict.causes[0].kind, "cpu");
	fixture->process.unended_ipc_ns = 0;
	assert_int_equal(judge(fixture)->class, VERDICT_IO_BOUND);
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

static const struct verdict_evidence *evidence(const struct verdict *verdict, const char *rule)
{
	size_t i;

	for (i = 0; i < verdict->evidence_count; i++)
		if (!strcmp(verdict->evidence[i].rule, rule))
			return &verdict->evidence[i];
	return NULL;
}

static void test_evidence(void **state)
{
	struct fixture *fixture = *state;
	const struct verdict_evidence *row;

	class_of(state, 2000, 1000, 0, 7000);
	/* what decided comes first, then the signals of the rules that did not hold */
	row = &fixture->verdict.evidence[0];
	assert_string_equal(row->rule, "ratio");
	assert_string_equal(row->unit, "ratio");
	assert_int_equal(lround(row->value * 1000), 222);
	assert_int_equal(lround(row->threshold * 1000), 400);
	row = evidence(&fixture->verdict, "starvation");
	assert_non_null(row);
	assert_int_equal(lround(row->value * 1000), 100);
	assert_non_null(evidence(&fixture->verdict, "contention"));
	class_of(state, 5000, 5000, 0, 0);
	assert_string_equal(fixture->verdict.evidence[0].rule, "starvation");
}

static bool leaves_open(const struct fixture *fixture, const char *what)
{
	size_t i;

	for (i = 0; i < fixture->verdict.unmeasured_count; i++)
		if (strstr(fixture->verdict.unmeasured[i], what))
			return true;
	return false;
}

/* A program with event sets whose main thread does not return to them may be a blocked loop. */
static void test_confidence_of_what_is_not_seen(void **state)
{
	struct fixture *fixture = *state;
	struct thread_model thread = { .tid = 4242, .count = 1 };
	struct loop_model loop = { .tid = 4242, .loop_class = LOOP_EVENT_LOOP, .iterations = 100 };

	spend(fixture, STATE_DISK, 9 * S);
	spend(fixture, STATE_ON_CPU, S);
	thread.time = fixture->process.time;
	thread.time.wall_ns = 10 * S;
	fixture->process.threads = &thread;
	fixture->process.thread_count = 1;
	assert_int_equal(judge(fixture)->confidence, CONFIDENCE_HIGH);
	fixture->process.event_sets = 1;
	assert_int_equal(judge(fixture)->class, VERDICT_IO_BOUND);
	/* switches alone do not show whether it returned */
	assert_int_equal(judge(fixture)->confidence, CONFIDENCE_LOW);
	assert_true(leaves_open(fixture, "blocked event loop"));
	fixture->model.capture.depth = DEPTH_SYSCALLS;
	assert_int_equal(judge(fixture)->confidence, CONFIDENCE_MEDIUM);
	assert_true(leaves_open(fixture, "blocked event loop"));
	/* it returned: the loop's own figures decide */
	loop.busy_ns = 9 * S;
	fixture->process.loops = &loop;
	fixture->process.loop_count = 1;
	assert_int_equal(judge(fixture)->confidence, CONFIDENCE_HIGH);
	assert_false(leaves_open(fixture, "blocked event loop"));
	fixture->process.loop_count = 0;
	snprintf(fixture->process.runtime, sizeof(fixture->process.runtime), "Go");
	assert_int_equal(judge(fixture)->confidence, CONFIDENCE_HIGH);
	fixture->process.event_sets = RECORD_UNKNOWN;
	fixture->process.runtime[0] = '\0';
	assert_int_equal(judge(fixture)->confidence, CONFIDENCE_HIGH);
	/* a loop that is known, but was away for most of the window before it was */
	fixture->process.loop_count = 1;
	loop.busy_ns = 4 * S;
	assert_int_equal(judge(fixture)->confidence, CONFIDENCE_MEDIUM);
	loop.busy_ns = 9 * S;
	assert_int_equal(judge(fixture)->confidence, CONFIDENCE_HIGH);
}

/* Of two threads one waits at the only set: the other one is no loop. */
static void test_worker_beside_a_loop(void **state)
{
	struct fixture *fixture = *state;
	struct thread_model threads[2] = { { .tid = 4242, .count = 1 },
					   { .tid = 4243, .count = 1 } };

	spend(fixture, STATE_ON_CPU, 10 * S);
	threads[0].time = fixture->process.time;
	threads[0].time.wall_ns = threads[1].time.wall_ns = 10 * S;
	threads[1].time.state_ns[STATE_POLL_IDLE] = 10 * S;
	fixture->process.threads = threads;
	fixture->process.thread_count = 2;
	fixture->process.event_sets = 1;
	assert_int_equal(judge(fixture)->confidence, CONFIDENCE_HIGH);
	assert_false(burst_wanted(&fixture->model, &fixture->verdict));
	fixture->process.event_sets = 2;
	assert_int_equal(judge(fixture)->confidence, CONFIDENCE_LOW);
	assert_true(burst_wanted(&fixture->model, &fixture->verdict));
}

static void test_confidence(void **state)
{
	struct fixture *fixture = *state;

	class_of(state, 9900, 0, 0, 100);
	assert_int_equal(fixture->verdict.confidence, CONFIDENCE_HIGH);
	/* near the threshold */
	class_of(state, 7100, 0, 0, 2900);
	assert_int_equal(fixture->verdict.confidence, CONFIDENCE_MEDIUM);
	/* near what would have made it another class */
	class_of(state, 7100, 2900, 0, 0);
	assert_int_equal(fixture->verdict.class, VERDICT_CPU_BOUND);
	assert_int_equal(fixture->verdict.confidence, CONFIDENCE_MEDIUM);
	class_of(state, 7100, 0, 2900, 0);
	assert_int_equal(fixture->verdict.class, VERDICT_CPU_BOUND);
	assert_int_equal(fixture->verdict.confidence, CONFIDENCE_MEDIUM);
	/* 0.02 cores, or 5 % of the window with work, and it is not idle */
	setup(state);
	spend(fixture, STATE_ON_CPU, 215 * MS);
	assert_int_equal(judge(fixture)->class, VERDICT_CPU_BOUND);
	assert_int_equal(fixture->verdict.confidence, CONFIDENCE_MEDIUM);
	setup(state);
	spend(fixture, STATE_ON_CPU, 225 * MS);
	assert_int_equal(judge(fixture)->confidence, CONFIDENCE_HIGH);
	setup(state);
	spend(fixture, STATE_DISK, 540 * MS);
	assert_int_equal(judge(fixture)->class, VERDICT_IO_BOUND);
	assert_int_equal(fixture->verdict.confidence, CONFIDENCE_MEDIUM);
	setup(state);
	spend(fixture, STATE_DISK, 560 * MS);
	assert_int_equal(judge(fixture)->confidence, CONFIDENCE_HIGH);
	/* watched for a moment only */
	setup(state);
	fixture->model.duration_ns = 2 * S;
	spend(fixture, STATE_ON_CPU, 2 * S);
	assert_int_equal(judge(fixture)->confidence, CONFIDENCE_MEDIUM);
	/* some time hidden by losses; much of it */
	setup(state);
	spend(fixture, STATE_ON_CPU, 9800 * MS);
	spend(fixture, STATE_UNOBSERVED, 200 * MS);
	assert_int_equal(judge(fixture)->confidence, CONFIDENCE_MEDIUM);
	setup(state);
	spend(fixture, STATE_ON_CPU, 8900 * MS);
	spend(fixture, STATE_UNOBSERVED, 1100 * MS);
	assert_int_equal(judge(fixture)->confidence, CONFIDENCE_LOW);
}

/* Waits for locks that did not end in the window may be held for ever, though no holder is known. */
static void test_locks_that_do_not_move(void **state)
{
	struct standing_model standing[2] = { { .tid = 2, .state = STATE_LOCK },
					      { .tid = 3, .state = STATE_LOCK } };
	struct fixture *fixture = *state;

	spend(fixture, STATE_LOCK, 50 * S);
	assert_int_equal(judge(fixture)->class, VERDICT_LOCK_BOUND);
	assert_int_equal(fixture->verdict.confidence, CONFIDENCE_HIGH);
	/* of five threads that wait two did not move */
	fixture->process.standing = standing;
	fixture->process.standing_count = 2;
	assert_int_equal(judge(fixture)->confidence, CONFIDENCE_HIGH);
	setup(state);
	fixture->process.standing = standing;
	fixture->process.standing_count = 2;
	spend(fixture, STATE_LOCK, 20 * S);
	assert_int_equal(judge(fixture)->class, VERDICT_LOCK_BOUND);
	assert_int_equal(fixture->verdict.confidence, CONFIDENCE_MEDIUM);
	/* others may stand where they like */
	standing[0].state = standing[1].state = STATE_SLEEP;
	assert_int_equal(judge(fixture)->confidence, CONFIDENCE_HIGH);
}

static bool says(const struct verdict *verdict, const char *word)
{
	size_t i;

	for (i = 0; i < verdict->unmeasured_count; i++)
		if (strstr(verdict->unmeasured[i], word))
			return true;
	return false;
}

static void test_unmeasured(void **state)
{
	struct fixture *fixture = *state;

	class_of(state, 9000, 0, 0, 0);
	assert_false(says(&fixture->verdict, "stacks"));
	fixture->model.capture.left_out = 1u << OPTIONAL_SWITCH_STACKS;
	judge(fixture);
	assert_true(says(&fixture->verdict, "stacks"));
	fixture->model.capture.left_out = 0;
	judge(fixture);
	assert_true(says(&fixture->verdict, "quota"));
	assert_true(says(&fixture->verdict, "--depth syscalls"));
	fixture->process.time.throttled_ns = 0;
	fixture->model.capture.depth = DEPTH_SYSCALLS;
	judge(fixture);
	assert_false(says(&fixture->verdict, "quota"));
	assert_false(says(&fixture->verdict, "--depth syscalls"));
	assert_false(says(&fixture->verdict, "locks inside the kernel"));
	fixture->model.capture.left_out = 1u << OPTIONAL_KERNEL_LOCKS;
	judge(fixture);
	assert_true(says(&fixture->verdict, "locks inside the kernel"));
	assert_false(says(&fixture->verdict, "pauses"));
}

/* A loop with that many stalls of that length, in a process that sleeps otherwise. */
static enum verdict_class class_of_stalls(struct fixture *fixture, uint64_t stalls,
					  uint64_t each_ms)
{
	static struct loop_model loop;
	static struct stall_model rows[64];
	uint64_t i;

	loop = (struct loop_model){ .tid = 4242, .kind = LOOP_KIND_EPOLL, .iterations = 100 };
	loop.stalls = stalls;
	loop.stalled_ns = stalls * each_ms * MS;
	for (i = 0; i < stalls; i++) {
		rows[i] = (struct stall_model){ .tid = 4242, .duration_ns = each_ms * MS };
		rows[i].begin_ns = i * 100 * MS;
		rows[i].cause = i % 3 ? STALL_BLOCKING_CALL : STALL_CPU;
		snprintf(rows[i].where, sizeof(rows[i].where), "app.py:%d %s", (int)(i % 3),
			 i % 3 ? "fetch" : "render");
	}
	fixture->process.loops = &loop;
	fixture->process.loop_count = 1;
	fixture->process.stalls = rows;
	fixture->process.stall_count = stalls;
	spend(fixture, STATE_ON_CPU, 100 * MS);
	return judge(fixture)->class;
}

static void test_loop_blocked(void **state)
{
	struct fixture *fixture = *state;

	/* 10 s: 5 % are 500 ms, in at least three stalls */
	assert_int_equal(class_of_stalls(fixture, 5, 100), VERDICT_LOOP_BLOCKED);
	setup(state);
	assert_int_equal(class_of_stalls(fixture, 5, 99), VERDICT_IDLE);
	setup(state);
	assert_int_equal(class_of_stalls(fixture, 3, 167), VERDICT_LOOP_BLOCKED);
	setup(state);
	assert_int_equal(class_of_stalls(fixture, 2, 400), VERDICT_IDLE);
	/* or one of a second */
	setup(state);
	assert_int_equal(class_of_stalls(fixture, 1, 1000), VERDICT_LOOP_BLOCKED);
	setup(state);
	assert_int_equal(class_of_stalls(fixture, 1, 999), VERDICT_IDLE);
	assert_int_equal(fixture->verdict.confidence, CONFIDENCE_MEDIUM); /* it is near */
	setup(state);
	assert_int_equal(class_of_stalls(fixture, 1, 300), VERDICT_IDLE);
	assert_int_equal(fixture->verdict.confidence, CONFIDENCE_HIGH);
}

/* The class of what is steady, in a window of this length: rates are per second. */
struct steady {
	double on_cpu, runnable, sleep; /* shares of the window */
	uint64_t stall_ns, period_ns; /* of the loop, 0: none */
	enum verdict_class class; /* in all windows of 0.98 s and more */
};

static enum verdict_class class_of_window(void **state, const struct steady *steady,
					  uint64_t window_ns, uint64_t offset_ns)
{
	static struct stall_model rows[64];
	static struct loop_model loop;
	struct fixture *fixture;
	uint64_t begin, end, from, to;

	setup(state);
	fixture = *state;
	fixture->model.duration_ns = window_ns;
	spend(fixture, STATE_ON_CPU, (uint64_t)(steady->on_cpu * (double)window_ns));
	spend(fixture, STATE_RUNNABLE_PREEMPTED, (uint64_t)(steady->runnable * (double)window_ns));
	spend(fixture, STATE_SLEEP, (uint64_t)(steady->sleep * (double)window_ns));
	loop = (struct loop_model){ .tid = 4242, .loop_class = LOOP_EVENT_LOOP, .iterations = 100 };
	fixture->model.start_ns = 100 * S;
	for (begin = 100 * S - offset_ns; steady->period_ns && begin < 100 * S + window_ns;
	     begin += steady->period_ns) {
		end = begin + steady->stall_ns;
		from = begin > 100 * S ? begin : 100 * S;
		to = end < 100 * S + window_ns ? end : 100 * S + window_ns;
		if (to <= from)
			continue;
		if (fixture->process.stall_count < 64)
			rows[fixture->process.stall_count++] = (struct stall_model){
				.tid = 4242, .begin_ns = begin, .duration_ns = end - begin
			};
		loop.stalls++;
		loop.stalled_ns += to - from;
	}
	fixture->process.loops = &loop;
	fixture->process.loop_count = steady->period_ns ? 1 : 0;
	fixture->process.stalls = rows;
	return judge(fixture)->class;
}

/* A window is 0.1 % longer or shorter than meant, and lies anywhere: steady programs keep their class. */
static void test_no_class_changes_at_the_edge_of_a_window(void **state)
{
	static const struct steady rows[] = {
		{ 1, 0, 0, 0, 0, VERDICT_CPU_BOUND },
		{ 0.99, 0, 0.01, 0, 0, VERDICT_CPU_BOUND },
		{ 0.001, 0, 0.999, 0, 0, VERDICT_IDLE },
		{ 0.5, 0.5, 0, 0, 0, VERDICT_CPU_STARVED },
		/* asleep on its loop for ever, 99 % of each 10 s, of each second, half of each second */
		{ 0.01, 0, 0.99, 1000 * S, 1000 * S, VERDICT_LOOP_BLOCKED },
		{ 0.01, 0, 0.99, 9900 * MS, 10 * S, VERDICT_LOOP_BLOCKED },
		{ 0.01, 0, 0.99, 990 * MS, S, VERDICT_LOOP_BLOCKED },
		{ 0.01, 0, 0.99, 400 * MS, 450 * MS, VERDICT_LOOP_BLOCKED },
		{ 0.01, 0, 0.99, 50 * MS, 60 * MS, VERDICT_LOOP_BLOCKED },
	};
	uint64_t nominal_ns, offset_ns;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		for (nominal_ns = 100 * MS; nominal_ns <= 3 * S; nominal_ns += 50 * MS)
			for (offset_ns = 0; offset_ns < 100 * MS; offset_ns += 17 * MS) {
				enum verdict_class less, more;

				less = class_of_window(state, &rows[i],
						       nominal_ns - nominal_ns / 1000, offset_ns);
				more = class_of_window(state, &rows[i],
						       nominal_ns + nominal_ns / 1000, offset_ns);
				assert_int_equal(less, more);
				if (nominal_ns >= 980 * MS)
					assert_int_equal(less, rows[i].class);
				else if (less != VERDICT_INSUFFICIENT)
					assert_int_equal(less, rows[i].class);
			}
}

/* 3 % of a core, whose wake-ups take 15 ms a second: a third of its work, and next to nothing. */
static void test_classes_need_weight(void **state)
{
	struct fixture *fixture = *state;

	spend(fixture, STATE_ON_CPU, 300 * MS);
	spend(fixture, STATE_RUNNABLE_WAKEUP, 290 * MS);
	assert_int_equal(judge(fixture)->class, VERDICT_CPU_BOUND);
	spend(fixture, STATE_RUNNABLE_WAKEUP, 210 * MS); /* 5 % of the window */
	assert_int_equal(judge(fixture)->class, VERDICT_CPU_STARVED);
	assert_int_not_equal(fixture->verdict.confidence, CONFIDENCE_HIGH); /* it is near */
	setup(state);
	fixture = *state;
	spend(fixture, STATE_ON_CPU, 300 * MS);
	spend(fixture, STATE_LOCK, 490 * MS);
	assert_int_not_equal(judge(fixture)->class, VERDICT_LOCK_BOUND);
	spend(fixture, STATE_LOCK, 10 * MS);
	assert_int_equal(judge(fixture)->class, VERDICT_LOCK_BOUND);
}

static void test_loop_that_is_none(void **state)
{
	struct fixture *fixture = *state;

	class_of_stalls(fixture, 10, 200);
	fixture->process.loops[0].loop_class = LOOP_SHARED;
	assert_int_equal(judge(fixture)->class, VERDICT_IDLE);
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

static bool hides_goroutines(const struct verdict *verdict)
{
	size_t i;

	for (i = 0; i < verdict->unmeasured_count; i++)
		if (strstr(verdict->unmeasured[i], "goroutines"))
			return true;
	return false;
}

/* What cannot be seen of one process says nothing of the one beside it. */
static void test_unmeasured_of_a_process(void **state)
{
	struct fixture *fixture = *state;
	struct process_model two[2];
	struct verdict each[2];

	spend(fixture, STATE_ON_CPU, 1000 * MS);
	judge(fixture);
	two[0] = two[1] = fixture->process;
	two[1].pid++;
	snprintf(two[1].runtime, sizeof(two[1].runtime), "Go");
	fixture->model.processes = two;
	fixture->model.process_count = 2;
	verdict_judge_all(&fixture->model, NULL, &fixture->settings, &fixture->verdict, each);
	fixture->model.processes = &fixture->process;
	fixture->model.process_count = 1;
	assert_true(hides_goroutines(&fixture->verdict));
	assert_false(hides_goroutines(&each[0]));
	assert_true(hides_goroutines(&each[1]));
}

static void test_unclassified_time_is_told(void **state)
{
	struct fixture *fixture = *state;

	spend(fixture, STATE_ON_CPU, 8900 * MS);
	spend(fixture, STATE_OTHER, 1100 * MS);
	judge(fixture);
	assert_int_equal(fixture->verdict.class, VERDICT_CPU_BOUND);
	assert_int_equal(fixture->verdict.finding_count, 1);
	assert_string_equal(fixture->verdict.findings[0].kind, "unclassified");
}

/* A thread that waits for a signal certainly rests. */
static void test_waits_for_signals_are_rest(void **state)
{
	struct wait_model wait = { .state = STATE_OTHER, .waits = 1, .wait_ns = 200 * MS };
	struct fixture *fixture = *state;

	spend(fixture, STATE_ON_CPU, 8900 * MS);
	spend(fixture, STATE_OTHER, 1100 * MS);
	memcpy(wait.call_name, "rt_sigsuspend", 14);
	fixture->process.waits = &wait;
	fixture->process.wait_count = 1;
	assert_int_equal(judge(fixture)->finding_count, 0);
	memcpy(wait.call_name, "io_cancel", 10);
	assert_int_equal(judge(fixture)->finding_count, 1);
}

static void test_one_process_of_several(void **state)
{
	struct fixture *fixture = *state;
	struct verdict verdict;

	class_of(state, 1000, 0, 0, 9000);
	fixture->model.time.state_ns[STATE_ON_CPU] += 90 * S; /* by others */
	fixture->model.time.wall_ns += 90 * S;
	verdict_judge(&fixture->model, NULL, NULL, &fixture->settings, &verdict);
	assert_int_equal(verdict.class, VERDICT_CPU_BOUND);
	verdict_judge(&fixture->model, &fixture->process, NULL, &fixture->settings, &verdict);
	assert_int_equal(verdict.class, VERDICT_IO_BOUND);
}

static void test_names(void **state)
{
	int i;

	for (i = 0; i < NR_VERDICTS; i++) {
		assert_int_equal(verdict_class_parse(verdict_class_name((enum verdict_class)i)), i);
		assert_int_equal(rules[i].class, i); /* the table is in the contract's order */
		assert_true(rules[i].text[0] && rules[i].meaning[0] && rules[i].action[0]);
	}
	assert_int_equal(verdict_class_parse("CPU-BOUND"), -1);
	assert_int_equal(verdict_class_parse(""), -1);
	assert_string_equal(confidence_name(CONFIDENCE_MEDIUM), "medium");
}

static void test_settings(void **state)
{
	static const char *const wrong[] = { "starvation",     "starvation=",	  "=0.5",
					     "starvation=abc", "starvation=0.5x", "starvation=-1",
					     "starvation=nan", "starvation=inf",  "nosuch=1",
					     "starvatio=0.5",  "starvation=1e999" };
	struct fixture *fixture = *state;
	struct err e;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		memset(&e, 0, sizeof(e));
		assert_int_equal(verdict_settings_set(&fixture->settings, wrong[i], &e), -1);
		assert_int_equal(e.kind, ERR_USAGE);
		assert_non_null(strstr(e.text, "--set"));
	}
	for (i = 0; i < NR_THRESHOLDS; i++) {
		assert_true(thresholds[i].source[0] && thresholds[i].meaning[0]);
		assert_int_equal(lround(fixture->settings.threshold[i] * 1e6),
				 lround(thresholds[i].value * 1e6));
	}
	class_of(state, 8000, 2000, 0, 0);
	assert_int_equal(fixture->verdict.class, VERDICT_CPU_BOUND);
	assert_int_equal(verdict_settings_set(&fixture->settings, "starvation=0.2", &e), 0);
	assert_int_equal(judge(fixture)->class, VERDICT_CPU_STARVED);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_signals),
		TEST(test_signals_unknown),
		TEST(test_insufficient),
		TEST(test_insufficient_unobserved),
		TEST(test_idle),
		TEST(test_idle_server),
		TEST(test_starved),
		TEST(test_lock_bound),
		TEST(test_condition_is_no_contention),
		TEST(test_cpu_io_mixed),
		TEST(test_fan_out_advice),
		TEST(test_advice_by_class),
		TEST(test_every_class_has_words),
		TEST(test_oversubscription),
		TEST(test_switches_are_priced),
		TEST(test_who_starves_it),
		TEST(test_causes),
		TEST(test_more_causes_than_room),
		TEST(test_unended_pipe_is_rest),
		TEST(test_wait_names),
		TEST(test_evidence),
		TEST(test_confidence),
		TEST(test_locks_that_do_not_move),
		TEST(test_confidence_of_what_is_not_seen),
		TEST(test_worker_beside_a_loop),
		TEST(test_unmeasured),
		TEST(test_loop_blocked),
		TEST(test_no_class_changes_at_the_edge_of_a_window),
		TEST(test_classes_need_weight),
		TEST(test_loop_that_is_none),
		TEST(test_stalls_are_grouped),
		TEST(test_starved_stalls_have_no_place),
		TEST(test_advice_speaks_the_runtime),
		TEST(test_advice_for_a_loop_that_never_returned),
		TEST(test_like_causes_are_one),
		TEST(test_unmeasured_of_a_process),
		TEST(test_unclassified_time_is_told),
		TEST(test_waits_for_signals_are_rest),
		TEST(test_one_process_of_several),
		TEST(test_names),
		TEST(test_settings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
