// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of the timeline, and properties of verdicts over random models. */
#include "verdict/findings_fixture.h"

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

/* The sum of computing and waiting is mixed; no second of it was. */
static void test_class_of_no_window(void **state)
{
	struct fixture *fixture = *state;
	int i;

	for (i = 0; i < 4; i++)
		add_window(fixture, STATE_ON_CPU, 900);
	for (i = 0; i < 4; i++)
		add_window(fixture, STATE_NETWORK, 900);
	assert_int_equal(judge(fixture)->class, VERDICT_MIXED);
	assert_int_equal(fixture->verdict.confidence, CONFIDENCE_MEDIUM);
	assert_true(timeline_lacks(&fixture->timeline, VERDICT_IDLE));
	assert_false(timeline_lacks(&fixture->timeline, VERDICT_IO_BOUND));
	/* a proof, and a few stalls, need a window longer than these */
	assert_false(timeline_lacks(&fixture->timeline, VERDICT_HUNG));
	assert_false(timeline_lacks(&fixture->timeline, VERDICT_LOOP_BLOCKED));
	for (i = 0; i < 8; i++)
		fixture->timeline.windows[i].class = VERDICT_MIXED;
	assert_int_equal(judge(fixture)->confidence, CONFIDENCE_HIGH);
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

static void halve(struct ledger *time)
{
	int s;

	time->wall_ns /= 2;
	for (s = 0; s < NR_STATES; s++)
		time->state_ns[s] /= 2;
}

/* Half the time with the same rates is the same program. */
static void test_half_the_window_is_the_same(void **state)
{
	struct fixture *fixture;
	enum verdict_class class;
	size_t i, j;
	int round;

	for (round = 0; round < 2000; round++) {
		setup(state);
		fixture = *state;
		seed = (uint64_t)round;
		random_model(fixture);
		class = judge(fixture)->class;
		fixture->model.duration_ns /= 2;
		halve(&fixture->model.time);
		for (i = 0; i < fixture->model.process_count; i++) {
			halve(&fixture->processes[i].time);
			for (j = 0; j < fixture->processes[i].thread_count; j++)
				halve(&fixture->threads[i][j].time);
		}
		assert_int_equal(judge(fixture)->class, class);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_change),
		TEST(test_no_change_near_a_threshold),
		TEST(test_odd_window),
		TEST(test_class_of_no_window),
		TEST(test_odd_window_of_few),
		TEST(test_random_models_are_sound),
		TEST(test_order_is_nothing),
		TEST(test_half_the_window_is_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
