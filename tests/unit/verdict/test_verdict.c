// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of verdict on hand-made models: each rule just above and just below its threshold, and
 * confidence, causes, evidence and advice.
 */
#include "verdict/verdict_fixture.h"

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

/* Two threads of ten seconds, alike; returns the class. */
static enum verdict_class class_of_two(void **state, uint64_t on_cpu_ms, uint64_t gil_ms,
				       bool ended)
{
	static struct thread_model threads[2];
	struct fixture *fixture = *state;
	size_t i;

	setup(state);
	memset(threads, 0, sizeof(threads));
	for (i = 0; i < 2; i++) {
		threads[i].tid = 4242 + (uint32_t)i;
		threads[i].count = 1;
		threads[i].exited = ended;
		threads[i].time.state_ns[STATE_ON_CPU] = on_cpu_ms * MS;
		threads[i].time.state_ns[STATE_GIL] = gil_ms * MS;
	}
	fixture->process.threads = threads;
	fixture->process.thread_count = 2;
	spend(fixture, STATE_ON_CPU, 2 * on_cpu_ms * MS);
	spend(fixture, STATE_GIL, 2 * gil_ms * MS);
	return judge(fixture)->class;
}

/* A core is full, or not, for the time that they work: how long they rest says nothing of the lock. */
static void test_gil_of_threads_that_work_for_a_while(void **state)
{
	assert_int_equal(class_of_two(state, 5000, 5000, false), VERDICT_CPU_BOUND);
	assert_int_equal(class_of_two(state, 2000, 2000, false), VERDICT_CPU_BOUND);
	assert_int_equal(class_of_two(state, 1000, 3000, false), VERDICT_LOCK_BOUND);
	/* one after the other, or side by side? */
	assert_int_equal(class_of_two(state, 2000, 2000, true), VERDICT_LOCK_BOUND);
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
	static const char *const wrong[] = {
		"starvation",	  "starvation=",      "=0.5",
		"starvation=abc", "starvation=0.5x",  "starvation=-1",
		"starvation=nan", "starvation=inf",   "nosuch=1",
		"starvatio=0.5",  "starvation=1e999", "starvation=1.01",
		"io-ratio=2",	  "cpu-ratio=1.5"
	};
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
		assert_true(thresholds[i].meaning[0]);
		assert_true(!thresholds[i].source || thresholds[i].source[0]);
		assert_int_equal(lround(fixture->settings.threshold[i] * 1e6),
				 lround(thresholds[i].value * 1e6));
	}
	assert_int_equal(verdict_settings_set(&fixture->settings, "long-stall=60", &e), 0);
	assert_int_equal(verdict_settings_set(&fixture->settings, "idle-work=1", &e), 0);
	verdict_settings_default(&fixture->settings);
	class_of(state, 8000, 2000, 0, 0);
	assert_int_equal(fixture->verdict.class, VERDICT_CPU_BOUND);
	assert_int_equal(verdict_settings_set(&fixture->settings, "starvation=0.2", &e), 0);
	assert_int_equal(judge(fixture)->class, VERDICT_CPU_STARVED);
}

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
		TEST(test_gil_of_threads_that_work_for_a_while),
		TEST(test_condition_is_no_contention),
		TEST(test_cpu_io_mixed),
		TEST(test_unended_pipe_is_rest),
		TEST(test_loop_blocked),
		TEST(test_no_class_changes_at_the_edge_of_a_window),
		TEST(test_classes_need_weight),
		TEST(test_loop_that_is_none),
		TEST(test_unclassified_time_is_told),
		TEST(test_waits_for_signals_are_rest),
		TEST(test_one_process_of_several),
		TEST(test_names),
		TEST(test_settings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
