// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of which processes and threads metrics name, and that those add up to the whole. */
#include "render/metrics_fixture.h"

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

static void test_no_names(void **state)
{
	const struct metrics_config none = { 0, false, METRICS_LABEL_NONE };
	struct metrics *metrics;

	assert_int_equal(metrics_new(&none, &metrics), -EINVAL);
}

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
		TEST(test_hostile_names), TEST(test_names_leave), TEST(test_other),
		TEST(test_churn),	  TEST(test_many_names),  TEST(test_threads),
		TEST(test_no_names),	  TEST(test_label),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
