// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of incidents of the flight recorder: the last moments before a trigger, bounded and removed. */
#include "trace/segments_fixture.h"

/* ---- incidents ------------------------------------------------------------------------------- */
static void test_an_incident_is_the_last_moments(void **state)
{
	struct flight_fixture *fixture = *state;
	struct segments_incident incident;
	struct flight_look look, part;
	struct trace_range range;
	char file[1][FLIGHT_NAME];
	size_t i;

	flight_open(fixture, FLIGHT_BEGIN, "boot");
	fixture->stream.intervals = true;
	assert_int_equal(segments_trigger(fixture->segments, "signal", &incident, &fixture->e), -1);
	flight_play(&fixture->stream, 10);
	for (i = 0; i < 70; i += 7) {
		flight_play(&fixture->stream, 100);
		assert_int_equal(
			segments_trigger(fixture->segments, "signal", &incident, &fixture->e), 0);
		snprintf(file[0], sizeof(file[0]), "%s", incident.path);
		flight_look(fixture, file, 1, NULL, &look);
		assert_int_equal(look.last_ns, fixture->stream.at_ns - SECOND);
		assert_in_range(look.last_ns - look.first_ns, 30 * SECOND, 60 * SECOND);
		assert_int_equal(look.last_ns - look.first_ns, incident.span_ns);
		assert_int_equal(look.boundaries - 1, incident.span_ns / SECOND);
		assert_int_equal(look.intervals, 5 * (look.boundaries - 1));
		assert_true(look.facts.ended && !incident.cut);
		assert_int_equal(look.damage.bytes + look.damage.windows, 0);
		/* the segments contain the same, in less detail */
		range = (struct trace_range){ .from_ns = look.first_ns, .to_ns = look.last_ns };
		flight_look(fixture, names, segments_of(fixture), &range, &part);
		assert_int_equal(part.on_cpu_ns, look.on_cpu_ns);
		assert_int_equal(part.intervals, 0);
		flight_play(&fixture->stream, i);
	}
}

static void test_cooldown(void **state)
{
	struct flight_fixture *fixture = *state;
	struct segments_incident incident;
	struct segments_stats stats;
	int i;

	flight_open(fixture, FLIGHT_BEGIN, "boot");
	flight_play(&fixture->stream, 5);
	assert_int_equal(segments_trigger(fixture->segments, "class", &incident, &fixture->e), 0);
	assert_true(strstr(incident.path, "/incident-20231114T221325Z-class.bbt"));
	for (i = 0; i < 59; i++) {
		flight_play(&fixture->stream, 1);
		assert_int_equal(
			segments_trigger(fixture->segments, "stall", &incident, &fixture->e), 1);
	}
	flight_play(&fixture->stream, 1);
	assert_int_equal(segments_trigger(fixture->segments, "stall", &incident, &fixture->e), 0);
	assert_int_equal(incident.cooled, 59);
	segments_stats(fixture->segments, &stats);
	assert_int_equal(stats.incidents, 2);
	assert_int_equal(stats.cooled, 59);
	assert_int_equal(flight_files(fixture, "incident-", names), 2);
}

static void test_the_ring_is_bounded(void **state)
{
	struct flight_fixture *fixture = *state;
	struct segments_incident incident;
	struct flight_look look;
	struct stat stat_;
	char file[1][FLIGHT_NAME];

	fixture->config.ring_bytes = 10000;
	flight_open(fixture, FLIGHT_BEGIN, "boot");
	fixture->stream.noise = true;
	flight_play(&fixture->stream, 5);
	assert_int_equal(segments_trigger(fixture->segments, "class", &incident, &fixture->e), 0);
	assert_false(incident.cut); /* there are no more */
	flight_play(&fixture->stream, 100);
	assert_int_equal(segments_trigger(fixture->segments, "class", &incident, &fixture->e), 0);
	assert_true(incident.cut);
	assert_int_equal(stat(incident.path, &stat_), 0);
	assert_true(stat_.st_size < 13000);
	snprintf(file[0], sizeof(file[0]), "%s", incident.path);
	flight_look(fixture, file, 1, NULL, &look);
	assert_in_range(look.boundaries, 2, 15);
	assert_int_equal(look.last_ns, fixture->stream.at_ns - SECOND);
}

/* They count, and leave after segments; but neither takes the whole place. */
static void test_incidents_leave_too(void **state)
{
	struct flight_fixture *fixture = *state;
	struct segments_incident incident;
	size_t i;

	fixture->config.max_bytes = 200000;
	fixture->config.keep_ns = 1000 * SECOND;
	fixture->config.cooldown_ns = SECOND;
	flight_open(fixture, FLIGHT_BEGIN, "boot");
	fixture->stream.noise = true;
	flight_play(&fixture->stream, 30);
	for (i = 0; i < 30; i++) {
		flight_play(&fixture->stream, 10);
		assert_int_equal(
			segments_trigger(fixture->segments, "stall", &incident, &fixture->e), 0);
		assert_true(flight_bytes(fixture) <= 200000);
		assert_int_equal(access(incident.path, F_OK), 0);
	}
	assert_true(segments_of(fixture) >= 3);
	assert_true(flight_files(fixture, "incident-", names) >= 1);
	flight_close(fixture);
	fixture->config.max_bytes = 0;
	flight_open(fixture, fixture->stream.at_ns, "boot");
	flight_play(&fixture->stream, 990);
	assert_true(flight_files(fixture, "incident-", names) >= 1);
	flight_play(&fixture->stream, 20);
	assert_int_equal(flight_files(fixture, "incident-", names), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_an_incident_is_the_last_moments),
		TEST(test_cooldown),
		TEST(test_the_ring_is_bounded),
		TEST(test_incidents_leave_too),
	};

	return cmocka_run_group_tests_name("segments", tests, NULL, NULL);
}
