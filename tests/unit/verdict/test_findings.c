// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of findings, pools and the timeline: each finding on both sides of its threshold; and
 * properties of verdicts over random models.
 */
#include "verdict/findings_fixture.h"

#define MIB (1ULL << 20)

static void woken_by(struct thread_model *thread, uint32_t pid, uint32_t tid, uint64_t count)
{
	thread->wakers[thread->waker_count++] =
		(struct waker_model){ pid, tid, STATE_CONDITION, count, S };
}

/* ---- what grows ------------------------------------------------------------------------------- */
static bool grows(struct fixture *fixture, const char *kind, size_t offset, double per_s,
		  uint32_t steps, uint32_t rises)
{
	struct growth_model *growth =
		(struct growth_model *)((char *)&fixture->processes[0] + offset);

	*growth = (struct growth_model){ 1000, 2000, per_s, steps, rises, fixture->slowed };
	return finding(fixture, kind);
}

static void test_growth(void **state)
{
	static const struct {
		const char *kind;
		size_t offset;
		double threshold;
	} rows[] = {
		{ "memory-growth", offsetof(struct process_model, memory), MIB },
		{ "thread-growth", offsetof(struct process_model, thread_growth), 1 },
		{ "descriptor-growth", offsetof(struct process_model, descriptors), 1 },
	};
	struct fixture *fixture = *state;
	size_t i;

	add_thread(fixture, 0, "worker", STATE_ON_CPU, 9 * S, STATE_SLEEP);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t at = rows[i].offset;
		double limit = rows[i].threshold;

		assert_true(grows(fixture, rows[i].kind, at, limit * 1.01, 10, 8));
		assert_false(grows(fixture, rows[i].kind, at, limit * 0.99, 10, 8));
		assert_false(grows(fixture, rows[i].kind, at, limit * 5, 10, 7)); /* not steadily */
		assert_true(grows(fixture, rows[i].kind, at, limit * 5, 3, 3));
		assert_false(grows(fixture, rows[i].kind, at, limit * 5, 2, 2)); /* too few looks */
		assert_false(grows(fixture, rows[i].kind, at, NAN, 0, 0)); /* not known */
		fixture->slowed = 0.71; /* it has levelled off */
		assert_false(grows(fixture, rows[i].kind, at, limit * 5, 10, 8));
		fixture->slowed = 0;
	}
}

/* What is filled was mapped before, and ends; a leak has to map more. An old trace does not say. */
static void test_buffers_that_fill(void **state)
{
	struct fixture *fixture = *state;
	struct growth_model *writable = &fixture->processes[0].writable;
	size_t at = offsetof(struct process_model, memory); /* it grows from 1000 to 2000 */

	add_thread(fixture, 0, "worker", STATE_ON_CPU, 9 * S, STATE_SLEEP);
	*writable = (struct growth_model){ 5000, 5000, 0, 10, 0, 0 };
	assert_false(grows(fixture, "memory-growth", at, 5 * MIB, 10, 10));
	writable->last = 5499;
	assert_false(grows(fixture, "memory-growth", at, 5 * MIB, 10, 10));
	writable->last = 5500;
	assert_true(grows(fixture, "memory-growth", at, 5 * MIB, 10, 10));
	*writable = unknown;
	assert_true(grows(fixture, "memory-growth", at, 5 * MIB, 10, 10));
}

static void test_zombies(void **state)
{
	struct fixture *fixture = *state;

	add_thread(fixture, 0, "worker", STATE_ON_CPU, 9 * S, STATE_SLEEP);
	assert_null(finding(fixture, "zombies")); /* not known */
	fixture->processes[0].zombies = 0;
	assert_null(finding(fixture, "zombies"));
	fixture->processes[0].zombies = 1;
	assert_non_null(strstr(finding(fixture, "zombies")->detail, "1 child ended"));
}

/* ---- pools ------------------------------------------------------------------------------------ */
static void test_saturated_threads(void **state)
{
	struct fixture *fixture = *state;
	struct thread_model *worker;

	add_thread(fixture, 0, "main", STATE_CONDITION, 10 * S, STATE_SLEEP);
	worker = add_thread(fixture, 0, "pool-1", STATE_NETWORK, 7 * S, STATE_CONDITION);
	add_thread(fixture, 0, "pool-2", STATE_NETWORK, 8 * S, STATE_CONDITION);
	assert_null(finding(fixture, "executor-saturated")); /* no thread hands them work */
	woken_by(worker, 100, 100, 5);
	assert_non_null(
		finding(fixture, "executor-saturated")); /* 3 + 2 of 10 s, one idle at most */
	assert_non_null(strstr(fixture->verdict.findings[0].detail, "the pool's size"));
	worker->time.state_ns[STATE_CONDITION] += 100 * MS;
	worker->time.state_ns[STATE_NETWORK] -= 100 * MS;
	assert_null(finding(fixture, "executor-saturated"));
}

/*
 * Wakers that did not fit in the table count as members of the pool that all others belong to; a
 * thread that hands over a lock, or the GIL, says nothing about them.
 */
static void test_wakers_without_a_place(void **state)
{
	struct fixture *fixture = *state;
	struct thread_model *loop =
		add_thread(fixture, 0, "main", STATE_CONDITION, 10 * S, STATE_SLEEP);

	add_thread(fixture, 0, "pool-1", STATE_ON_CPU, 9 * S, STATE_GIL);
	add_thread(fixture, 0, "pool-2", STATE_ON_CPU, 9 * S, STATE_GIL);
	woken_by(loop, 100, 101, 500);
	woken_by(loop, 0, 0, 100);
	loop->wakers[1].state = 0;
	loop->wakers[0].state = STATE_GIL;
	assert_null(finding(fixture, "executor-saturated"));
	loop->wakers[0].state = STATE_CONDITION;
	loop->wakers[0].count = 1; /* one hand-over would be too few */
	assert_non_null(finding(fixture, "executor-saturated"));
}

/* Threads of one kind that wait for one of them, which waits for the network, are not too few. */
static void test_turns_at_a_call(void **state)
{
	struct fixture *fixture = *state;
	struct thread_model *holder, *waiter;

	add_thread(fixture, 0, "main", STATE_SLEEP, 10 * S, STATE_SLEEP);
	holder = add_thread(fixture, 0, "worker-1", STATE_NETWORK, 9 * S, STATE_CONDITION);
	waiter = add_thread(fixture, 0, "worker-2", STATE_CONDITION, 10 * S, STATE_CONDITION);
	waiter->wakers[0] = (struct waker_model){
		.tid = holder->tid, .state = STATE_CONDITION, .count = 90, .ns = 9 * S
	};
	waiter->waker_count = 1;
	assert_int_equal(judge(fixture)->class, VERDICT_IO_BOUND);
	assert_non_null(strstr(fixture->verdict.advice_now, "hold no lock"));
	assert_non_null(strstr(fixture->verdict.advice_now, "worker-1/101"));
	memcpy(holder->comm, "fetcher", 8); /* whose result the other one waits for */
	assert_null(strstr(judge(fixture)->advice_now, "hold no lock"));
}

static void test_saturated_processes(void **state)
{
	struct fixture *fixture = *state;
	struct thread_model *parent, *worker;
	struct pool_set pools;
	size_t i;

	parent = add_thread(fixture, 0, "server", STATE_IPC, 10 * S, STATE_SLEEP);
	for (i = 1; i < 4; i++)
		worker = add_thread(fixture, i, "worker", STATE_ON_CPU, 9 * S, STATE_IPC);
	woken_by(parent, worker->tid, worker->tid, 10);
	pools_find(&fixture->model, &pools);
	assert_int_equal(pools.count, 1);
	assert_int_equal(pools.rows[0].count, 3);
	assert_true(pools.rows[0].of_processes && pools.rows[0].fed);
	pools_free(&pools);
	assert_non_null(strstr(finding(fixture, "executor-saturated")->detail, "the CPU is"));
	/* three of them idle for 20 % leave none idle for 40 % at least */
	for (i = 1; i < 4; i++) {
		fixture->threads[i][0].time.state_ns[STATE_IPC] += S;
		fixture->threads[i][0].time.state_ns[STATE_ON_CPU] -= S;
	}
	assert_null(finding(fixture, "executor-saturated"));
}

static void test_memory_per_worker(void **state)
{
	struct fixture *fixture = *state;
	size_t i;

	add_thread(fixture, 0, "server", STATE_IPC, 10 * S, STATE_SLEEP);
	for (i = 1; i < 3; i++) {
		add_thread(fixture, i, "worker", STATE_ON_CPU, 9 * S, STATE_IPC);
		fixture->processes[i].rss_bytes = 74 * MIB;
		fixture->processes[i].shared_bytes = 10 * MIB;
	}
	assert_non_null(finding(fixture, "memory-per-worker"));
	fixture->processes[1].shared_bytes++;
	assert_null(finding(fixture, "memory-per-worker"));
	fixture->processes[1].shared_bytes = RECORD_UNKNOWN;
	assert_null(finding(fixture, "memory-per-worker"));
	fixture->processes[1].shared_bytes = 0;
	fixture->processes[1].rss_bytes = 129 * MIB; /* twice as much is not alike */
	assert_null(finding(fixture, "memory-per-worker"));
}

/* Three similar workers share one row, the outlier has its own. */
static void test_roles(void **state)
{
	struct fixture *fixture = *state;
	struct verdict verdicts[MAX_PROCESSES];
	struct role *roles;
	size_t i;

	memcpy(fixture->processes[0].comm, "server", 7);
	add_thread(fixture, 0, "server", STATE_REQUEST, 10 * S, STATE_SLEEP);
	for (i = 1; i < 4; i++) {
		snprintf(fixture->processes[i].comm, RECORD_COMM_LEN, "worker-%zu", i);
		add_thread(fixture, i, "worker", i == 2 ? STATE_ON_CPU : STATE_NETWORK, 9 * S,
			   STATE_REQUEST);
	}
	for (i = 0; i < 4; i++)
		verdict_judge(&fixture->model, &fixture->processes[i], NULL, &fixture->settings,
			      &verdicts[i]);
	assert_int_equal(roles_find(&fixture->model, verdicts, &fixture->settings, &roles), 2);
	assert_string_equal(roles[0].name, "server");
	assert_int_equal(roles[0].class, VERDICT_IDLE);
	assert_string_equal(roles[1].name, "worker");
	assert_int_equal(roles[1].count, 3);
	assert_int_equal(roles[1].class, VERDICT_IO_BOUND); /* 9 of 27 s on CPU */
	assert_int_equal(roles[1].most, VERDICT_IO_BOUND);
	assert_int_equal(roles[1].odd, 1);
	assert_int_equal(roles[1].time.wall_ns, 30 * S);
	free(roles);
}

static void test_busy_polling(void **state)
{
	struct fixture *fixture = *state;
	struct loop_model loop = { .tid = 100, .loop_class = LOOP_SPINS, .iterations = 10000 };

	fixture->model.capture.depth = DEPTH_SYSCALLS;
	add_thread(fixture, 0, "worker", STATE_ON_CPU, 9 * S, STATE_SLEEP);
	fixture->processes[0].loops = &loop;
	fixture->processes[0].loop_count = 1;
	assert_non_null(finding(fixture, "busy-polling")); /* 1,000 times a second */
	loop.iterations = 9999;
	assert_null(finding(fixture, "busy-polling"));
	loop.iterations = 10000;
	loop.busy_ns = 5 * S + 1; /* it has something to do in between */
	assert_null(finding(fixture, "busy-polling"));
	loop.busy_ns = 0;
	loop.loop_class = LOOP_EVENT_LOOP;
	assert_null(finding(fixture, "busy-polling"));
}

static void test_what_was_dropped(void **state)
{
	static const struct {
		const char *kind;
		size_t offset;
	} rows[] = {
		{ "locks-dropped", offsetof(struct model, lock_dropped) },
		{ "stacks-dropped", offsetof(struct model, stacks_dropped) },
		{ "names-lost", offsetof(struct model, names_lost) },
		{ "events-dropped", offsetof(struct model, intervals_dropped) },
	};
	struct fixture *fixture = *state;
	size_t i;

	add_thread(fixture, 0, "worker", STATE_ON_CPU, 9 * S, STATE_SLEEP);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t *count = (uint64_t *)((char *)&fixture->model + rows[i].offset);

		assert_null(finding(fixture, rows[i].kind));
		*count = 7;
		assert_true(finding(fixture, rows[i].kind)->value == 7);
		assert_non_null(strstr(finding(fixture, rows[i].kind)->detail, "7 "));
	}
}

/* None may be cut off because others hold as well: the last ones say what is missing. */
static void test_all_findings_have_room(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(sizeof(fixture->verdict.findings) / sizeof(fixture->verdict.findings[0]),
			 NR_FINDINGS);
}

static void test_every_finding_explains_itself(void **state)
{
	size_t i, j;

	(void)state;
	for (i = 0; i < NR_FINDINGS; i++) {
		assert_true(finding_rules[i].kind && finding_rules[i].meaning[0] &&
			    finding_rules[i].rule[0] && finding_rules[i].action);
		for (j = 0; j < i; j++)
			assert_string_not_equal(finding_rules[i].kind, finding_rules[j].kind);
	}
}

/* A thread that mostly sleeps between tries; beside work of half that length it is a timer. */
static void test_sleep_polling(void **state)
{
	struct fixture *fixture = *state;
	struct thread_model *thread =
		add_thread(fixture, 0, "tries", STATE_ON_CPU, 100 * MS, STATE_SLEEP);

	thread->state_count[STATE_SLEEP] = 200;
	assert_non_null(finding(fixture, "sleep-polling"));
	thread->state_count[STATE_SLEEP] = 49; /* below five a second */
	assert_null(finding(fixture, "sleep-polling"));
	thread->state_count[STATE_SLEEP] = 200;
	add_thread(fixture, 0, "works", STATE_ON_CPU, 6 * S, STATE_CONDITION);
	assert_null(finding(fixture, "sleep-polling"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_growth),
		TEST(test_buffers_that_fill),
		TEST(test_zombies),
		TEST(test_busy_polling),
		TEST(test_sleep_polling),
		TEST(test_what_was_dropped),
		TEST(test_all_findings_have_room),
		TEST(test_saturated_threads),
		TEST(test_wakers_without_a_place),
		TEST(test_turns_at_a_call),
		TEST(test_saturated_processes),
		TEST(test_memory_per_worker),
		TEST(test_roles),
		TEST(test_every_finding_explains_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
