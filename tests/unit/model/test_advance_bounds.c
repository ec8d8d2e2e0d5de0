// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of what session/advance keeps: no more than what lives, and trends over all windows. */
#include <math.h>

#include "model/advance_fixture.h"

static size_t index_sizes(const struct session *session)
{
	return session->thread_index.size + session->process_index.size + session->wait_index.size +
	       session->call_index.size + session->lock_index.size +
	       session->lock_place_index.size + session->waker_index.size +
	       session->histogram_index.size + session->loop_index.size + session->lag_index.size;
}

static size_t capacities(const struct session *session)
{
	return session->thread_capacity + session->process_capacity + session->wait_capacity +
	       session->call_capacity + session->lock_capacity + session->lock_place_capacity +
	       session->waker_capacity + session->histogram_capacity + session->loop_capacity +
	       session->lag_capacity + session->stall_capacity + session->open.first.capacity +
	       session->open.last.capacity + session->open_locks.first.capacity +
	       session->open_locks.last.capacity + session->interval_capacity;
}

static void test_stays_as_large_as_what_lives(void **state)
{
	size_t early = 0, entries = 0;
	struct host host;
	int number;

	host_open(&host, 3, 1);
	for (number = 0; number < 600; number++) {
		window(&host, S);
		assert_int_equal(session_advance(host.sessions[0]), 0);
		entries = index_sizes(host.sessions[0]) + capacities(host.sessions[0]);
		if (number < 200 && entries > early)
			early = entries;
		assert_true(entries <= 2 * early);
		assert_int_equal(host.sessions[0]->snapshot, 1);
	}
	host_close(&host);
}

/* A burst of threads, born and gone in one window, leaves nothing behind. */
static void test_burst_is_given_back(void **state)
{
	struct record record = { .kind = RECORD_THREAD };
	size_t before, i;
	struct host host;

	host_open(&host, 4, 1);
	window(&host, S);
	assert_int_equal(session_advance(host.sessions[0]), 0);
	before = index_sizes(host.sessions[0]) + capacities(host.sessions[0]);
	for (i = 0; i < 50000; i++) {
		record.thread.id = 1000000 + i;
		record.thread.pid = 1;
		record.thread.start_ns = host.now_ns;
		record.thread.end_ns = host.now_ns + i;
		record.thread.exited = true;
		assert_int_equal(session_feed(host.sessions[0], &record), 0);
	}
	window(&host, S);
	assert_true(host.sessions[0]->thread_count >= 50000);
	assert_int_equal(session_advance(host.sessions[0]), 0);
	assert_true(host.sessions[0]->thread_count <= PROCESSES * THREADS);
	assert_true(index_sizes(host.sessions[0]) + capacities(host.sessions[0]) <= 4 * before);
	host_close(&host);
}

static void feed_alone(struct session *session, uint64_t at_ns, bool thread)
{
	struct record record = { .kind = RECORD_THREAD };

	record.thread.id = 1;
	record.thread.pid = record.thread.tid = 10;
	record.thread.start_ns = BEGIN;
	record.thread.end_ns = record.thread.entered_ns = at_ns;
	record.thread.state = STATE_SLEEP;
	record.thread.state_ns[STATE_SLEEP] = at_ns - BEGIN;
	if (thread)
		assert_true(session_feed(session, &record) >= 0);
	memset(&record, 0, sizeof(record));
	record.kind = RECORD_BOUNDARY;
	record.boundary.at_ns = at_ns;
	assert_true(session_feed(session, &record) >= 0);
}

/* Its end was lost: it counts as unobserved for a while, not for ever. */
static void test_lost_thread_is_let_go(void **state)
{
	struct record record = { .kind = RECORD_CAPTURE };
	struct session *session = session_new();
	struct model model;
	int number;

	assert_int_equal(session_feed(session, &record), 0);
	feed_alone(session, BEGIN, true);
	for (number = 1; number <= 5; number++) {
		feed_alone(session, BEGIN + (uint64_t)number * S, false);
		assert_int_equal(model_build(session, false, &model), 0);
		assert_int_equal(model.time.state_ns[STATE_UNOBSERVED], number <= 2 ? S : 0);
		assert_int_equal(model.lost[LOSS_READER], number <= 2);
		model_free(&model);
		assert_int_equal(session_advance(session), 0);
	}
	assert_int_equal(session->thread_count, 0);
	session_free(session);
}

/* Growth is of the last hour: what grew yesterday does not hide that it grows no more, or again. */
static void test_trends_go_on(void **state)
{
	struct record capture = { .kind = RECORD_CAPTURE }, boundary = { .kind = RECORD_BOUNDARY };
	struct session *session = session_new();
	struct growth_model growth;
	uint64_t minute, at_ns, first = 0;

	assert_int_equal(session_feed(session, &capture), 0);
	for (minute = 0; minute < 400; minute++) {
		at_ns = BEGIN + minute * 60 * S;
		/* process 1 grows up to minute 50 and from 350 on, 2 comes at minute 300 and grows */
		first = minute < 50 ? minute * 600 : 50 * 600;
		if (minute >= 350)
			first += (minute - 350) * 600;
		feed_growth(session, at_ns, 1, 1000 + first);
		if (minute >= 300)
			feed_growth(session, at_ns, 2, minute * 1200);
		boundary.boundary.at_ns = at_ns;
		assert_true(session_feed(session, &boundary) >= 0);
		if (minute == 40) {
			/* of the whole watch, as young as it is */
			assert_true(growth_at_end(session, 1, &growth) > 9.9);
			assert_true(growth.per_s < 10.1);
			assert_int_equal(growth.steps, 40);
			assert_int_equal(growth.rises, 40);
		}
		if (minute == 200)
			assert_true(growth_at_end(session, 1, &growth) == 0);
		if (minute == 310) {
			assert_true(growth_at_end(session, 2, &growth) > 15);
			assert_true(growth.per_s < 20.1);
		}
		if (minute > 100 && minute < 300) {
			growth_at_end(session, 1, &growth);
			assert_in_range(growth.steps, 29, 60);
		}
		assert_int_equal(minute ? session_advance(session) : 0, 0);
	}
	feed_growth(session, at_ns + 60 * S, 1, 1000 + first + 600);
	boundary.boundary.at_ns = at_ns + 60 * S;
	assert_true(session_feed(session, &boundary) >= 0);
	assert_true(growth_at_end(session, 1, &growth) > 5);
	session_free(session);
}

/* 100 MB/s for 10 s, the start; then 1 MB/s, which alone is its growth. */
static void test_start_is_no_trend(void **state)
{
	struct record capture = { .kind = RECORD_CAPTURE }, boundary = { .kind = RECORD_BOUNDARY };
	struct session *session = session_new();
	struct growth_model growth;
	uint64_t second, rss = 0;

	assert_int_equal(session_feed(session, &capture), 0);
	for (second = 0; second <= 20; second++) {
		rss += second <= 10 ? 100000000 : 1000000;
		feed_memory(session, BEGIN + second * S, 1, rss, second <= 10);
		boundary.boundary.at_ns = BEGIN + second * S;
		assert_true(session_feed(session, &boundary) >= 0);
		if (second == 10) {
			growth_at_end(session, 1, &growth);
			assert_true(isnan(growth.per_s));
		}
	}
	assert_true(growth_at_end(session, 1, &growth) > 999999);
	assert_true(growth.per_s < 1000001);
	assert_int_equal(growth.steps, 10);
	session_free(session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stays_as_large_as_what_lives),
		cmocka_unit_test(test_burst_is_given_back),
		cmocka_unit_test(test_lost_thread_is_let_go),
		cmocka_unit_test(test_trends_go_on),
		cmocka_unit_test(test_start_is_no_trend),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
