// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of causes that several threads show together: pools, a lock held across I/O, an interpreter lock. */
#include "held_fixture.h"
#include "verdict/causes/stalls.h"

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

/* Stalls that compute at a place that could not be read stand with those whose place is known. */
static void test_stalls_without_a_place(void **state)
{
	struct fixture *fixture = *state;
	struct stall_model rows[4] = {
		{ .cause = STALL_CPU, .duration_ns = 60 * MS, .where = "big.js:2 parse" },
		{ .cause = STALL_CPU, .duration_ns = 50 * MS },
		{ .cause = STALL_CPU, .duration_ns = 70 * MS },
		{ .cause = STALL_CPU, .duration_ns = 20 * MS, .where = "app.js:9 sort" },
	};
	struct stall_group groups[STALL_MAX_GROUPS];

	add_thread(fixture, "node", STATE_ON_CPU, 9 * S, STATE_POLL_IDLE, S);
	fixture->processes[1].stalls = rows;
	fixture->processes[1].stall_count = 4;
	assert_int_equal(stalls_group(&fixture->model, &fixture->processes[1], groups), 2);
	assert_string_equal(groups[0].where, "big.js:2 parse");
	assert_int_equal(groups[0].count, 3);
	assert_float_equal(groups[0].share, 0.9, 1e-9);
	assert_int_equal(groups[0].longest_ns, 70 * MS);
	assert_string_equal(groups[1].where, "app.js:9 sort");
	/* where no place is known that is said once */
	rows[0].where[0] = rows[3].where[0] = '\0';
	assert_int_equal(stalls_group(&fixture->model, &fixture->processes[1], groups), 1);
	assert_string_equal(groups[0].where, "");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_connection_pool),
		TEST(test_calls_in_flight),
		TEST(test_lock_held_across_a_write),
		TEST(test_interpreter_lock),
		TEST(test_loop_in_turn),
		TEST(test_place_of_the_gil),
		TEST(test_one_worker_of_a_loop),
		TEST(test_stalls_without_a_place),
		TEST(test_names_in_half_of_a_pool),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
