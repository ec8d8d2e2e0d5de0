// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of how sure a verdict is on hand-made models: evidence, confidence, what was not measured. */
#include "verdict/verdict_fixture.h"

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

/* Ruby threads that hand a Mutex on wake each other; fed by another thread they rest for sure. */
static void test_confidence_of_threads_that_wake_each_other(void **state)
{
	struct fixture *fixture = *state;
	struct waker_model waker = { .tid = 2, .state = STATE_CONDITION, .ns = 9 * S };
	struct thread_model threads[2] = { { .tid = 1, .count = 1, .comm = "app.rb:2" },
					   { .tid = 2, .count = 1, .comm = "app.rb:2" } };

	spend(fixture, STATE_CONDITION, 10 * S);
	waker.pid = fixture->process.pid;
	threads[0].time = fixture->process.time;
	threads[0].wakers[0] = waker;
	threads[0].waker_count = 1;
	fixture->process.threads = threads;
	fixture->process.thread_count = 2;
	assert_int_equal(judge(fixture)->class, VERDICT_IDLE);
	assert_int_equal(fixture->verdict.confidence, CONFIDENCE_HIGH);
	snprintf(fixture->process.runtime, sizeof(fixture->process.runtime), "Ruby");
	assert_int_equal(judge(fixture)->class, VERDICT_IDLE);
	assert_int_equal(fixture->verdict.confidence, CONFIDENCE_MEDIUM);
	snprintf(threads[1].comm, sizeof(threads[1].comm), "feeder");
	assert_int_equal(judge(fixture)->confidence, CONFIDENCE_HIGH);
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

/* A loop that came back too rarely to say may have been kept from its set. */
static void test_loop_that_came_back_too_rarely(void **state)
{
	struct fixture *fixture = *state;
	struct thread_model thread = { .tid = 4242, .count = 1 };
	struct loop_model loop = { .tid = 4242, .loop_class = LOOP_TOO_FEW };

	spend(fixture, STATE_NETWORK, 10 * S);
	thread.time = fixture->process.time;
	thread.time.wall_ns = 10 * S;
	fixture->process.threads = &thread;
	fixture->process.thread_count = 1;
	fixture->process.loops = &loop;
	fixture->process.loop_count = 1;
	fixture->process.event_sets = RECORD_UNKNOWN;
	fixture->model.capture.depth = DEPTH_SCHED;
	assert_int_equal(judge(fixture)->confidence, CONFIDENCE_LOW);
	assert_true(leaves_open(fixture, "blocked event loop"));
	assert_true(burst_wanted(&fixture->model, &fixture->verdict));
	/* so may one of which a burst saw two returns in turn, and that waited elsewhere since */
	loop.loop_class = LOOP_SPINS;
	assert_int_equal(judge(fixture)->confidence, CONFIDENCE_LOW);
	/* polls of the one thing that a call waits for are no returns to the set */
	loop.loop_class = LOOP_ONE;
	loop.kind = LOOP_KIND_POLL;
	loop.iterations = 4;
	fixture->process.event_sets = 1;
	assert_int_equal(judge(fixture)->confidence, CONFIDENCE_LOW);
	fixture->process.event_sets = RECORD_UNKNOWN;
	loop.loop_class = LOOP_TOO_FEW;
	loop.kind = LOOP_KIND_EPOLL;
	fixture->model.capture.depth = DEPTH_SYSCALLS;
	assert_int_equal(judge(fixture)->confidence, CONFIDENCE_MEDIUM);
	snprintf(fixture->process.runtime, sizeof(fixture->process.runtime), "Go");
	assert_int_equal(judge(fixture)->confidence, CONFIDENCE_HIGH);
}

/* rsync passes data between two descriptors: that it does something else meanwhile delays no client. */
static void test_two_descriptors_may_be_no_loop(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(class_of_stalls(fixture, 20, 100), VERDICT_LOOP_BLOCKED);
	assert_int_equal(fixture->verdict.confidence, CONFIDENCE_HIGH);
	assert_false(leaves_open(fixture, "two descriptors"));
	fixture->process.loops[0].of_two = true;
	assert_int_equal(judge(fixture)->class, VERDICT_LOOP_BLOCKED);
	assert_int_equal(fixture->verdict.confidence, CONFIDENCE_LOW);
	assert_true(leaves_open(fixture, "two descriptors"));
	assert_non_null(strstr(fixture->verdict.headline, "or what copies"));
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

/* Addresses in files that matter ask for symbols; those of compiled code have none. */
static void test_unmeasured_names(void **state)
{
	struct place_model places[2] = { { .ns = 950 * MS, .where = "main (server)" },
					 { .ns = 50 * MS, .where = "0x4330 (gzip)" } };
	struct place_group group = { .places = places, .place_count = 2 };
	struct fixture *fixture = *state;

	class_of(state, 9000, 0, 0, 0);
	fixture->process.place_groups = &group;
	fixture->process.place_group_count = 1;
	judge(fixture);
	assert_false(says(&fixture->verdict, "-dbgsym"));
	places[1].ns = 150 * MS;
	judge(fixture);
	assert_true(says(&fixture->verdict, "-dbgsym"));
	strcpy(places[1].where, "0x4330 (anonymous memory)");
	judge(fixture);
	assert_false(says(&fixture->verdict, "-dbgsym"));
	strcpy(places[1].where, "0x4330 (unknown)");
	judge(fixture);
	assert_false(says(&fixture->verdict, "-dbgsym"));
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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_evidence),
		TEST(test_confidence),
		TEST(test_locks_that_do_not_move),
		TEST(test_confidence_of_threads_that_wake_each_other),
		TEST(test_confidence_of_what_is_not_seen),
		TEST(test_loop_that_came_back_too_rarely),
		TEST(test_two_descriptors_may_be_no_loop),
		TEST(test_worker_beside_a_loop),
		TEST(test_unmeasured),
		TEST(test_unmeasured_names),
		TEST(test_unmeasured_of_a_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
