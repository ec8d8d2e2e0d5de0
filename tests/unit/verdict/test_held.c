// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of the findings about what holds a program up (findings_held.c), of the frameworks that are
 * recognised, and of the advice that follows: on both sides of each condition.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/framework.h"
#include "verdict/advice/stack_words.h"
#include "verdict/verdict.h"

#define S 1000000000ULL
#define MS 1000000ULL
#define MIB (1ULL << 20)
#define THREADS 20

/* Two processes, watched for 10 s on 4 CPUs; what is judged is the second one's doing. */
struct fixture {
	struct model model;
	struct process_model processes[2];
	struct thread_model threads[THREADS];
	struct wait_model waits[4];
	struct stall_model stall;
	struct loop_model loop;
	char frames[3][RECORD_PLACE_LEN];
	struct verdict_settings settings;
	struct verdict verdict;
};

static int setup(void **state)
{
	static struct fixture fixture;
	size_t i;

	memset(&fixture, 0, sizeof(fixture));
	fixture.model.capture.cpus = 4;
	fixture.model.duration_ns = 10 * S;
	fixture.model.processes = fixture.processes;
	fixture.model.process_count = 2;
	fixture.model.time.throttled_ns = RECORD_UNKNOWN;
	for (i = 0; i < 2; i++) {
		fixture.processes[i].pid = 100 + (uint32_t)i;
		fixture.processes[i].rss_bytes = 100 * MIB;
		fixture.processes[i].shared_bytes = fixture.processes[i].zombies = RECORD_UNKNOWN;
		fixture.processes[i].time.throttled_ns = RECORD_UNKNOWN;
		memcpy(fixture.processes[i].comm, "server", 7);
	}
	fixture.processes[1].threads = fixture.threads;
	fixture.processes[1].waits = fixture.waits;
	verdict_settings_default(&fixture.settings);
	*state = &fixture;
	return 0;
}

/* One more thread of the second process, so long in these two states and asleep else. */
static struct thread_model *add_thread(struct fixture *fixture, const char *comm,
				       enum ledger_state one, uint64_t ns, enum ledger_state other,
				       uint64_t other_ns)
{
	struct process_model *process = &fixture->processes[1];
	struct thread_model *thread = &fixture->threads[process->thread_count];

	thread->tid = process->pid + (uint32_t)process->thread_count++;
	thread->count = 1;
	snprintf(thread->comm, sizeof(thread->comm), "%s", comm);
	thread->time.wall_ns = fixture->model.duration_ns;
	thread->time.throttled_ns = RECORD_UNKNOWN;
	thread->time.state_ns[one] += ns;
	thread->time.state_ns[other] += other_ns;
	thread->time.state_ns[STATE_SLEEP] += fixture->model.duration_ns - ns - other_ns;
	ledger_add(&process->time, &thread->time);
	ledger_add(&fixture->model.time, &thread->time);
	return thread;
}

static const struct verdict *judge(struct fixture *fixture)
{
	verdict_judge(&fixture->model, NULL, NULL, &fixture->settings, &fixture->verdict);
	return &fixture->verdict;
}

static const struct verdict_finding *finding(struct fixture *fixture, const char *kind)
{
	size_t i;

	judge(fixture);
	for (i = 0; i < fixture->verdict.finding_count; i++)
		if (!strcmp(fixture->verdict.findings[i].kind, kind))
			return &fixture->verdict.findings[i];
	return NULL;
}

static void expect_in(const char *text, const char *word)
{
	if (!strstr(text, word))
		fail_msg("\"%s\" is not in \"%s\"", word, text);
}

static void expect_not_in(const char *text, const char *word)
{
	if (strstr(text, word))
		fail_msg("\"%s\" is in \"%s\"", word, text);
}

static void test_traced(void **state)
{
	struct fixture *fixture = *state;
	const struct verdict_finding *traced;

	add_thread(fixture, "server", STATE_STOPPED, 5 * S, STATE_ON_CPU, 5 * S);
	traced = finding(fixture, "stopped");
	assert_non_null(traced);
	assert_null(finding(fixture, "traced"));
	fixture->processes[1].tracer_pid = 77;
	memcpy(fixture->processes[1].tracer_comm, "strace", 7);
	traced = finding(fixture, "traced");
	assert_non_null(traced);
	expect_in(traced->detail, "strace[77]");
	expect_in(fixture->verdict.advice_now, "end the tracer: strace[77]");
	assert_null(finding(fixture, "stopped"));
}

static void test_stopped_a_little(void **state)
{
	struct fixture *fixture = *state;

	add_thread(fixture, "server", STATE_STOPPED, S / 10, STATE_ON_CPU, 9 * S);
	fixture->processes[1].tracer_pid = 77;
	assert_null(finding(fixture, "traced"));
	expect_not_in(fixture->verdict.advice_now, "tracer");
}

static void test_memory_limit(void **state)
{
	struct fixture *fixture = *state;
	struct process_model *process = &fixture->processes[1];

	add_thread(fixture, "server", STATE_PAGE_FAULT, 8 * S, STATE_ON_CPU, S);
	assert_null(finding(fixture, "memory-limit"));
	expect_not_in(fixture->verdict.advice_now, "limit");
	process->memory_limit = 150 * MIB;
	process->memory_usage = 149 * MIB;
	assert_null(finding(fixture, "memory-limit")); /* it was not hit */
	process->memory_failures = 3000;
	assert_non_null(finding(fixture, "memory-limit"));
	expect_in(fixture->verdict.advice_now, "limit");
	process->memory_usage = 100 * MIB;
	assert_null(finding(fixture, "memory-limit"));
}

static void test_swapping(void **state)
{
	struct fixture *fixture = *state;

	add_thread(fixture, "server", STATE_PAGE_FAULT, 8 * S, STATE_ON_CPU, S);
	fixture->processes[1].swap_bytes = 5 * MIB;
	assert_null(finding(fixture, "swapping"));
	fixture->processes[1].swap_bytes = 200 * MIB;
	assert_non_null(finding(fixture, "swapping"));
	expect_in(fixture->verdict.advice_now, "swapped out");
}

static void woken_by(struct thread_model *thread, uint32_t tid, uint64_t ns)
{
	thread->wakers[thread->waker_count++] =
		(struct waker_model){ 101, tid, STATE_CONDITION, 100, ns };
}

/* Ten threads, each for a fifth of the time in a call; 101 is the main one. */
static void pool_of_ten(struct fixture *fixture, enum ledger_state parked)
{
	struct thread_model *thread;
	size_t i;

	add_thread(fixture, "server", STATE_SLEEP, 0, STATE_SLEEP, 0);
	for (i = 0; i < 10; i++) {
		thread = add_thread(fixture, "worker", STATE_NETWORK, 2 * S, parked, 8 * S);
		thread->state_count[STATE_NETWORK] = 200;
		woken_by(thread, 102 + (uint32_t)(i + 1) % 10, 7 * S);
	}
}

static void test_connection_pool(void **state)
{
	struct fixture *fixture = *state;
	const struct verdict_finding *pool;

	pool_of_ten(fixture, STATE_CONDITION);
	pool = finding(fixture, "connection-pool");
	assert_non_null(pool);
	expect_in(pool->detail, "10 threads 'worker' share a pool of about 2 connections");
	expect_in(fixture->verdict.advice_now, "connection pool");
	/* woken by another thread: idle workers, to which the work is handed */
	setup(state);
	pool_of_ten(fixture, STATE_CONDITION);
	fixture->threads[1].wakers[0].tid = 101;
	for (size_t i = 1; i <= 10; i++)
		fixture->threads[i].wakers[0].tid = 101;
	assert_null(finding(fixture, "connection-pool"));
	/* all of them are in their calls */
	setup(state);
	pool_of_ten(fixture, STATE_NETWORK);
	assert_null(finding(fixture, "connection-pool"));
}

/* What is in flight is time in the calls per time, whatever the number of threads that took part. */
static void test_calls_in_flight(void **state)
{
	struct fixture *fixture = *state;
	int i;

	for (i = 0; i < 16; i++)
		add_thread(fixture, "client", STATE_NETWORK, 2 * S, STATE_ON_CPU, S / 2);
	judge(fixture);
	assert_int_equal(fixture->verdict.class, VERDICT_IO_BOUND);
	expect_in(fixture->verdict.advice_now, "now 3.2 calls are in flight");
	expect_not_in(fixture->verdict.advice_now, "threads wait");
}

/* A poll of several descriptors in a thread that is no loop gets no advice for loops. */
static void test_no_loop_no_advice_for_one(void **state)
{
	struct fixture *fixture = *state;

	add_thread(fixture, "client", STATE_POLL_IO, 9 * S, STATE_ON_CPU, S / 2);
	fixture->waits[0] = (struct wait_model){
		.state = STATE_POLL_IO, .call_name = "poll", .waits = 1, .wait_ns = 9 * S
	};
	fixture->processes[1].wait_count = 1;
	judge(fixture);
	expect_not_in(fixture->verdict.advice_now, "event loop");
	memcpy(fixture->waits[0].call_name, "epoll_wait", 11);
	judge(fixture);
	expect_in(fixture->verdict.advice_now, "event loop");
}

/* The next command is about the culprit, and not the one that has just been run. */
static void test_next(void **state)
{
	struct fixture *fixture = *state;

	add_thread(fixture, "client", STATE_NETWORK, 9 * S, STATE_ON_CPU, S / 2);
	judge(fixture);
	assert_string_equal(fixture->verdict.advice_next, "boundby attach -p 101 -d 60 -v");
	fixture->model.duration_ns = 60 * S;
	fixture->processes[1].time.state_ns[STATE_NETWORK] =
		fixture->model.time.state_ns[STATE_NETWORK] = 50 * S;
	judge(fixture);
	expect_not_in(fixture->verdict.advice_next, "attach");
}

static void test_file_lock(void **state)
{
	struct fixture *fixture = *state;
	struct process_model *process = &fixture->processes[1];

	add_thread(fixture, "server", STATE_LOCK, 9 * S, STATE_ON_CPU, S);
	fixture->waits[0] = (struct wait_model){
		.state = STATE_LOCK, .object = OBJECT_FILE, .call_name = "flock", .wait_ns = 9 * S
	};
	process->wait_count = 1;
	assert_null(finding(fixture, "file-lock"));
	process->file_lock_pid = 55;
	memcpy(process->file_lock_comm, "backup", 7);
	assert_non_null(finding(fixture, "file-lock"));
	expect_in(fixture->verdict.advice_now, "backup[55] holds");
	/* a wait at a futex is for no file */
	fixture->waits[0].object = OBJECT_FUTEX;
	assert_null(finding(fixture, "file-lock"));
}

static void test_neighbours(void **state)
{
	static struct neighbour_model neighbours[] = {
		{ .pid = 900, .cpu_ns = 6 * S, .comm = "cc1", .label = "ci.service" },
		{ .pid = 901, .cpu_ns = 2 * S, .comm = "make" },
	};
	struct fixture *fixture = *state;

	add_thread(fixture, "server", STATE_RUNNABLE_WAKEUP, 8 * S, STATE_ON_CPU, 2 * S);
	assert_null(finding(fixture, "neighbours"));
	expect_in(fixture->verdict.advice_now, "other processes use the CPUs");
	fixture->model.neighbours = neighbours;
	fixture->model.neighbour_count = 2;
	fixture->model.neighbour_ns = 8 * S;
	assert_non_null(finding(fixture, "neighbours"));
	expect_in(fixture->verdict.advice_now,
		  "0.80 of 4 CPUs, 75 % of that by cc1[900] (ci.service)");
	assert_string_equal(fixture->verdict.advice_next, "boundby attach -p 900 -d 10");
	/* one of many, and to move it would give little */
	fixture->model.neighbour_ns = 30 * S;
	judge(fixture);
	expect_in(fixture->verdict.advice_now, "had the most, 20 %:");
	expect_not_in(fixture->verdict.advice_now, "move it");
	expect_not_in(fixture->verdict.advice_next, "-p 900");
	fixture->model.neighbour_ns = 8 * S;
	/* what runs in its place is its own: two CPUs are all that it may use */
	fixture->processes[1].cpus_allowed = 2;
	fixture->processes[1].cpu_mask = 3;
	add_thread(fixture, "server", STATE_RUNNABLE_WAKEUP, 5 * S, STATE_ON_CPU, 5 * S);
	add_thread(fixture, "server", STATE_RUNNABLE_WAKEUP, S, STATE_ON_CPU, 9 * S);
	judge(fixture);
	expect_in(fixture->verdict.advice_now, "its own threads and processes compete for 2 of 4");
	expect_in(fixture->verdict.advice_now, "taskset -p");
	/* nor are there more to use */
	fixture->processes[1].cpus_allowed = 4;
	fixture->processes[1].cpu_mask = 15;
	add_thread(fixture, "server", STATE_RUNNABLE_WAKEUP, S, STATE_ON_CPU, 9 * S);
	judge(fixture);
	expect_in(fixture->verdict.advice_now, "compete for 4 of 4");
	expect_not_in(fixture->verdict.advice_now, "taskset -p");
}

/* A lock that two threads take in turn and keep while they write to a pipe. */
static void test_lock_held_across_a_write(void **state)
{
	struct fixture *fixture = *state;
	struct lock_model lock = { .kind = LOCK_MUTEX, .contention = true, .wait_ns = 10 * S };
	struct process_model *process = &fixture->processes[1];

	add_thread(fixture, "server", STATE_LOCK, 5 * S, STATE_IPC, 5 * S);
	add_thread(fixture, "server", STATE_LOCK, 5 * S, STATE_IPC, 4 * S);
	add_thread(fixture, "server", STATE_LOCK, 9 * S, STATE_ON_CPU, S);
	fixture->waits[0] = (struct wait_model){
		.state = STATE_IPC, .object = OBJECT_PIPE, .call_name = "write", .wait_ns = 9 * S
	};
	process->wait_count = 1;
	process->locks = &lock;
	process->lock_count = 1;
	lock.holders[0].tid = 101;
	lock.holders[1].tid = 102;
	lock.holder_count = 2;
	assert_int_equal(judge(fixture)->class, VERDICT_LOCK_BOUND);
	expect_in(fixture->verdict.advice_now, "write on pipe: look at what should read it");
	/* one that computes while it holds the lock */
	lock.holders[0].tid = 103;
	lock.holder_count = 1;
	judge(fixture);
	expect_in(fixture->verdict.advice_now, "hold the lock for a shorter time");
	/* those that wait compute as much: with the lock they may do either */
	lock.holders[0].tid = 101;
	lock.holder_count = 2;
	fixture->threads[0].time.state_ns[STATE_LOCK] -= 5 * S;
	fixture->threads[0].time.state_ns[STATE_ON_CPU] += 5 * S;
	fixture->threads[1].time.state_ns[STATE_LOCK] -= 5 * S;
	fixture->threads[1].time.state_ns[STATE_ON_CPU] += 5 * S;
	judge(fixture);
	expect_not_in(fixture->verdict.advice_now, "write on pipe");
}

/* Threads of Ruby that fill one core between them: the lock of its interpreter is not seen itself. */
static void test_interpreter_lock(void **state)
{
	static struct place_model place = { 5 * S, 100, 0, "", "render app.rb:3" };
	static struct place_group computing = {
		0, { .state = STATE_ON_CPU }, 5 * S, 100, &place, 1
	};
	struct fixture *fixture = *state;

	memcpy(fixture->processes[1].runtime, "Ruby", 5);
	add_thread(fixture, "puma srv tp 001", STATE_ON_CPU, 5 * S, STATE_CONDITION, 5 * S);
	add_thread(fixture, "puma srv tp 002", STATE_ON_CPU, 4 * S, STATE_CONDITION, 5 * S);
	fixture->processes[1].place_groups = &computing;
	fixture->processes[1].place_group_count = 1;
	judge(fixture);
	assert_int_equal(fixture->verdict.class, VERDICT_CPU_BOUND);
	assert_string_equal(fixture->verdict.causes[0].kind, "gil");
	expect_in(fixture->verdict.causes[0].detail, "GVL");
	expect_in(fixture->verdict.causes[0].where, "app.rb:3");
	expect_in(fixture->verdict.advice_now, "processes (-w)");
	/* another process computes more than it */
	fixture->processes[0].time.state_ns[STATE_ON_CPU] += 20 * S;
	fixture->model.time.state_ns[STATE_ON_CPU] += 20 * S;
	judge(fixture);
	assert_string_equal(fixture->verdict.causes[0].kind, "cpu");
	fixture->model.time.state_ns[STATE_ON_CPU] -= 20 * S;
	fixture->processes[0].time.state_ns[STATE_ON_CPU] = 0;
	/* more than one core: they do not wait for each other */
	add_thread(fixture, "puma srv tp 003", STATE_ON_CPU, 9 * S, STATE_CONDITION, S);
	judge(fixture);
	assert_string_equal(fixture->verdict.causes[0].kind, "cpu");
}

/* A loop of such a process that waits for its turn is not what blocks; one that computes is. */
static void test_loop_in_turn(void **state)
{
	struct fixture *fixture = *state;

	memcpy(fixture->processes[1].runtime, "Ruby", 5);
	add_thread(fixture, "puma srv tp 001", STATE_ON_CPU, 5 * S, STATE_CONDITION, 5 * S);
	add_thread(fixture, "puma srv tp 002", STATE_ON_CPU, 4 * S, STATE_CONDITION, 5 * S);
	fixture->loop = (struct loop_model){ .tid = 102, .stalls = 30, .stalled_ns = 9 * S };
	fixture->loop.cause_ns[STALL_LOCK] = 8 * S;
	fixture->loop.cause_ns[STALL_CPU] = S;
	fixture->processes[1].loops = &fixture->loop;
	fixture->processes[1].loop_count = 1;
	judge(fixture);
	assert_int_equal(fixture->verdict.class, VERDICT_CPU_BOUND);
	/* on a busy host they queue for CPUs too, and still wait longer for each other */
	fixture->threads[1].time.state_ns[STATE_RUNNABLE_WAKEUP] = 4 * S;
	fixture->processes[1].time.state_ns[STATE_RUNNABLE_WAKEUP] = 4 * S;
	fixture->model.time.state_ns[STATE_RUNNABLE_WAKEUP] = 4 * S;
	judge(fixture);
	assert_string_equal(fixture->verdict.causes[0].kind, "gil");
	fixture->loop.cause_ns[STALL_LOCK] = S;
	fixture->loop.cause_ns[STALL_CPU] = 8 * S;
	judge(fixture);
	assert_int_equal(fixture->verdict.class, VERDICT_LOOP_BLOCKED);
}

/* While threads of CPython run in turn the place of the GIL is the line that runs: its holder's. */
static void test_place_of_the_gil(void **state)
{
	static struct lock_model gil = {
		.address = 1, .kind = LOCK_GIL, .contention = true, .waits = 100, .wait_ns = 9 * S
	};
	static struct place_model runs = { 10 * S, 100, 0, "", "match re.py:5" };
	static struct place_model waits = { 9 * S, 100, 0, "", "worker app.py:9" };
	static struct place_group groups[] = {
		{ 0, { .state = STATE_ON_CPU }, 10 * S, 100, &runs, 1 },
		{ 1, { .state = STATE_GIL }, 9 * S, 100, &waits, 1 },
	};
	struct fixture *fixture = *state;
	const struct verdict_cause *first = fixture->verdict.causes;

	memcpy(fixture->processes[1].runtime, "CPython", 8);
	add_thread(fixture, "python3", STATE_ON_CPU, 5 * S, STATE_GIL, 5 * S);
	add_thread(fixture, "python3", STATE_ON_CPU, 5 * S, STATE_GIL, 4 * S);
	fixture->processes[1].locks = &gil;
	fixture->processes[1].lock_count = 1;
	fixture->processes[1].place_groups = groups;
	fixture->processes[1].place_group_count = 2;
	judge(fixture);
	assert_string_equal(first->kind, "gil");
	assert_string_equal(first->where, "match re.py:5");
	/* with more than a core some run without it: then which one holds it is not known */
	add_thread(fixture, "python3", STATE_ON_CPU, 5 * S, STATE_GIL, 5 * S);
	judge(fixture);
	for (; first < fixture->verdict.causes + fixture->verdict.cause_count; first++)
		if (!strcmp(first->kind, "gil"))
			assert_string_equal(first->where, "worker app.py:9");
}

/* A twentieth of a core, and waits that nothing explains: what it is bound by is not sure. */
static void test_hardly_computes(void **state)
{
	struct fixture *fixture = *state;

	add_thread(fixture, "tries", STATE_ON_CPU, 6 * S / 10, STATE_SLEEP, 0);
	assert_int_equal(judge(fixture)->class, VERDICT_CPU_BOUND);
	assert_int_equal(fixture->verdict.confidence, CONFIDENCE_HIGH);
	/* it sleeps 50 times a second, and tries again */
	fixture->threads[0].state_count[STATE_SLEEP] = 500;
	assert_int_equal(judge(fixture)->confidence, CONFIDENCE_MEDIUM);
}

static void look_names_up(struct fixture *fixture, size_t threads, uint64_t ns)
{
	size_t i;

	for (i = 0; i < threads; i++)
		add_thread(fixture, "libuv-worker", STATE_NETWORK, ns, STATE_CONDITION,
			   10 * S - ns);
	fixture->waits[0] = (struct wait_model){
		.state = STATE_NETWORK, .waits = 10, .wait_ns = threads * ns, .peer_port = 53
	};
	fixture->processes[1].wait_count = 1;
}

/* Half of libuv's threads, whatever their number, look names up at a time. */
static void test_names_in_half_of_a_pool(void **state)
{
	struct fixture *fixture = *state;

	memcpy(fixture->processes[1].runtime, "Node.js", 8);
	look_names_up(fixture, 4, 45 * S / 10);
	assert_non_null(finding(fixture, "executor-saturated"));
	expect_in(finding(fixture, "executor-saturated")->detail, "1.8 names at a time");
	/* of eight threads four may */
	setup(state);
	memcpy(fixture->processes[1].runtime, "Node.js", 8);
	look_names_up(fixture, 8, 9 * S / 4);
	assert_null(finding(fixture, "executor-saturated"));
	setup(state);
	memcpy(fixture->processes[1].runtime, "Node.js", 8);
	look_names_up(fixture, 8, 45 * S / 10);
	assert_non_null(finding(fixture, "executor-saturated"));
	/* others wait there for something else */
	fixture->waits[0].peer_port = 5432;
	assert_null(finding(fixture, "executor-saturated"));
}

/* A thread that is always in calls is the executor of a loop only if the loop gets something from it. */
static void test_one_worker_of_a_loop(void **state)
{
	struct fixture *fixture = *state;
	struct thread_model *loop, *worker;

	memcpy(fixture->processes[1].runtime, "CPython", 8);
	memcpy(fixture->processes[1].comm, "python3", 8);
	loop = add_thread(fixture, "python3", STATE_ON_CPU, S / 10, STATE_POLL_IDLE, 9 * S);
	worker = add_thread(fixture, "python3", STATE_ON_CPU, S / 10, STATE_NETWORK, 98 * S / 10);
	fixture->loop = (struct loop_model){ .tid = loop->tid, .loop_class = LOOP_EVENT_LOOP };
	fixture->processes[1].loops = &fixture->loop;
	fixture->processes[1].loop_count = 1;
	assert_null(finding(fixture, "executor-saturated"));
	loop->waker_count = 1;
	loop->wakers[0] = (struct waker_model){
		.pid = 101, .tid = worker->tid, .state = STATE_POLL_IDLE, .count = 9, .ns = 9 * S
	};
	assert_non_null(finding(fixture, "executor-saturated"));
	expect_in(fixture->verdict.advice_now, "more than one thread");
	expect_not_in(fixture->verdict.advice_now, "Django");
	/* beside another that works they are two of a pool */
	add_thread(fixture, "python3", STATE_ON_CPU, S, STATE_CONDITION, 9 * S);
	assert_null(finding(fixture, "executor-saturated"));
}

/* What tries and sleeps may be stuck: it is not surely idle. */
static void test_sleeper_is_not_surely_idle(void **state)
{
	struct fixture *fixture = *state;

	add_thread(fixture, "server", STATE_SLEEP, 10 * S, STATE_ON_CPU, 0);
	judge(fixture);
	assert_int_equal(fixture->verdict.class, VERDICT_IDLE);
	assert_int_equal(fixture->verdict.confidence, CONFIDENCE_HIGH);
	fixture->threads[0].state_count[STATE_SLEEP] = 200;
	judge(fixture);
	assert_int_equal(fixture->verdict.confidence, CONFIDENCE_MEDIUM);
	expect_in(fixture->verdict.advice_now, "sleeping and trying again");
}

/* ---- words ----------------------------------------------------------------------------------- */
static enum framework_id framework(struct fixture *fixture, const char *runtime, const char *comm,
				   uint64_t modules)
{
	struct process_model *process = &fixture->processes[1];

	snprintf(process->runtime, sizeof(process->runtime), "%s", runtime);
	snprintf(process->comm, sizeof(process->comm), "%s", comm);
	process->frameworks = modules;
	return framework_of(process);
}

static void test_frameworks(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(framework_of_module("/opt/lib/gevent/_gevent_c_hub_local.so"),
			 1ULL << FRAMEWORK_GEVENT);
	assert_int_equal(framework_of_module("/usr/lib/libc.so.6"), 0);
	assert_int_equal(framework(fixture, "CPython", "python3", 1ULL << FRAMEWORK_GEVENT),
			 FRAMEWORK_GEVENT);
	assert_int_equal(framework(fixture, "CPython", "gunicorn", 0), FRAMEWORK_GUNICORN);
	assert_int_equal(framework(fixture, "CPython", "python3", 0), FRAMEWORK_NONE);
	/* each in its runtime alone */
	assert_int_equal(framework(fixture, "", "gunicorn", 0), FRAMEWORK_NONE);
	assert_int_equal(framework(fixture, "", "nginx", 0), FRAMEWORK_NGINX);
	add_thread(fixture, "tokio-runtime-w", STATE_SLEEP, 0, STATE_SLEEP, 0);
	assert_int_equal(framework(fixture, "", "api", 0), FRAMEWORK_TOKIO);
}

/* A loop blocked by a call, with this stack. */
static const char *blocked_loop(struct fixture *fixture, enum stall_cause cause, const char *frame)
{
	struct process_model *process = &fixture->processes[1];

	snprintf(fixture->frames[0], sizeof(fixture->frames[0]), "%s", frame);
	fixture->stall = (struct stall_model){ .tid = process->pid,
					       .duration_ns = 5 * S,
					       .cause = cause,
					       .frames = fixture->frames,
					       .frame_count = 1 };
	fixture->loop = (struct loop_model){ .tid = process->pid,
					     .loop_class = LOOP_EVENT_LOOP,
					     .iterations = 100,
					     .stalls = 50,
					     .stalled_ns = 5 * S };
	process->stalls = &fixture->stall;
	process->loops = &fixture->loop;
	process->stall_count = process->loop_count = 1;
	if (!process->thread_count)
		add_thread(fixture, process->comm, STATE_NETWORK, 5 * S, STATE_POLL_IDLE, 5 * S);
	assert_int_equal(judge(fixture)->class, VERDICT_LOOP_BLOCKED);
	return fixture->verdict.advice_now;
}

static void test_advice_for_frameworks(void **state)
{
	static const struct {
		const char *runtime, *comm;
		uint64_t modules;
		const char *word;
	} rows[] = {
		{ "CPython", "python3", 0, "asyncio.to_thread" },
		{ "CPython", "python3", 1ULL << FRAMEWORK_GEVENT, "threadpool.apply" },
		{ "CPython", "python3", 1ULL << FRAMEWORK_EVENTLET, "tpool" },
		{ "CPython", "python3", 1ULL << FRAMEWORK_TORNADO, "IOLoop" },
		{ "CPython", "twistd", 0, "deferToThread" },
		{ "Node.js", "node", 0, "asynchronous form" },
		{ "", "nginx", 0, "aio threads" },
		{ "", "api", 0, "thread of its own" },
	};
	struct fixture *fixture = *state;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		setup(state);
		framework(fixture, rows[i].runtime, rows[i].comm, rows[i].modules);
		expect_in(blocked_loop(fixture, STALL_BLOCKING_CALL, "query db.py:3"),
			  rows[i].word);
		if (strcmp(rows[i].word, "asyncio.to_thread"))
			expect_not_in(fixture->verdict.advice_now, "asyncio");
	}
}

static void test_advice_by_stack(void **state)
{
	struct fixture *fixture = *state;

	framework(fixture, "CPython", "python3", 0);
	expect_in(blocked_loop(fixture, STALL_CPU, "gc_collect_main+0x10"), "gc.freeze");
	expect_not_in(fixture->verdict.advice_now, "ProcessPool");
	expect_in(blocked_loop(fixture, STALL_CPU, "ssl.py:717 create_default_context"), "once");
	expect_in(blocked_loop(fixture, STALL_BLOCKING_CALL, "socket.py:962 getaddrinfo"),
		  "resolver");
	expect_in(blocked_loop(fixture, STALL_CPU, "app.py:3 render"), "ProcessPool");
	expect_in(blocked_loop(fixture, STALL_BLOCKING_CALL, "subprocess.py:1 run"), "asyncio");
	expect_in(blocked_loop(fixture, STALL_CPU, "re/__init__.py:3 match"), "pattern");
	expect_in(blocked_loop(fixture, STALL_CPU, "core/__init__.py:3 render"), "ProcessPool");
	expect_not_in(blocked_loop(fixture, STALL_CPU, "postgres_query+0x3"), "resolver");
	/* each in its own words */
	framework(fixture, "Node.js", "node", 0);
	expect_in(blocked_loop(fixture, STALL_BLOCKING_CALL, "execSync node:child_process:9"),
		  "execFile");
	expect_not_in(fixture->verdict.advice_now, "asyncio");
	expect_in(blocked_loop(fixture, STALL_CPU, "node::crypto pbkdf2"), "asynchronous form");
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_traced),
		TEST(test_stopped_a_little),
		TEST(test_memory_limit),
		TEST(test_swapping),
		TEST(test_connection_pool),
		TEST(test_calls_in_flight),
		TEST(test_no_loop_no_advice_for_one),
		TEST(test_next),
		TEST(test_file_lock),
		TEST(test_neighbours),
		TEST(test_lock_held_across_a_write),
		TEST(test_interpreter_lock),
		TEST(test_loop_in_turn),
		TEST(test_place_of_the_gil),
		TEST(test_hardly_computes),
		TEST(test_one_worker_of_a_loop),
		TEST(test_names_in_half_of_a_pool),
		TEST(test_sleeper_is_not_surely_idle),
		TEST(test_frameworks),
		TEST(test_advice_for_frameworks),
		TEST(test_advice_by_stack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
