/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What test_metrics.c and test_metrics_names.c share. */
#ifndef TEST_METRICS_FIXTURE_H
#define TEST_METRICS_FIXTURE_H

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

static inline void begin(struct town *town, size_t max_processes, bool per_thread)
{
	const struct metrics_config config = { max_processes, per_thread, METRICS_LABEL_SCRIPT };

	assert_int_equal(metrics_new(&config, &town->metrics), 0);
}

static inline int setup(void **state)
{
	struct town *town = calloc(1, sizeof(*town));

	verdict_settings_default(&town->settings);
	town->watch = (struct metrics_watch){ .version = "1.2.3+g12ab34c",
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

static inline int teardown(void **state)
{
	struct town *town = *state;

	metrics_free(town->metrics);
	free(town->text[0]);
	free(town->text[1]);
	free(town);
	return 0;
}

/* A process of the next window, with one thread of that name. */
static inline struct process_model *add(struct town *town, const char *comm, uint64_t cpu_ns,
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
static inline void end(struct town *town)
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
static inline double value_in(const char *text, const char *sample)
{
	size_t length = strlen(sample);
	const char *line = text;

	for (; line && *line; line = strchr(line, '\n'), line = line ? line + 1 : NULL)
		if (!strncmp(line, sample, length) && line[length] == ' ')
			return strtod(line + length + 1, NULL);
	return NAN;
}

static inline double value(const struct town *town, const char *sample)
{
	return value_in(town->text[METRICS_OPENMETRICS], sample);
}

static inline void assert_value(const struct town *town, const char *sample, double expected)
{
	double found = value(town, sample);

	if (!(fabs(found - expected) <= 1e-9 * fabs(expected)))
		fail_msg("%s is %.12g, expected %.12g", sample, found, expected);
}

static inline void assert_none(const struct town *town, const char *prefix)
{
	if (strstr(town->text[METRICS_OPENMETRICS], prefix))
		fail_msg("there is a %s", prefix);
}

/* A name of a metric or label. Gives back what follows. */
static inline const char *skip_name(const char *at)
{
	assert_true(isalpha((unsigned char)*at) || *at == '_');
	while (isalnum((unsigned char)*at) || *at == '_')
		at++;
	return at;
}

static inline const char *skip_labels(const char *at)
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

static inline void check_head(const char *line, struct family *family, bool openmetrics)
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

static inline void check_sample(const char *line, struct family *family, bool openmetrics)
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
static inline void check_grammar(const char *text, bool openmetrics)
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

static inline size_t count_lines(const char *text, const char *prefix)
{
	size_t count = 0;

	for (; text && *text; text = strchr(text, '\n'), text = text ? text + 1 : NULL)
		count += !strncmp(text, prefix, strlen(prefix));
	return count;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
