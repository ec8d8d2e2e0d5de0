// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of render/export/pprof: its samples, labels and functions, read back by protobuf. */
#include "export_fixture.h"

static const char *text_at(const Pprof__Profile *profile, int64_t at)
{
	assert_true(at >= 0 && (size_t)at < profile->n_texts);
	return profile->texts[at];
}

static const Pprof__Function *function_at(const Pprof__Profile *profile, uint64_t location)
{
	const Pprof__Line *line;

	assert_true(location && location <= profile->n_locations);
	assert_int_equal(profile->locations[location - 1]->id, location);
	assert_int_equal(profile->locations[location - 1]->n_lines, 1);
	line = profile->locations[location - 1]->lines[0];
	assert_true(line->function && line->function <= profile->n_functions);
	assert_int_equal(profile->functions[line->function - 1]->id, line->function);
	return profile->functions[line->function - 1];
}

/* The text of a label, "" without; of a number its digits. */
static const char *label_of(const Pprof__Profile *profile, const Pprof__Sample *sample,
			    const char *key)
{
	static char number[24];
	size_t i;

	for (i = 0; i < sample->n_labels; i++) {
		if (strcmp(text_at(profile, sample->labels[i]->key), key))
			continue;
		if (sample->labels[i]->text)
			return text_at(profile, sample->labels[i]->text);
		snprintf(number, sizeof(number), "%lld", (long long)sample->labels[i]->number);
		return number;
	}
	return "";
}

/* The sample with this innermost function. */
static const Pprof__Sample *sample_of(const Pprof__Profile *profile, const char *function)
{
	size_t i;

	for (i = 0; i < profile->n_samples; i++)
		if (!strcmp(text_at(profile,
				    function_at(profile, profile->samples[i]->locations[0])->name),
			    function))
			return profile->samples[i];
	fail_msg("no sample of %s", function);
	return NULL;
}

static void test_pprof(void **state)
{
	static const char *const kinds[] = { "samples", "waits", "cpu", "off_cpu", "stall", "lock" };
	struct fixture *fixture = *state;
	uint64_t sums[6] = { 0 };
	Pprof__Profile *profile;
	size_t i, j;

	add_more(fixture);
	fixture->views = ALL_VIEWS;
	profile = profile_of(fixture);
	assert_int_equal(profile->n_kinds, 6);
	for (i = 0; i < 6; i++) {
		assert_string_equal(text_at(profile, profile->kinds[i]->type), kinds[i]);
		assert_string_equal(text_at(profile, profile->kinds[i]->unit),
				    i > 1 ? "nanoseconds" : "count");
	}
	assert_string_equal(text_at(profile, profile->default_kind), "off_cpu");
	assert_int_equal(profile->time_ns, 1700000000 * S + 5);
	assert_int_equal(profile->duration_ns, 10 * S);
	for (i = 0; i < profile->n_samples; i++) {
		const Pprof__Sample *sample = profile->samples[i];

		assert_int_equal(sample->n_values, 6);
		for (j = 0; j < 6; j++)
			sums[j] += (uint64_t)sample->values[j];
		assert_string_equal(
			text_at(profile,
				function_at(profile, sample->locations[sample->n_locations - 1])
					->name),
			"server-7");
		assert_string_equal(label_of(profile, sample, "pid"), "7");
		assert_string_equal(label_of(profile, sample, "process"), "server");
	}
	assert_int_equal(sums[0], 0);
	assert_int_equal(sums[1], 4 + 4 + 5); /* two rows of waits, ready after a wakeup */
	assert_int_equal(sums[2], on_cpu_ns(fixture));
	assert_int_equal(sums[3], off_cpu_ns(fixture));
	assert_int_equal(sums[4], fixture->stall_ns);
	assert_int_equal(sums[5], fixture->lock_ns);
	pprof__profile__free_unpacked(profile, NULL);
}

/* pprof cuts <module> from a name that is the system's name too. */
static void test_pprof_places(void **state)
{
	struct fixture *fixture = *state;
	const Pprof__Function *function;
	const Pprof__Sample *sample;
	Pprof__Profile *profile;

	add_places(fixture);
	profile = profile_of(fixture);
	assert_string_equal(text_at(profile, profile->period_kind->type), "cpu");
	assert_int_equal(profile->period, on_cpu_ns(fixture) / 100);
	sample = sample_of(profile, "<module>");
	assert_int_equal(sample->values[0], 30);
	assert_int_equal(sample->values[2], on_cpu_ns(fixture) / 10 * 3);
	function = function_at(profile, sample->locations[0]);
	assert_string_equal(text_at(profile, function->file), "/srv/app/app.py");
	assert_string_not_equal(text_at(profile, function->system_name), "<module>");
	assert_int_equal(sample_of(profile, "read (kernel)")->values[0], 10);
	pprof__profile__free_unpacked(profile, NULL);
}

static void test_pprof_samples(void **state)
{
	struct fixture *fixture = *state;
	const Pprof__Function *function;
	const Pprof__Sample *sample;
	Pprof__Profile *profile;

	add_more(fixture);
	profile = profile_of(fixture);
	sample = sample_of(profile, "recvfrom on tcp 127.0.0.1:5432");
	assert_string_equal(label_of(profile, sample, "view"), "off-cpu");
	assert_string_equal(label_of(profile, sample, "reason"), "network");
	assert_string_equal(label_of(profile, sample, "peer"), "127.0.0.1:5432");
	assert_string_equal(label_of(profile, sample, "tid"), "");
	sample = sample_of(profile, "fetch;user");
	assert_string_equal(label_of(profile, sample, "view"), "stalls");
	assert_string_equal(label_of(profile, sample, "reason"), "blocking-call");
	assert_string_equal(label_of(profile, sample, "thread"), "server");
	assert_string_equal(label_of(profile, sample, "tid"), "7");
	function = function_at(profile, sample->locations[0]);
	assert_string_equal(text_at(profile, function->file), "app/db.py");
	assert_int_equal(profile->locations[sample->locations[0] - 1]->lines[0]->number, 88);
	assert_int_equal(sample->n_locations, 4);
	sample = sample_of(profile, "take(int) (server)");
	assert_string_equal(label_of(profile, sample, "reason"), "mutex");
	function = function_at(profile, sample->locations[0]);
	assert_string_equal(text_at(profile, function->file), "queue.c");
	assert_int_equal(profile->locations[sample->locations[0] - 1]->lines[0]->number, 31);
	assert_string_equal(text_at(profile, function_at(profile, sample->locations[1])->name),
			    "[lock mutex]");
	pprof__profile__free_unpacked(profile, NULL);
}

/* One function with two lines, and names that are no UTF-8, which the format must be. */
static void test_pprof_of_hostile_names(void **state)
{
	struct fixture *fixture = *state;
	Pprof__Profile *profile;
	size_t i, fetches = 0;

	add_more(fixture);
	memcpy(fixture->fake.records[4].thread.comm, "a\xff\n", 4);
	fixture->fake.count -= 3;
	fixture_add_stall(fixture, STALL_BEGIN + 5 * S, STALL_BEGIN + 6 * S, false);
	fixture_add_stall_frame(fixture, STALL_BEGIN + 5 * S, 0, "app/db.py:89 fetch;user");
	fixture_add_stall_frame(fixture, STALL_BEGIN + 5 * S, 1, ":7 \xff:99999999999 at x:1 ()");
	fixture_add_quality(fixture, 3000000);
	fixture_add_boundary(fixture, BEGIN + 10 * S);
	profile = profile_of(fixture);
	for (i = 0; i < profile->n_texts; i++) {
		assert_null(strchr(profile->texts[i], '\xff'));
		assert_null(strchr(profile->texts[i], '\n'));
	}
	for (i = 0; i < profile->n_functions; i++)
		fetches += !strcmp(text_at(profile, profile->functions[i]->name), "fetch;user");
	assert_int_equal(fetches, 1);
	pprof__profile__free_unpacked(profile, NULL);
}

static void test_pprof_is_the_same_each_time(void **state)
{
	struct fixture *fixture = *state;
	size_t length;
	char *first;

	add_more(fixture);
	fixture_export(fixture, "pprof");
	length = fixture->length;
	first = fixture->text;
	fixture->text = NULL;
	fixture_export(fixture, "pprof");
	assert_int_equal(fixture->length, length);
	assert_memory_equal(fixture->text, first, length);
	free(first);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_pprof),
		TEST(test_pprof_places),
		TEST(test_pprof_samples),
		TEST(test_pprof_of_hostile_names),
		TEST(test_pprof_is_the_same_each_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
