// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of session/advance. A simulated host whose processes, threads, waits, locks and loops come
 * and go: each window must give the same model, figure by figure, whether or not the session was
 * advanced, and an advanced session must not keep what has ended.
 */
#include "model/advance_fixture.h"

/* ---- two models are one ---------------------------------------------------------------------- */
static void same_threads(const struct thread_model *a, const struct thread_model *b)
{
	struct thread_model one, other;
	int i;

	memcpy(&one, a, sizeof(one));
	memcpy(&other, b, sizeof(other));
	for (i = 0; i < NR_STATES; i++) {
		assert_int_equal(!a->histogram[i], !b->histogram[i]);
		if (a->histogram[i])
			assert_memory_equal(a->histogram[i], b->histogram[i],
					    RECORD_HISTOGRAM_LEN * sizeof(uint32_t));
		one.histogram[i] = other.histogram[i] = NULL;
	}
	assert_memory_equal(&one.time, &other.time, sizeof(one.time));
	assert_memory_equal(&one, &other, sizeof(one));
}

static void same_frames(char (*a)[RECORD_PLACE_LEN], size_t count, char (*b)[RECORD_PLACE_LEN],
			size_t others)
{
	assert_int_equal(count, others);
	if (count)
		assert_memory_equal(a, b, count * RECORD_PLACE_LEN);
}

static void same_locks(const struct lock_model *a, const struct lock_model *b)
{
	struct lock_model one, other;

	memcpy(&one, a, sizeof(one));
	memcpy(&other, b, sizeof(other));
	same_frames(a->frames, a->frame_count, b->frames, b->frame_count);
	one.frames = other.frames = NULL;
	assert_memory_equal(&one, &other, sizeof(one));
}

static void same_stalls(const struct stall_model *a, const struct stall_model *b)
{
	struct stall_model one, other;

	memcpy(&one, a, sizeof(one));
	memcpy(&other, b, sizeof(other));
	same_frames(a->frames, a->frame_count, b->frames, b->frame_count);
	assert_int_equal(!a->block, !b->block);
	one.frames = other.frames = NULL;
	one.block = other.block = NULL;
	assert_memory_equal(&one, &other, sizeof(one));
}

static void same_rows(const void *a, size_t count, const void *b, size_t others, size_t size)
{
	assert_int_equal(count, others);
	if (count)
		assert_memory_equal(a, b, count * size);
}

static void same_processes(const struct process_model *a, const struct process_model *b)
{
	struct process_model one, other;
	size_t i;

	memcpy(&one, a, sizeof(one));
	memcpy(&other, b, sizeof(other));
	assert_int_equal(a->pid, b->pid);
	assert_int_equal(a->thread_count, b->thread_count);
	for (i = 0; i < a->thread_count; i++)
		same_threads(&a->threads[i], &b->threads[i]);
	same_rows(a->waits, a->wait_count, b->waits, b->wait_count, sizeof(*a->waits));
	same_rows(a->calls, a->call_count, b->calls, b->call_count, sizeof(*a->calls));
	same_rows(a->loops, a->loop_count, b->loops, b->loop_count, sizeof(*a->loops));
	assert_int_equal(a->lock_count, b->lock_count);
	for (i = 0; i < a->lock_count; i++)
		same_locks(&a->locks[i], &b->locks[i]);
	assert_int_equal(a->stall_count, b->stall_count);
	for (i = 0; i < a->stall_count; i++)
		same_stalls(&a->stalls[i], &b->stalls[i]);
	one.threads = other.threads = NULL;
	one.waits = other.waits = NULL;
	one.calls = other.calls = NULL;
	one.loops = other.loops = NULL;
	one.locks = other.locks = NULL;
	one.stalls = other.stalls = NULL;
	assert_memory_equal(&one, &other, sizeof(one));
}

static void same_models(const struct model *a, const struct model *b)
{
	struct model one, other;
	size_t i;

	memcpy(&one, a, sizeof(one));
	memcpy(&other, b, sizeof(other));
	assert_int_equal(a->process_count, b->process_count);
	for (i = 0; i < a->process_count; i++)
		same_processes(&a->processes[i], &b->processes[i]);
	one.processes = other.processes = NULL;
	one.intervals = other.intervals = NULL;
	/* a longer window does not keep them */
	if (a->interval_count && b->interval_count)
		same_rows(a->intervals, a->interval_count, b->intervals, b->interval_count,
			  sizeof(*a->intervals));
	one.interval_count = other.interval_count = 0;
	assert_memory_equal(&one, &other, sizeof(one));
}

/* ---- tests ----------------------------------------------------------------------------------- */
static void test_each_window_is_the_same(void **state)
{
	struct model kept, advanced, whole;
	size_t threads = 0, stalls = 0, locks = 0, loops = 0, i;
	struct host host;
	uint64_t seed;
	int number;

	for (seed = 1; seed <= 20; seed++) {
		host_open(&host, seed, 2);
		for (number = 0; number < 40; number++) {
			window(&host, S);
			assert_int_equal(model_build(host.sessions[0], false, &kept), 0);
			assert_int_equal(model_build(host.sessions[1], false, &advanced), 0);
			assert_int_equal(model_build(host.sessions[1], true, &whole), 0);
			same_models(&kept, &advanced);
			same_models(&kept, &whole);
			assert_int_equal(kept.interval_count, advanced.interval_count);
			for (i = 0; i < kept.process_count; i++) {
				threads += kept.processes[i].thread_count;
				stalls += kept.processes[i].stall_count;
				locks += kept.processes[i].lock_count;
				loops += kept.processes[i].loop_count;
			}
			model_free(&kept);
			model_free(&advanced);
			model_free(&whole);
			assert_int_equal(session_advance(host.sessions[1]), 0);
		}
		host_close(&host);
	}
	/* the host does what it is to do */
	assert_true(threads > 1000 && stalls > 100 && locks > 1000 && loops > 1000);
}

/* Advancing before any window has closed, or twice, changes nothing. */
static void test_nothing_to_advance(void **state)
{
	struct session *session = session_new();
	struct model model;
	struct host host;

	assert_int_equal(session_advance(session), 0);
	session_free(session);
	host_open(&host, 7, 1);
	assert_int_equal(session_advance(host.sessions[0]), 0);
	window(&host, S);
	assert_int_equal(session_advance(host.sessions[0]), 0);
	assert_int_equal(session_advance(host.sessions[0]), 0);
	window(&host, S);
	assert_int_equal(model_build(host.sessions[0], true, &model), 0);
	assert_int_equal(model.duration_ns, S);
	assert_true(model.process_count > 0);
	model_free(&model);
	host_close(&host);
}

/* One rise at the start, and then next to none, is not taken for growth that goes on. */
static void test_growth_levels_off(void **state)
{
	struct record capture = { .kind = RECORD_CAPTURE }, boundary = { .kind = RECORD_BOUNDARY };
	struct session *session = session_new();
	struct growth_model growth;
	uint64_t second, at_ns;

	assert_int_equal(session_feed(session, &capture), 0);
	for (second = 0; second < 12; second++) {
		at_ns = BEGIN + second * S;
		feed_growth(session, at_ns, 1, 1000 + (second ? 600000 : 0) + second * 10);
		feed_growth(session, at_ns, 2, 1000 + second * 600 + second % 2 * 100);
		boundary.boundary.at_ns = at_ns;
		assert_true(session_feed(session, &boundary) >= 0);
		if (second < 3)
			continue;
		growth_at_end(session, 1, &growth);
		assert_int_equal(growth.rises, second);
		assert_true(growth.slowed > 0.9);
		growth_at_end(session, 2, &growth);
		assert_true(growth.slowed > -0.3 && growth.slowed < 0.3);
	}
	session_free(session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_window_is_the_same),
		cmocka_unit_test(test_nothing_to_advance),
		cmocka_unit_test(test_growth_levels_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
