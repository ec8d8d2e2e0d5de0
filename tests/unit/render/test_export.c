// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of the exports, on hand-made records. The output is parsed as its readers parse it: the
 * sums must be the model's, and no name may break a line, a field or a string.
 */
#include "export_fixture.h"

/* A fixture without any process. */
static void make_empty(struct fixture *fixture)
{
	fixture->fake.count = 4;
	fixture_add_quality(fixture, 0);
	fixture_add_boundary(fixture, BEGIN + 10 * S);
}

/* ---- markdown -------------------------------------------------------------------------------- */
/* Nothing that a target chose begins markup. */
static void test_markdown(void **state)
{
	struct fixture *fixture = *state;
	const char *at;
	size_t i;

	for (i = 0; i < fixture->fake.count; i++)
		if (fixture->fake.records[i].kind == RECORD_PROCESS)
			strcpy(fixture->fake.records[i].process.comm, "<b>|`[x](");
	fixture_export(fixture, "markdown");
	assert_memory_equal(fixture->text, "**", 2);
	assert_non_null(strstr(fixture->text, "\n| share | cause | where |\n"));
	assert_null(strstr(fixture->text, "<b>"));
	for (at = fixture->text; (at = strchr(at, '[')); at++)
		assert_int_equal(at[-1], '\\');
}

/* ---- folded ---------------------------------------------------------------------------------- */
/* Sum of the weights of the lines that begin with this. */
static uint64_t folded_sum(const struct fixture *fixture, const char *prefix)
{
	const char *line = fixture->text, *end;
	uint64_t sum = 0;

	for (; *line; line = end + 1) {
		end = strchr(line, '\n');
		assert_non_null(end);
		if (!strncmp(line, prefix, strlen(prefix)))
			sum += strtoull((char *)memrchr(line, ' ', (size_t)(end - line)) + 1, NULL,
					10);
	}
	return sum;
}

static void test_folded(void **state)
{
	struct fixture *fixture = *state;

	add_more(fixture);
	fixture->views = ALL_VIEWS;
	fixture_export(fixture, "folded");
	assert_non_null(strstr(fixture->text, "server-7;off-cpu;[off-cpu network];"
					      "recvfrom on tcp 127.0.0.1:5432 6000000000\n"));
	assert_non_null(strstr(fixture->text, "server-7;off-cpu;[off-cpu network] 1000000000\n"));
	assert_non_null(strstr(fixture->text, "server-7;off-cpu;[off-cpu wakeup] 1000000000\n"));
	assert_non_null(strstr(fixture->text, "server-7;off-cpu;[off-cpu lock];"
					      "futex on futex 6000000000\n"));
	assert_non_null(strstr(fixture->text, "server-7;stalls;server;main (server);"
					      "app/db.py:88 fetch:user;[stall blocking-call] "
					      "500000000\n"));
	assert_non_null(strstr(fixture->text, "server-7;stalls;server;recvfrom;"
					      "[stall blocking-call] 1000000000\n"));
	assert_non_null(strstr(fixture->text, "server-7;locks;take(int) at queue.c:31 (server);"
					      "[lock mutex] 6000000000\n"));
	assert_int_equal(folded_sum(fixture, "server-7;off-cpu;"), off_cpu_ns(fixture));
	assert_int_equal(folded_sum(fixture, "server-7;off-cpu;[off-cpu network]"), 7 * S);
	assert_int_equal(folded_sum(fixture, "server-7;stalls;"), fixture->stall_ns);
	assert_int_equal(folded_sum(fixture, "server-7;locks;"), fixture->lock_ns);
	assert_int_equal(folded_sum(fixture, "server-7;on-cpu;[on-cpu on_cpu]"),
			 on_cpu_ns(fixture));
	assert_int_equal(folded_sum(fixture, ""), on_cpu_ns(fixture) + off_cpu_ns(fixture) +
							  fixture->stall_ns + fixture->lock_ns);
}

/* Without being asked nothing twice: each nanosecond of the ledger but those of rest. */
static void test_folded_by_default(void **state)
{
	struct fixture *fixture = *state;
	uint64_t rest;

	add_more(fixture);
	fixture_export(fixture, "folded");
	rest = fixture->time.state_ns[STATE_CONDITION];
	assert_int_equal(folded_sum(fixture, ""), on_cpu_ns(fixture) + off_cpu_ns(fixture) - rest);
	fixture->views = 1u << VIEW_REST;
	fixture_export(fixture, "folded");
	assert_int_equal(folded_sum(fixture, ""), rest);
}

static void test_folded_places(void **state)
{
	static const char base[] = "server-7;on-cpu;main (server);";
	struct fixture *fixture = *state;
	char prefix[128];

	add_places(fixture);
	fixture->views = 1u << VIEW_ON_CPU;
	fixture_export(fixture, "folded");
	assert_int_equal(folded_sum(fixture, ""), on_cpu_ns(fixture));
	snprintf(prefix, sizeof(prefix), "%ssieve at sieve.c:7 (server) ", base);
	assert_int_equal(folded_sum(fixture, prefix), on_cpu_ns(fixture) / 10 * 6);
	snprintf(prefix, sizeof(prefix), "%ssieve at sieve.c:7 (server);read (kernel) ", base);
	assert_int_equal(folded_sum(fixture, prefix), on_cpu_ns(fixture) / 10);
	snprintf(prefix, sizeof(prefix), "%sapp.py:1 <module> ", base);
	assert_int_equal(folded_sum(fixture, prefix), on_cpu_ns(fixture) / 10 * 3);
}

static void test_folded_sums_like_stacks(void **state)
{
	struct fixture *fixture = *state;

	add_more(fixture);
	fixture->fake.count -= 3;
	fixture_add_stall(fixture, STALL_BEGIN + 5 * S, STALL_BEGIN + 6 * S, false);
	fixture_add_quality(fixture, 3000000);
	fixture_add_boundary(fixture, BEGIN + 10 * S);
	fixture->views = ALL_VIEWS;
	fixture_export(fixture, "folded");
	assert_non_null(strstr(fixture->text, ";recvfrom;[stall blocking-call] 2000000000\n"));
}

static void test_folded_of_hostile_names(void **state)
{
	struct fixture *fixture = *state;

	add_more(fixture);
	memcpy(fixture->fake.records[4].thread.comm, "a;\n\xff\033 9", 8);
	fixture->views = ALL_VIEWS;
	fixture_export(fixture, "folded");
	assert_non_null(strstr(fixture->text, "a:??? 9-7;off-cpu;[off-cpu wakeup] 1000000000\n"));
	assert_non_null(strstr(fixture->text, "a:??? 9-7;stalls;a:??? 9;main"));
	assert_int_equal(folded_sum(fixture, "a:??? 9-7;"), folded_sum(fixture, ""));
}

/* ---- all ------------------------------------------------------------------------------------- */
static void test_find(void **state)
{
	(void)state;
	assert_string_equal(export_find("ndjson")->name, "ndjson");
	assert_true(export_find("chrome")->windows);
	assert_false(export_find("pprof")->windows);
	assert_null(export_find("xml"));
	assert_null(export_find(""));
}

static void test_nothing_seen(void **state)
{
	struct fixture *fixture = *state;
	Pprof__Profile *profile;

	make_empty(fixture);
	fixture_export(fixture, "folded");
	assert_int_equal(fixture->length, 0);
	fixture_export(fixture, "ndjson");
	assert_int_equal(fixture->length, 0);
	fixture_export(fixture, "csv");
	assert_ptr_equal(strchr(fixture->text, '\n'), fixture->text + fixture->length - 1);
	profile = profile_of(fixture);
	assert_int_equal(profile->n_samples, 0);
	pprof__profile__free_unpacked(profile, NULL);
}

/* Where views are asked for, ndjson has a row for each stack; they sum to the ledger as folded does. */
static void test_rows_of_stacks(void **state)
{
	struct fixture *fixture = *state;
	uint64_t sum = 0, of_sieve = 0, ns;
	struct json_object *row, *field;
	const char *line;

	add_places(fixture);
	fixture->views = 1u << VIEW_ON_CPU;
	fixture_export(fixture, "ndjson");
	for (line = fixture->text; *line; line = strchr(line, '\n') + 1) {
		row = json_tokener_parse(line);
		assert_true(json_object_object_get_ex(row, "view", &field));
		assert_string_equal(json_object_get_string(field), "on-cpu");
		assert_true(json_object_object_get_ex(row, "ns", &field));
		ns = json_object_get_uint64(field);
		sum += ns;
		assert_true(json_object_object_get_ex(row, "stack", &field));
		if (field && !strcmp(json_object_get_string(field),
				     "main (server);sieve at sieve.c:7 (server)"))
			of_sieve += ns;
		json_object_put(row);
	}
	assert_int_equal(sum, on_cpu_ns(fixture));
	assert_int_equal(of_sieve, on_cpu_ns(fixture) / 10 * 6);
	fixture_export(fixture, "csv");
	assert_non_null(strstr(fixture->text, ",view,reason,peer,ns,count,place,stack,"));
	assert_non_null(strstr(fixture->text, ",on-cpu,on_cpu,,"));
}

/* The time of a contended lock has the lock's places, also where its waits were parked ones. */
static void test_folded_places_of_locks(void **state)
{
	struct fixture *fixture = *state;
	struct record_place *place;

	add_places(fixture);
	add_more(fixture);
	fixture->fake.count -= 3;
	add_place(fixture, STATE_LOCK, 2, 100);
	place = &fixture->fake.records[fixture->fake.count - 1].place;
	place->object = OBJECT_FUTEX;
	place->address = WORD;
	fixture_add_quality(fixture, 3000000);
	fixture_add_boundary(fixture, BEGIN + 10 * S);
	fixture->views = 1u << VIEW_OFF_CPU;
	fixture_export(fixture, "folded");
	assert_non_null(strstr(fixture->text,
			       "server-7;off-cpu;[off-cpu lock];main (server);sieve at sieve.c:7 "
			       "(server);futex on futex 6000000000\n"));
}

/* The verbose report has the same as a tree, where a line that tells nothing more is not printed. */
static void test_text_trees(void **state)
{
	static const char expected[] = "on_cpu, by call tree, of [7]\n"
				       "     100 %  main (server)\n"
				       "      70 %    sieve at sieve.c:7 (server)\n"
				       "      10 %      read (kernel)\n"
				       "      30 %    app.py:1 <module>\n";
	struct fixture *fixture = *state;
	struct record *record;
	FILE *out;
	size_t i;

	add_places(fixture);
	for (i = 0; i < fixture->fake.count; i++) {
		record = &fixture->fake.records[i];
		if (record->kind == RECORD_PLACE)
			strcpy(record->place.where, record->place.frame == 2 ?
							    "sieve at sieve.c:7 (server)" :
							    "app.py:1 <module>");
	}
	fixture->options.verbose = true;
	out = open_memstream(&fixture->text, &fixture->length);
	assert_non_null(out);
	assert_int_equal(fixture_run(fixture, render_text, false, out), 0);
	fclose(out);
	assert_non_null(strstr(fixture->text, expected));
}

static void test_output_fails(void **state)
{
	static const char *const names[] = { "folded", "pprof", "chrome", "ndjson", "csv" };
	struct fixture *fixture = *state;
	FILE *full;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		full = fopen("/dev/full", "w");
		if (!full)
			skip();
		errno = 0;
		assert_int_equal(fixture_export_into(fixture, names[i], full), -1);
		assert_int_equal(errno, ENOSPC);
		fclose(full);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_markdown),
		TEST(test_folded),
		TEST(test_folded_by_default),
		TEST(test_folded_places),
		TEST(test_folded_sums_like_stacks),
		TEST(test_folded_of_hostile_names),
		TEST(test_folded_places_of_locks),
		TEST(test_rows_of_stacks),
		TEST(test_text_trees),
		TEST(test_find),
		TEST(test_nothing_seen),
		TEST(test_output_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
