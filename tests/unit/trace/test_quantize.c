// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of trace/coarse and of how a file stores its output. Random threads that start, end and
 * change their behaviour: quantized values must be near the truth, sum up, never decrease, be exact
 * where promised, be small in the file, and be read back unchanged.
 */
#include "trace/quantize_fixture.h"

#define MOST_WAITS 4000 /* a second, of any way */

/* ---- what holds of a thread ------------------------------------------------------------------ */
static void hold_near(uint64_t quantized, uint64_t truth, uint64_t tolerance)
{
	assert_true((quantized > truth ? quantized - truth : truth - quantized) <= tolerance);
}

static void hold_thread(const struct record_thread *truth, const struct record_thread *quantized,
			const struct record_thread *old, uint64_t window_ns)
{
	uint64_t sum = 0;
	int s;

	for (s = 0; s < NR_STATES; s++) {
		sum += quantized->state_ns[s];
		/* the state that it was in at a boundary took what others left then */
		hold_near(quantized->state_ns[s], truth->state_ns[s], 4 * window_ns / COARSE_TIME);
		if (old) {
			assert_true(quantized->state_ns[s] >= old->state_ns[s]);
			assert_true(quantized->state_count[s] >= old->state_count[s]);
		}
	}
	assert_int_equal(sum, quantized->end_ns - quantized->start_ns);
	hold_near(quantized->entered_ns, truth->entered_ns, window_ns / COARSE_WAIT);
	assert_true(quantized->entered_ns <= quantized->end_ns);
	hold_near(quantized->voluntary, truth->voluntary, COARSE_COUNT + MOST_WAITS / 2);
	if (old)
		assert_true(quantized->voluntary >= old->voluntary);
	assert_int_equal(quantized->state, truth->state);
	assert_string_equal(quantized->comm, truth->comm);
	if (truth->throttled_ns == RECORD_UNKNOWN)
		assert_true(quantized->throttled_ns == RECORD_UNKNOWN);
	else
		hold_near(quantized->throttled_ns, truth->throttled_ns, window_ns / COARSE_TIME);
}

/* A whole snapshot; old: the threads of the previous one, by number modulo their size. */
static void hold_snapshot(const struct world *world, struct record_thread *old, size_t size,
			  uint64_t window_ns)
{
	const struct record_thread *thread = NULL;
	struct record_thread *before;
	size_t i;

	for (i = 0; i < world->count; i++) {
		const struct record *truth = &world->exact[i], *quantized = &world->quantized[i];

		if (truth->kind == RECORD_THREAD) {
			thread = &quantized->thread;
			before = &old[thread->id % size];
			hold_thread(&truth->thread, thread,
				    before->id == thread->id ? before : NULL, window_ns);
			*before = *thread;
		} else if (truth->kind == RECORD_WAIT) {
			assert_int_equal(quantized->wait.ns,
					 world->now - (thread->entered_ns > BEGIN ?
							       thread->entered_ns :
							       BEGIN));
			assert_int_equal(quantized->wait.ns, quantized->wait.max_ns);
		} else if (truth->kind == RECORD_WAKER) {
			hold_near(quantized->waker.ns, truth->waker.ns, window_ns / COARSE_WAIT);
		} else {
			assert_memory_equal(truth, quantized, sizeof(*truth));
		}
	}
}

static void test_near_the_truth_and_adds_up(void **state)
{
	struct world *world = *state;
	static struct record_thread old[4096];
	uint64_t at = BEGIN, before;
	size_t i, exact = 0;

	for (world->changing = false; !world->changing; world->changing = true)
		for (i = 0; i < 200; i++, at += SECOND - MS + chance(world) % (2 * MS)) {
			before = world->now;
			world->changing = i > 100;
			next_snapshot(world, at, false);
			if (i)
				hold_snapshot(world, old, 4096, at - before + 2 * MS);
			exact += !memcmp(world->exact, world->quantized, sizeof(world->exact));
		}
	assert_true(exact < 10);
}

static void test_exact_where_it_must_be(void **state)
{
	struct world *world = *state;
	uint64_t at = BEGIN;
	size_t i;

	for (i = 0; i <= 20; i++, at += SECOND) {
		next_snapshot(world, at, i == 20);
		if (!i || i == 20)
			assert_memory_equal(world->exact, world->quantized, sizeof(world->exact));
	}
	assert_int_equal(world->coarse.count, 0);
	/* few threads */
	world->threads = COARSE_THREADS;
	for (i = 0; i <= 20; i++, at += SECOND) {
		next_snapshot(world, at, false);
		assert_memory_equal(world->exact, world->quantized, sizeof(world->exact));
	}
	/* each window has a report */
	world->threads = MOST;
	quantize_begin(&world->coarse, &(struct record_capture){ .interval_ns = SECOND });
	for (i = 0; i <= 20; i++, at += SECOND) {
		next_snapshot(world, at, false);
		assert_memory_equal(world->exact, world->quantized, sizeof(world->exact));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_near_the_truth_and_adds_up, setup, teardown),
		cmocka_unit_test_setup_teardown(test_exact_where_it_must_be, setup, teardown),
	};

	return cmocka_run_group_tests_name("coarse", tests, NULL, NULL);
}
