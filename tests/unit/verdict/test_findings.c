// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of findings, pools and the timeline: each finding on both sides of its threshold; and
 * properties of verdicts over random models.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "verdict/findings/findings.h"
#include "analysis/pools.h"
#include "verdict/roles.h"
#include "verdict/rules.h"
#include "verdict/timeline.h"

#define S 1000000000ULL
#define MS 1000000ULL
#define MIB (1ULL << 20)
#define MAX_PROCESSES 5
#define MAX_THREADS 6

/* Some processes, the later ones children of the first, watched for 10 s on 4 CPUs. */
struct fixture {
	struct model model;
	struct process_model processes[MAX_PROCESSES];
	struct thread_model threads[MAX_PROCESSES][MAX_THREADS];
	struct verdict_settings settings;
	struct timeline timeline;
	struct verdict verdict;
	double slowed; /* of what grows */
};

static const struct growth_model unknown = { RECORD_UNKNOWN, RECORD_UNKNOWN, NAN, 0, 0, 0 };

static int setup(void **state)
{
	static struct fixture fixture;
	size_t i;

	memset(&fixture, 0, sizeof(fixture));
	fixture.model.capture.cpus = 4;
	fixture.model.capture.switch_same_ns = fixture.model.capture.switch_other_ns =
		RECORD_UNKNOWN;
	fixture.model.duration_ns = 10 * S;
	fixture.model.time.throttled_ns = RECORD_UNKNOWN;
	fixture.model.processes = fixture.processes;
	for (i = 0; i < MAX_PROCESSES; i++) {
		struct process_model *process = &fixture.processes[i];

		process->pid = 100 + 100 * (uint32_t)i;
		process->ppid = i ? 100 : 1;
		process->threads = fixture.threads[i];
		process->rss_bytes = process->shared_bytes = process->zombies = RECORD_UNKNOWN;
		process->memory = process->thread_growth = process->descriptors = unknown;
		process->time.throttled_ns = RECORD_UNKNOWN;
		memcpy(process->comm, "worker", 7);
	}
	verdict_settings_default(&fixture.settings);
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	timeline_free(&((struct fixture *)*state)->timeline);
	return 0;
}

/* A thread that was in this state for so long, and for the rest of the window in `other`. */
static struct thread_model *add_thread(struct fixture *fixture, size_t process, const char *comm,
				       enum ledger_state one, uint64_t ns, enum ledger_state other)
{
	struct process_model *of = &fixture->processes[process];
	struct thread_model *thread = &fixture->threads[process][of->thread_count];

	if (fixture->model.process_count <= process)
		fixture->model.process_count = process + 1;
	thread->tid = of->pid + (uint32_t)of->thread_count++;
	thread->count = 1;
	snprintf(thread->comm, sizeof(thread->comm), "%s", comm);
	thread->time.wall_ns = fixture->model.duration_ns;
	thread->time.throttled_ns = RECORD_UNKNOWN;
	thread->time.state_ns[one] += ns;
	thread->time.state_ns[other] += fixture->model.duration_ns - ns;
	ledger_add(&of->time, &thread->time);
	ledger_add(&fixture->model.time, &thread->time);
	return thread;
}

static void woken_by(struct thread_model *thread, uint32_t pid, uint32_t tid, uint64_t count)
{
	thread->wakers[thread->waker_count++] =
		(struct waker_model){ pid, tid, STATE_CONDITION, count, S };
}

static const struct verdict *judge(struct fixture *fixture)
{
	verdict_judge(&fixture->model, NULL, &fixture->timeline, &fixture->settings,
		      &fixture->verdict);
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

/* ---- over time -------------------------------------------------------------------------------- */
/* A second in which it did this, of one thread. */
static void add_window(struct fixture *fixture, enum ledger_state state, uint64_t ms)
{
	struct model window;
	uint64_t ns = ms * MS;

	memset(&window, 0, sizeof(window));
	window.capture.cpus = 4;
	window.start_ns = fixture->timeline.count * S;
	window.duration_ns = S;
	window.time.wall_ns = S;
	window.time.throttled_ns = RECORD_UNKNOWN;
	window.time.state_ns[state] += ns;
	window.time.state_ns[STATE_SLEEP] += S - ns;
	assert_int_equal(timeline_add(&fixture->timeline, &window, &fixture->settings), 0);
	fixture->model.time.state_ns[state] += ns;
	fixture->model.time.state_ns[STATE_SLEEP] += S - ns;
	fixture->model.time.wall_ns += S;
	fixture->model.duration_ns = fixture->timeline.count * S;
}

static void test_change(void **state)
{
	struct fixture *fixture = *state;
	int i;

	for (i = 0; i < 4; i++)
		add_window(fixture, STATE_ON_CPU, 900);
	add_window(fixture, STATE_NETWORK, 900); /* one alone is none */
	assert_null(finding(fixture, "changed"));
	add_window(fixture, STATE_NETWORK, 900);
	assert_string_equal(finding(fixture, "changed")->detail,
			    "cpu-bound for the first 4.00 s, then io-bound");
	for (i = 0; i < 2; i++)
		add_window(fixture, STATE_SLEEP, 900);
	assert_non_null(strstr(finding(fixture, "changed")->detail, "changed 2 times"));
}

/* Values near a threshold cross it at random. */
static void test_no_change_near_a_threshold(void **state)
{
	struct fixture *fixture = *state;
	int i;

	for (i = 0; i < 8; i++) {
		add_window(fixture, STATE_ON_CPU, 0);
		fixture->timeline.windows[i].class = i % 4 < 2 ? VERDICT_CPU_BOUND : VERDICT_MIXED;
		fixture->timeline.windows[i].clear = i % 4 < 2;
	}
	assert_null(finding(fixture, "changed"));
}

static void test_odd_window(void **state)
{
	struct fixture *fixture = *state;
	int i;

	for (i = 0; i < 4; i++)
		add_window(fixture, STATE_SLEEP, 1000);
	add_window(fixture, STATE_ON_CPU, 900);
	assert_int_equal(judge(fixture)->class, VERDICT_IDLE); /* it does not decide ... */
	assert_non_null(strstr(finding(fixture, "odd-window")->detail, "cpu-bound")); /* nor hide */
	assert_int_equal(fixture->verdict.confidence, CONFIDENCE_MEDIUM);
	add_window(fixture, STATE_ON_CPU, 900); /* two are more than chance */
	assert_int_equal(judge(fixture)->class, VERDICT_CPU_BOUND);
	assert_null(finding(fixture, "odd-window"));
}

static void test_odd_window_of_few(void **state)
{
	struct fixture *fixture = *state;
	int i;

	for (i = 0; i < 3; i++)
		add_window(fixture, STATE_SLEEP, 1000);
	add_window(fixture, STATE_ON_CPU, 900);
	assert_int_equal(judge(fixture)->class, VERDICT_CPU_BOUND);
}

/* ---- properties ------------------------------------------------------------------------------- */
static uint64_t seed;

static uint64_t random_below(uint64_t limit)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (seed >> 33) % limit;
}

/* Threads that split the window among some states; sums as the builder makes them. */
static void random_model(struct fixture *fixture)
{
	size_t processes = 1 + random_below(MAX_PROCESSES), threads, i, j, k;

	for (i = 0; i < processes; i++) {
		threads = 1 + random_below(MAX_THREADS);
		for (j = 0; j < threads; j++) {
			struct thread_model *thread =
				add_thread(fixture, i, "worker", STATE_SLEEP, 0, STATE_SLEEP);
			uint64_t left = fixture->model.duration_ns, part;
			uint64_t *ns = thread->time.state_ns;

			for (k = 0; k < 3; k++) {
				int s = (int)random_below(NR_STATES);

				part = random_below(2) ? 0 : random_below(left + 1);
				ns[STATE_SLEEP] -= part;
				ns[s] += part;
				fixture->processes[i].time.state_ns[STATE_SLEEP] -= part;
				fixture->processes[i].time.state_ns[s] += part;
				fixture->model.time.state_ns[STATE_SLEEP] -= part;
				fixture->model.time.state_ns[s] += part;
				left = ns[STATE_SLEEP];
			}
		}
	}
}

static void assert_sound(const struct verdict *verdict, const struct signals *signals)
{
	double sum = 0;
	size_t i;

	assert_true(verdict->class >= 0 && verdict->class < NR_VERDICTS);
	assert_true(verdict->evidence_count > 0);
	assert_true(verdict->headline[0] && !strstr(verdict->headline, "nan"));
	for (i = 0; i < verdict->cause_count; i++) {
		assert_true(verdict->causes[i].share >= 0 && verdict->causes[i].share <= 1 + 1e-9);
		sum += verdict->causes[i].share;
	}
	assert_true(sum <= 1 + 1e-9);
	for (i = 0; i < verdict->finding_count; i++)
		assert_true(verdict->findings[i].detail[0] && !isnan(verdict->findings[i].value));
	assert_true(isnan(signals->ratio) || (signals->ratio >= 0 && signals->ratio <= 1));
	assert_true(isnan(signals->contention) ||
		    (signals->contention >= 0 && signals->contention <= 1 + 1e-9));
	assert_true(isnan(signals->starvation) ||
		    (signals->starvation >= 0 && signals->starvation <= 1 + 1e-9));
	assert_true(fabs(signals->work_s + signals->rest_s + signals->unobserved_s -
			 signals->wall_s) <= signals->wall_s); /* `other` is neither */
}

static void test_random_models_are_sound(void **state)
{
	struct fixture *fixture;
	struct signals signals;
	int round;

	for (round = 0; round < 5000; round++) {
		setup(state);
		fixture = *state;
		seed = (uint64_t)round;
		random_model(fixture);
		signals_compute(&fixture->model, NULL, &signals);
		judge(fixture);
		assert_sound(&fixture->verdict, &signals);
	}
}

/* The order of the records of threads and processes is irrelevant. */
static void test_order_is_nothing(void **state)
{
	struct fixture *fixture;
	struct verdict before;
	struct process_model process;
	struct thread_model thread;
	int round;
	size_t i, last;

	for (round = 0; round < 2000; round++) {
		setup(state);
		fixture = *state;
		seed = (uint64_t)round;
		random_model(fixture);
		before = *judge(fixture);
		for (i = 0; i < fixture->model.process_count; i++) {
			last = fixture->processes[i].thread_count - 1;
			thread = fixture->threads[i][0];
			fixture->threads[i][0] = fixture->threads[i][last];
			fixture->threads[i][last] = thread;
		}
		last = fixture->model.process_count - 1;
		process = fixture->processes[0];
		fixture->processes[0] = fixture->processes[last];
		fixture->processes[last] = process;
		judge(fixture);
		assert_int_equal(fixture->verdict.class, before.class);
		assert_int_equal(fixture->verdict.confidence, before.confidence);
		assert_string_equal(fixture->verdict.headline, before.headline);
		assert_int_equal(fixture->verdict.cause_count, before.cause_count);
		for (i = 0; i < before.cause_count; i++)
			assert_true(fabs(fixture->verdict.causes[i].share -
					 before.causes[i].share) < 1e-9);
	}
}

/* Half the time with the same rates is the same program. */
static void test_half_the_window_is_the_same(void **state)
{
	struct fixture *fixture;
	enum verdict_class class;
	int round, s;
	size_t i;

	for (round = 0; round < 2000; round++) {
		setup(state);
		fixture = *state;
		seed = (uint64_t)round;
		random_model(fixture);
		class = judge(fixture)->class;
		fixture->model.duration_ns /= 2;
		fixture->model.time.wall_ns /= 2;
		for (s = 0; s < NR_STATES; s++)
			fixture->model.time.state_ns[s] /= 2;
		for (i = 0; i < fixture->model.process_count; i++) {
			fixture->processes[i].time.wall_ns /= 2;
			for (s = 0; s < NR_STATES; s++)
				fixture->processes[i].time.state_ns[s] /= 2;
		}
		assert_int_equal(judge(fixture)->class, class);
	}
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

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
		TEST(test_zombies),
		TEST(test_busy_polling),
		TEST(test_sleep_polling),
		TEST(test_what_was_dropped),
		TEST(test_all_findings_have_room),
		TEST(test_saturated_threads),
		TEST(test_wakers_without_a_place),
		TEST(test_saturated_processes),
		TEST(test_memory_per_worker),
		TEST(test_roles),
		TEST(test_change),
		TEST(test_no_change_near_a_threshold),
		TEST(test_odd_window),
		TEST(test_odd_window_of_few),
		TEST(test_random_models_are_sound),
		TEST(test_order_is_nothing),
		TEST(test_half_the_window_is_the_same),
		TEST(test_every_finding_explains_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
