// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of render/metrics on windows made by hand and through the pipeline. The text is parsed as
 * Prometheus does: sums are the model's, never decrease, and the number of series is bounded.
 */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "render/metrics/metrics.h"
#include "fixtures/report.h"

#define MS 1000000ULL
#define MAX_TOWN 64

/* ---- windows made by hand -------------------------------------------------------------------- */
struct town {
	struct metrics *metrics;
	struct metrics_watch watch;
	struct verdict_settings settings;
	struct model model;
	struct process_model processes[MAX_TOWN];
	struct thread_model threads[MAX_TOWN];
	struct loop_model loop;
	char *text[NR_METRICS_FORMATS];
};

static void begin(struct town *town, size_t max_processes, bool per_thread)
{
	const struct metrics_config config = { max_processes, per_thread, METRICS_LABEL_SCRIPT };

	assert_int_equal(metrics_new(&config, &town->metrics), 0);
}

static int setup(void **state)
{
	struct town *town = calloc(1, sizeof(*town));

	verdict_settings_default(&town->settings);
	town->watch = (struct metrics_watch){ .version = "1.2.3",
					      .overhead_ratio = NAN,
					      .keeps_stacks = true,
					      .self_resident_bytes = RECORD_UNKNOWN };
	town->model.duration_ns = 10 * S;
	town->model.start_ns = BEGIN;
	town->model.capture.cpus = 4;
	town->model.processes = town->processes;
	town->model.overhead.bpf_run_ns = town->model.overhead.reader_cpu_ns = RECORD_UNKNOWN;
	*state = town;
	return 0;
}

static int teardown(void **state)
{
	struct town *town = *state;

	metrics_free(town->metrics);
	free(town->text[0]);
	free(town->text[1]);
	free(town);
	return 0;
}

/* A process of the next window, with one thread of that name. */
static struct process_model *add(struct town *town, const char *comm, uint64_t cpu_ns,
				 uint64_t network_ns)
{
	size_t at = town->model.process_count++;
	struct process_model *process = &town->processes[at];
	struct thread_model *thread = &town->threads[at];

	assert_true(at < MAX_TOWN);
	memset(process, 0, sizeof(*process));
	memset(thread, 0, sizeof(*thread));
	snprintf(process->comm, sizeof(process->comm), "%s", comm);
	snprintf(thread->comm, sizeof(thread->comm), "%s", comm);
	process->pid = thread->tid = (uint32_t)at + 1;
	process->rss_bytes = RECORD_UNKNOWN;
	process->time.throttled_ns = RECORD_UNKNOWN;
	process->time.state_ns[STATE_ON_CPU] = cpu_ns;
	process->time.state_ns[STATE_NETWORK] = network_ns;
	process->time.wall_ns = cpu_ns + network_ns;
	thread->time = process->time;
	thread->count = 1;
	process->threads = thread;
	process->thread_count = process->threads_seen = 1;
	return process;
}

static void check_grammar(const char *text, bool openmetrics);

/* Ends the window: adds it, and reads what is there now. */
static void end(struct town *town)
{
	const struct report report = { .model = &town->model, .settings = &town->settings };
	int i;

	town->watch.windows++;
	assert_int_equal(metrics_add(town->metrics, &report, &town->watch), 0);
	for (i = 0; i < NR_METRICS_FORMATS; i++) {
		free(town->text[i]);
		assert_int_equal(
			metrics_text(town->metrics, (enum metrics_format)i, &town->text[i]), 0);
		check_grammar(town->text[i], i == METRICS_OPENMETRICS);
	}
	town->model.process_count = 0;
	town->model.start_ns += town->model.duration_ns;
}

/* ---- the reader ------------------------------------------------------------------------------ */
/* Value of a sample by all that stands before it; NAN: there is none. */
static double value_in(const char *text, const char *sample)
{
	size_t length = strlen(sample);
	const char *line = text;

	for (; line && *line; line = strchr(line, '\n'), line = line ? line + 1 : NULL)
		if (!strncmp(line, sample, length) && line[length] == ' ')
			return strtod(line + length + 1, NULL);
	return NAN;
}

static double value(const struct town *town, const char *sample)
{
	return value_in(town->text[METRICS_OPENMETRICS], sample);
}

static void assert_value(const struct town *town, const char *sample, double expected)
{
	double found = value(town, sample);

	if (!(fabs(found - expected) <= 1e-9 * fabs(expected)))
		fail_msg("%s is %.12g, expected %.12g", sample, found, expected);
}

static void assert_none(const struct town *town, const char *prefix)
{
	if (strstr(town->text[METRICS_OPENMETRICS], prefix))
		fail_msg("there is a %s", prefix);
}

/* A name of a metric or label. Gives back what follows. */
static const char *skip_name(const char *at)
{
	assert_true(isalpha((unsigned char)*at) || *at == '_');
	while (isalnum((unsigned char)*at) || *at == '_')
		at++;
	return at;
}

static const char *skip_labels(const char *at)
{
	do {
		at = skip_name(at + 1);
		assert_memory_equal(at, "=\"", 2);
		for (at += 2; *at != '"'; at++) {
			assert_true((unsigned char)*at >= ' ');
			if (*at == '\\') {
				at++;
				assert_true(*at == '\\' || *at == '"' || *at == 'n');
			}
		}
		at++;
	} while (*at == ',');
	assert_int_equal(*at, '}');
	return at + 1;
}

struct family {
	char name[64], type[16];
	size_t samples;
};

static void check_head(const char *line, struct family *family, bool openmetrics)
{
	char what[8], name[64], rest[256];

	assert_int_equal(sscanf(line, "# %7s %63s %255[^\n]", what, name, rest), 3);
	if (strcmp(name, family->name)) {
		snprintf(family->name, sizeof(family->name), "%s", name);
		family->type[0] = '\0';
		family->samples = 0;
	}
	assert_int_equal(family->samples, 0); /* its head comes before */
	if (!strcmp(what, "TYPE"))
		snprintf(family->type, sizeof(family->type), "%.15s", rest);
	else if (!strcmp(what, "UNIT"))
		assert_true(openmetrics && !strcmp(name + strlen(name) - strlen(rest), rest) &&
			    name[strlen(name) - strlen(rest) - 1] == '_');
	else
		assert_string_equal(what, "HELP");
}

static void check_sample(const char *line, struct family *family, bool openmetrics)
{
	const char *after = skip_name(line), *number;
	size_t length = strlen(family->name);
	char suffix[64], *stop;

	assert_true((size_t)(after - line) >= length && !strncmp(line, family->name, length));
	snprintf(suffix, sizeof(suffix), "%.*s", (int)(after - line - (long)length), line + length);
	if (!strcmp(family->type, "counter"))
		assert_string_equal(suffix, openmetrics ? "_total" : "");
	else if (!strcmp(family->type, "gauge"))
		assert_string_equal(suffix, "");
	else if (!strcmp(family->type, "histogram"))
		assert_true(!strcmp(suffix, "_bucket") || !strcmp(suffix, "_count") ||
			    !strcmp(suffix, "_sum"));
	else
		assert_true(openmetrics && !strcmp(family->type, "info") &&
			    !strcmp(suffix, "_info"));
	number = *after == '{' ? skip_labels(after) : after;
	assert_int_equal(*number, ' ');
	assert_true(strtod(number + 1, &stop) >= 0);
	assert_int_equal(*stop, '\n');
	family->samples++;
}

/* Each line is whole, each family in one piece, no sample there twice, and the end is marked. */
static void check_grammar(const char *text, bool openmetrics)
{
	struct family family = { "", "", 0 };
	const char *line, *end;

	for (line = text; *line; line = end + 1) {
		char sample[256], key[272];

		end = strchr(line, '\n');
		assert_non_null(end);
		if (!strcmp(line, "# EOF\n")) {
			assert_true(openmetrics);
			return;
		}
		if (line[0] == '#') {
			check_head(line, &family, openmetrics);
			continue;
		}
		check_sample(line, &family, openmetrics);
		snprintf(sample, sizeof(sample), "%.*s", (int)(end - line), line);
		*strrchr(sample, ' ') = '\0';
		snprintf(key, sizeof(key), "\n%s ", sample);
		if (strstr(end, key))
			fail_msg("%s is there twice", sample);
	}
	assert_false(openmetrics);
}

static size_t count_lines(const char *text, const char *prefix)
{
	size_t count = 0;

	for (; text && *text; text = strchr(text, '\n'), text = text ? text + 1 : NULL)
		count += !strncmp(text, prefix, strlen(prefix));
	return count;
}

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
	assert_value(town, "boundby_build_info{version=\"1.2.3\"}", 1);
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

/* ---- names ----------------------------------------------------------------------------------- */
static void test_hostile_names(void **state)
{
	struct town *town = *state;

	begin(town, 10, true);
	add(town, "a\"b\\c\n\xff{}", S, 0);
	add(town, "a\"b\\c\t\xfe{}", 2 * S, 0); /* prints alike: one series */
	add(town, "", S, 0);
	add(town, "\xc3\xa4", S, 0);
	end(town);
	assert_value(town,
		     "boundby_thread_seconds_total{process=\"a\\\"b\\\\c\?\?{}\",state=\"on_cpu\"}",
		     3);
	assert_value(town, "boundby_processes{process=\"?\"}", 1);
	assert_value(town, "boundby_processes{process=\"\xc3\xa4\"}", 1);
}

static void test_names_leave(void **state)
{
	struct town *town = *state;
	int i;

	begin(town, 10, false);
	add(town, "gone", S, 0)->rss_bytes = 5;
	end(town);
	for (i = 0; i < 10; i++) {
		end(town);
		assert_value(town,
			     "boundby_thread_seconds_total{process=\"gone\",state=\"on_cpu\"}", 1);
		assert_value(town, "boundby_processes{process=\"gone\"}", 0);
		assert_value(town, "boundby_busy_cores{process=\"gone\"}", 0);
		assert_none(town, "boundby_class");
		assert_none(town, "boundby_resident_bytes");
	}
	end(town);
	assert_none(town, "gone");
}

static void test_other(void **state)
{
	struct town *town = *state;

	begin(town, 2, false);
	add(town, "small", S / 10, 0)->rss_bytes = 10;
	add(town, "large", 5 * S, 0)->rss_bytes = 10;
	add(town, "tiny", S / 100, 0)->rss_bytes = 10;
	add(town, "middle", S, 0)->rss_bytes = 10;
	add(town, "other", 9 * S, 0)->rss_bytes = 10; /* its own name: it is among the others */
	end(town);
	assert_int_equal(count_lines(town->text[0], "boundby_processes{"), 3);
	assert_value(town, "boundby_processes{process=\"large\"}", 1);
	assert_value(town, "boundby_processes{process=\"middle\"}", 1);
	assert_value(town, "boundby_processes{process=\"other\"}", 3);
	assert_value(town, "boundby_resident_bytes{process=\"other\"}", 30);
	assert_value(town, "boundby_thread_seconds_total{process=\"other\",state=\"on_cpu\"}",
		     9.11);
	assert_none(town, "boundby_class{process=\"other\"");
	assert_none(town, "boundby_cpu_ratio{process=\"other\"");
	/* slightly more work does not displace the current one */
	add(town, "middle", S, 0);
	add(town, "small", S * 11 / 10, 0);
	add(town, "large", 5 * S, 0);
	end(town);
	assert_value(town, "boundby_processes{process=\"middle\"}", 1);
	assert_value(town, "boundby_processes{process=\"other\"}", 1);
	/* much more does; the other's sums are kept, and continue when it returns */
	add(town, "middle", S, 0);
	add(town, "small", 4 * S, 0);
	add(town, "large", 5 * S, 0);
	end(town);
	assert_none(town, "process=\"middle\"");
	assert_value(town, "boundby_thread_seconds_total{process=\"small\",state=\"on_cpu\"}", 4);
	assert_value(town, "boundby_thread_seconds_total{process=\"other\",state=\"on_cpu\"}",
		     11.21);
	add(town, "middle", 9 * S, 0);
	end(town);
	assert_value(town, "boundby_thread_seconds_total{process=\"middle\",state=\"on_cpu\"}", 11);
}

/* The last value of each counter, as a scraper of every window sees it. */
struct memory {
	char sample[200];
	double value;
};

static void check_monotone(const char *text, struct memory *memory, size_t *count)
{
	const char *line, *next;
	char sample[200];
	double now;
	size_t i;

	for (line = text; line; line = next) {
		next = strchr(line, '\n');
		next = next && next[1] ? next + 1 : NULL;
		if (line[0] == '#' || !strstr(line, "_total{") ||
		    (next && strstr(line, "_total{") > next))
			continue;
		snprintf(sample, sizeof(sample), "%.*s", (int)strcspn(line, "\n"), line);
		now = strtod(strrchr(sample, ' '), NULL);
		*strrchr(sample, ' ') = '\0';
		for (i = 0; i < *count && strcmp(memory[i].sample, sample); i++)
			;
		if (i == *count)
			snprintf(memory[(*count)++].sample, sizeof(sample), "%s", sample);
		else if (now < memory[i].value)
			fail_msg("%s fell from %.9g to %.9g", sample, memory[i].value, now);
		memory[i].value = now;
	}
}

static double sum_of(const char *text, const char *family, const char *label)
{
	double sum = 0;
	char line[256];

	for (; text && *text; text = strchr(text, '\n'), text = text ? text + 1 : NULL) {
		snprintf(line, sizeof(line), "%.*s", (int)strcspn(text, "\n"), text);
		if (!strncmp(line, family, strlen(family)) && strstr(line, label))
			sum += strtod(strrchr(line, ' '), NULL);
	}
	return sum;
}

/* Names that come, go, and change places with "other": no counter falls, and none is counted twice. */
static void test_churn(void **state)
{
	static struct memory memory[4096];
	struct town *town = *state;
	size_t count = 0;
	uint64_t seed = 1, total_ns = 0;
	int window, i;

	begin(town, 3, true);
	for (window = 0; window < 300; window++) {
		for (i = 0; i < 6; i++) {
			char name[RECORD_COMM_LEN];
			uint64_t ns;

			seed = seed * 6364136223846793005 + 1442695040888963407;
			if (seed >> 62 == 0)
				continue; /* not here in this window */
			ns = (seed >> 33) % (10 * S);
			snprintf(name, sizeof(name), "name%c", 'a' + i);
			add(town, name, ns, 0);
			total_ns += ns;
		}
		end(town);
		check_monotone(town->text[METRICS_OPENMETRICS], memory, &count);
		if (count_lines(town->text[0], "boundby_processes{") > 4)
			fail_msg("more than three names and the others");
	}
	/* those that are out of sight just now are in the memory alone */
	for (i = 0; i < (int)count; i++)
		if (strstr(memory[i].sample, "_thread_seconds") &&
		    strstr(memory[i].sample, "state=\"on_cpu\""))
			total_ns -= (uint64_t)llround(memory[i].value * 1e9);
	assert_int_equal(total_ns, 0);
}

/* A new name in each window, more than can be kept: the number of series stays bounded. */
static void test_many_names(void **state)
{
	struct town *town = *state;
	int window, i;

	begin(town, 2, true);
	for (window = 0; window < 50; window++) {
		for (i = 0; i < 20; i++) {
			char name[RECORD_COMM_LEN];

			snprintf(name, sizeof(name), "n%dx%dy", window, i);
			add(town, name, S * (uint64_t)(window + i + 1), 0);
		}
		end(town);
		assert_int_equal(count_lines(town->text[0], "boundby_processes{"), 3);
	}
	assert_true(sum_of(town->text[0], "boundby_thread_seconds_total", "on_cpu") > 0);
}

static void test_threads(void **state)
{
	struct town *town = *state;

	begin(town, 2, true);
	add(town, "java", 3 * S, 0);
	snprintf(town->threads[0].comm, RECORD_COMM_LEN, "worker-1");
	add(town, "java", 2 * S, S);
	snprintf(town->threads[1].comm, RECORD_COMM_LEN, "worker-12");
	add(town, "java", S, 0);
	snprintf(town->threads[2].comm, RECORD_COMM_LEN, "gc");
	add(town, "java", S / 2, 0);
	snprintf(town->threads[3].comm, RECORD_COMM_LEN, "jit");
	end(town);
#define THREAD(name, state) \
	"boundby_thread_state_seconds_total{process=\"" name "\",state=\"" state "\"}"
	assert_value(town, THREAD("java\",thread=\"worker", "on_cpu"), 5);
	assert_value(town, THREAD("java\",thread=\"worker", "network"), 1);
	assert_value(town, THREAD("java\",thread=\"gc", "on_cpu"), 1);
	assert_value(town, THREAD("other\",thread=\"other", "on_cpu"), 0.5);
	assert_value(town, "boundby_thread_seconds_total{process=\"java\",state=\"on_cpu\"}", 6.5);
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

static void test_no_names(void **state)
{
	const struct metrics_config none = { 0, false, METRICS_LABEL_NONE };
	struct metrics *metrics;

	assert_int_equal(metrics_new(&none, &metrics), -EINVAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* Processes of one name are apart by their script; a process without one has no such label. */
static void test_label(void **state)
{
	struct town *town = *state;

	begin(town, 3, false);
	strcpy(add(town, "python3", 4 * S, 0)->label.script, "web.py");
	strcpy(add(town, "python3", 2 * S, 0)->label.script, "web.py");
	strcpy(add(town, "python3", 3 * S, 0)->label.script, "a\"b\n");
	add(town, "python3", 1 * S, 0);
	strcpy(add(town, "tail", S / 2, 0)->label.script, "other");
	end(town);
	assert_value(town, "boundby_processes{process=\"python3\",script=\"web.py\"}", 2);
	assert_value(town, "boundby_busy_cores{process=\"python3\",script=\"web.py\"}", 0.6);
	assert_value(town, "boundby_processes{process=\"python3\"}", 1);
	assert_value(town, "boundby_processes{process=\"other\"}", 1);
	assert_none(town, "process=\"tail");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_sums),	  TEST(test_unmeasured_is_absent),
		TEST(test_plain),	  TEST(test_before_the_first_window),
		TEST(test_years),	  TEST(test_loops),
		TEST(test_hostile_names), TEST(test_names_leave),
		TEST(test_other),	  TEST(test_churn),
		TEST(test_many_names),	  TEST(test_threads),
		TEST(test_pipeline),	  TEST(test_full_disk),
		TEST(test_no_names),	  TEST(test_label),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
