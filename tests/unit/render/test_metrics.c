// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of render/metrics on windows made by hand and through the pipeline. The text is parsed as
 * Prometheus does: sums are the model's, never decrease, and the number of series is bounded.
 */
#include "render/metrics_fixture.h"

#define MS 1000000ULL

/* ---- sums and gauges ------------------------------------------------------------------------- */
static void test_sums(void **state)
{
	struct town *town = *state;
	struct process_model *process;
	int i;

	begin(town, 10, false);
	for (i = 0; i < 2; i++) {
		process = add(town, "server", 2 * S + 1, 6 * S);
		process->switches.voluntary = 4;
		process->switches.involuntary = 3;
		process->switches.migrations = 2;
		process->time.throttled_ns = S / 2;
		process->rss_bytes = 1000;
		process = add(town, "server", 1 * S, 1 * S);
		process->time.throttled_ns = S / 2;
		process->rss_bytes = 500;
		process = add(town, "server", S, 0);
		process->time.throttled_ns = 0;
		process->exited = process->threads->exited = true;
		town->model.lost[LOSS_RING_FULL] = 5;
		town->model.overhead.bpf_run_ns = 1000;
		end(town);
	}
	assert_value(town, "boundby_thread_seconds_total{process=\"server\",state=\"on_cpu\"}",
		     8.000000002);
	assert_value(town, "boundby_thread_seconds_total{process=\"server\",state=\"network\"}",
		     14);
	assert_value(town, "boundby_thread_seconds_total{process=\"server\",state=\"gil\"}", 0);
	assert_value(town, "boundby_throttled_seconds_total{process=\"server\"}", 2);
	assert_value(town, "boundby_switches_total{process=\"server\",kind=\"voluntary\"}", 8);
	assert_value(town, "boundby_switches_total{process=\"server\",kind=\"involuntary\"}", 6);
	assert_value(town, "boundby_migrations_total{process=\"server\"}", 4);
	assert_value(town, "boundby_processes{process=\"server\"}", 2);
	assert_value(town, "boundby_threads{process=\"server\"}", 2);
	assert_value(town, "boundby_resident_bytes{process=\"server\"}", 1500);
	assert_value(town, "boundby_busy_cores{process=\"server\"}", 0.4);
	assert_value(town, "boundby_cpu_ratio{process=\"server\"}", 4.000000001 / 11.000000001);
	assert_value(town, "boundby_contention_ratio{process=\"server\"}", 0);
	assert_value(town, "boundby_watched_processes", 2);
	assert_value(town, "boundby_watched_threads", 2);
	assert_value(town, "boundby_windows_total", 2);
	assert_value(town, "boundby_window_seconds", 10);
	assert_value(town, "boundby_window_end_timestamp_seconds", 120);
	assert_value(town, "boundby_lost_events_total{cause=\"ring_full\"}", 10);
	assert_value(town, "boundby_overhead_bpf_seconds_total", 0.000002);
	assert_value(town, "boundby_build_info{version=\"1.2.3\",revision=\"12ab34c\"}", 1);
	assert_value(town, "boundby_detail_level{detail=\"stacks\"}", 1);
	assert_value(town, "boundby_detail_level{detail=\"wakers\"}", 0);
	assert_int_equal(count_lines(town->text[0], "boundby_thread_seconds_total{"), NR_STATES);
	/* of the three, each by itself is something else: they are judged as one */
	assert_int_equal(count_lines(town->text[0], "boundby_class{"), NR_VERDICTS);
	assert_value(town, "boundby_class{process=\"server\",class=\"io-bound\"}", 1);
	assert_value(town, "boundby_class{process=\"server\",class=\"cpu-bound\"}", 0);
}

static void test_unmeasured_is_absent(void **state)
{
	struct town *town = *state;

	begin(town, 10, false);
	add(town, "idle", 0, 0);
	end(town);
	assert_none(town, "boundby_throttled_seconds");
	assert_none(town, "boundby_resident_bytes");
	assert_none(town, "boundby_contention_ratio");
	assert_none(town, "boundby_cpu_ratio");
	assert_none(town, "boundby_overhead");
	assert_none(town, "boundby_budget_ratio");
	assert_none(town, "boundby_self_resident_bytes");
	assert_none(town, "boundby_loop");
	assert_none(town, "nan");
	town->watch.overhead_ratio = 0.002;
	town->watch.budget_ratio = 0.01;
	town->watch.self_resident_bytes = 7;
	/* a process with a known quota beside one of the same name without */
	add(town, "a", S, 0)->time.throttled_ns = 0;
	add(town, "a", S, 0);
	add(town, "b", S, 0)->time.throttled_ns = 0;
	end(town);
	assert_none(town, "boundby_throttled_seconds_total{process=\"a\"}");
	assert_value(town, "boundby_throttled_seconds_total{process=\"b\"}", 0);
	assert_value(town, "boundby_overhead_ratio", 0.002);
	assert_value(town, "boundby_budget_ratio", 0.01);
	assert_value(town, "boundby_self_resident_bytes", 7);
}

static void test_before_the_first_window(void **state)
{
	struct town *town = *state;

	begin(town, 10, false);
	assert_int_equal(metrics_text(town->metrics, METRICS_OPENMETRICS, &town->text[0]), 0);
	assert_string_equal(town->text[0], "# EOF\n");
	assert_int_equal(metrics_text(town->metrics, METRICS_PLAIN, &town->text[1]), 0);
	assert_string_equal(town->text[1], "");
}

/* Nanoseconds of a year of many threads are more than 64 bits hold. */
static void test_years(void **state)
{
	struct town *town = *state;
	int i;

	begin(town, 10, false);
	for (i = 0; i < 4; i++) {
		add(town, "many", 15000000000 * S, 0);
		end(town);
	}
	assert_value(town, "boundby_thread_seconds_total{process=\"many\",state=\"on_cpu\"}", 6e10);
}

static void test_plain(void **state)
{
	struct town *town = *state;
	const char *text;

	begin(town, 10, false);
	add(town, "server", S, S);
	end(town);
	text = town->text[METRICS_PLAIN];
	assert_non_null(strstr(text, "# TYPE boundby_switches_total counter\n"));
	assert_non_null(strstr(text, "# TYPE boundby_build_info gauge\n"));
	assert_null(strstr(text, "# UNIT"));
	assert_null(strstr(text, "# EOF"));
	text = town->text[METRICS_OPENMETRICS];
	assert_non_null(strstr(text, "# TYPE boundby_switches counter\n"));
	assert_non_null(strstr(text, "# TYPE boundby_build info\n"));
	assert_non_null(strstr(text, "# UNIT boundby_thread_seconds seconds\n"));
	assert_string_equal(text + strlen(text) - 6, "# EOF\n");
}

static void add_loop(struct town *town, const char *comm, enum loop_class loop_class)
{
	struct process_model *process = add(town, comm, S, S);

	memset(&town->loop, 0, sizeof(town->loop));
	town->loop.loop_class = loop_class;
	town->loop.lag_count[0] = 98; /* below 1.28 us */
	town->loop.lag_count[(19 - RECORD_LAG_FIRST) * 4 + 3] = 7; /* 0.92 to 1.05 ms */
	town->loop.lag_count[(25 - RECORD_LAG_FIRST) * 4] = 2; /* 33.6 to 41.9 ms */
	town->loop.lag_count[RECORD_LAG_LEN - 1] = 1;
	town->loop.iterations = 108;
	town->loop.busy_ns = 40 * S;
	town->loop.cause_count[STALL_CPU] = 3;
	town->loop.stalled_ns = 2 * S;
	process->loops = &town->loop;
	process->loop_count = 1;
}

static void test_loops(void **state)
{
	struct town *town = *state;

	begin(town, 10, false);
	add_loop(town, "pool", LOOP_SHARED);
	end(town);
	assert_none(town, "boundby_loop");
	add_loop(town, "loop", LOOP_EVENT_LOOP);
	end(town);
	add_loop(town, "loop", LOOP_EVENT_LOOP);
	end(town);
#define BUCKET(le) "boundby_loop_lag_seconds_bucket{process=\"loop\",le=\"" le "\"}"
	assert_value(town, BUCKET("0.001"), 196);
	assert_value(town, BUCKET("0.002"), 210);
	assert_value(town, BUCKET("0.02"), 210);
	assert_value(town, BUCKET("0.05"), 214);
	assert_value(town, BUCKET("1.0"), 214);
	assert_value(town, BUCKET("5.0"), 214);
	assert_value(town, BUCKET("+Inf"), 216);
	assert_value(town, "boundby_loop_lag_seconds_count{process=\"loop\"}", 216);
	assert_value(town, "boundby_loop_lag_seconds_sum{process=\"loop\"}", 80);
	assert_value(town, "boundby_loop_stalls_total{process=\"loop\",cause=\"cpu\"}", 6);
	assert_value(town, "boundby_loop_stalls_total{process=\"loop\",cause=\"gil\"}", 0);
	assert_value(town, "boundby_loop_stalled_seconds_total{process=\"loop\"}", 4);
	/* iterations without lengths: the histogram does not cover all windows */
	add_loop(town, "loop", LOOP_EVENT_LOOP);
	memset(town->loop.lag_count, 0, sizeof(town->loop.lag_count));
	end(town);
	assert_none(town, "boundby_loop_lag_seconds_count");
	assert_value(town, "boundby_loop_stalled_seconds_total{process=\"loop\"}", 6);
	/* its process is gone */
	end(town);
	assert_value(town, "boundby_loop_stalled_seconds_total{process=\"loop\"}", 6);
}

/* ---- through the pipeline -------------------------------------------------------------------- */
static struct {
	struct metrics *metrics;
	uint64_t on_cpu_ns, network_ns;
	char *text;
} piped;

static int take_report(const struct report *report, const struct render_options *options, FILE *out)
{
	struct metrics_watch watch = { .version = "", .overhead_ratio = NAN };

	piped.on_cpu_ns += report->model->time.state_ns[STATE_ON_CPU];
	piped.network_ns += report->model->time.state_ns[STATE_NETWORK];
	return metrics_add(piped.metrics, report, &watch);
}

static void test_pipeline(void **state)
{
	const struct metrics_config config = { 10, false, METRICS_LABEL_NONE };
	struct town *town = *state;
	struct record_lag *lag;
	struct fixture *fixture;

	assert_int_equal(fixture_setup((void **)&fixture), 0);
	fixture->fake.records[0].capture.stall_ns = 10 * MS;
	fixture_add_thread(fixture, 7, 7, "server", BEGIN + 20 * S, 5 * S);
	fixture_add_loop(fixture);
	lag = &fixture_add(fixture, RECORD_LAG)->lag;
	lag->thread_id = 7;
	lag->count[0] = 100;
	fixture_add_quality(fixture, 5000000);
	fixture_add_boundary(fixture, BEGIN + 20 * S);
	assert_int_equal(metrics_new(&config, &piped.metrics), 0);
	town->metrics = piped.metrics;
	assert_int_equal(fixture_run(fixture, take_report, true, stdout), 0);
	assert_int_equal(metrics_text(piped.metrics, METRICS_OPENMETRICS, &town->text[0]), 0);
	check_grammar(town->text[0], true);
	assert_value(town, "boundby_thread_seconds_total{process=\"server\",state=\"on_cpu\"}",
		     (double)piped.on_cpu_ns / 1e9);
	assert_value(town, "boundby_thread_seconds_total{process=\"server\",state=\"network\"}",
		     (double)piped.network_ns / 1e9);
	assert_int_equal(piped.on_cpu_ns, 5 * S);
	assert_value(town, "boundby_overhead_reader_seconds_total", 0.005);
	assert_none(town, "boundby_overhead_bpf");
	assert_value(town, "boundby_loop_lag_seconds_count{process=\"server\"}", 100);
	fixture_teardown((void **)&fixture);
}

static void test_full_disk(void **state)
{
	struct town *town = *state;
	FILE *full = fopen("/dev/full", "w");

	assert_non_null(full);
	begin(town, 10, false);
	add(town, "server", S, S);
	end(town);
	assert_int_equal(metrics_write(town->metrics, METRICS_OPENMETRICS, full), -1);
	fclose(full);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_sums),     TEST(test_unmeasured_is_absent),
		TEST(test_plain),    TEST(test_before_the_first_window),
		TEST(test_years),    TEST(test_loops),
		TEST(test_pipeline), TEST(test_full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
