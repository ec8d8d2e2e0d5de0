// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of the exports, on hand-made records. The output is parsed as its readers parse it: the
 * sums must be the model's, and no name may break a line, a field or a string.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "render/export/export.h"
#include "render/export/profile.pb-c.h"
#include "render/export/stacks.h"
#include "fixtures/report.h"

#define STALL_BEGIN (BEGIN + S)
#define WORD 0x7f0000001000ULL

static void add_lock(struct fixture *fixture, uint32_t tid, uint64_t ns)
{
	struct record_lock *lock = &fixture_add(fixture, RECORD_LOCK)->lock;

	lock->pid = lock->process_start_ns = 7;
	lock->address = WORD;
	lock->tid = tid;
	lock->kind = LOCK_MUTEX;
	lock->count = lock->released = 10;
	lock->ns = ns;
	lock->max_ns = ns / 10;
}

/* Parked until there is work: no contention. */
static void add_queue(struct fixture *fixture)
{
	struct record_lock *lock;

	add_lock(fixture, 8, 3 * S);
	lock = &fixture->fake.records[fixture->fake.count - 1].lock;
	lock->address = WORD + 64;
	lock->kind = LOCK_CONDITION;
}

static void add_lock_place(struct fixture *fixture)
{
	struct record_lock_place *place = &fixture_add(fixture, RECORD_LOCK_PLACE)->lock_place;
	struct record_lock_frame *frame;

	place->pid = place->process_start_ns = 7;
	place->address = WORD;
	memcpy(place->symbol, "queue_lock", 11);
	frame = &fixture_add(fixture, RECORD_LOCK_FRAME)->lock_frame;
	frame->pid = frame->process_start_ns = 7;
	frame->address = WORD;
	memcpy(frame->text, "take(int) at queue.c:31 (server)", 33);
}

/* Beside the wait on the network: a stall with a stack, a lock, time ready, a hostile thread. */
static void add_more(struct fixture *fixture)
{
	struct record_thread *thread = &fixture->fake.records[4].thread;
	struct record_wait *wait;

	fixture->fake.records[0].capture.stall_ns = 10000000;
	fixture->fake.count -= 3; /* the last snapshot's tail, put back below */
	thread->state_ns[STATE_NETWORK] -= S;
	thread->state_ns[STATE_RUNNABLE_WAKEUP] = S;
	thread->state_count[STATE_RUNNABLE_WAKEUP] = 5;
	fixture->fake.records[5].wait.ns = 6 * S; /* of the 7 s: the rest is at no place */
	thread = fixture_add_thread(fixture, 7, 8, "w;\"o,\n\xffr", BEGIN + 10 * S, 4 * S);
	thread->state_ns[STATE_LOCK] = thread->state_ns[STATE_NETWORK];
	thread->state_ns[STATE_NETWORK] = 0;
	fixture_add_wait(fixture, 6 * S);
	wait = &fixture->fake.records[fixture->fake.count - 1].wait;
	memset(wait->peer_addr, 0, sizeof(wait->peer_addr));
	wait->peer_port = wait->family = 0;
	wait->state = STATE_CONDITION; /* known to be a lock only from the ledger */
	wait->object = OBJECT_FUTEX;
	memcpy(wait->call_name, "futex", 6);
	add_lock(fixture, 7, 2 * S);
	add_lock(fixture, 8, 4 * S);
	add_lock_place(fixture);
	add_queue(fixture);
	fixture_add_loop(fixture);
	fixture_add_stall(fixture, STALL_BEGIN, STALL_BEGIN + S / 2, false);
	fixture_add_stall_frame(fixture, STALL_BEGIN, 0, "app/db.py:88 fetch;user");
	fixture_add_stall_frame(fixture, STALL_BEGIN, 1, "main (server)");
	fixture_add_stall(fixture, STALL_BEGIN + 2 * S, STALL_BEGIN + 3 * S, false);
	fixture_add_quality(fixture, 3000000);
	fixture_add_boundary(fixture, BEGIN + 10 * S);
}

/* A fixture without any process. */
static void make_empty(struct fixture *fixture)
{
	fixture->fake.count = 4;
	fixture_add_quality(fixture, 0);
	fixture_add_boundary(fixture, BEGIN + 10 * S);
}

static uint64_t off_cpu_ns(const struct fixture *fixture)
{
	return fixture->time.wall_ns - fixture->time.state_ns[STATE_ON_CPU] -
	       fixture->time.state_ns[STATE_UNOBSERVED];
}

static uint64_t on_cpu_ns(const struct fixture *fixture)
{
	return fixture->time.state_ns[STATE_ON_CPU];
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

#define ALL_VIEWS ((1u << NR_VIEWS) - 1)

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

static void add_place(struct fixture *fixture, uint32_t state, uint64_t frame, uint64_t samples)
{
	struct record_place *place = &fixture_add(fixture, RECORD_PLACE)->place;

	place->pid = place->process_start_ns = 7;
	place->state = state;
	place->frame = frame;
	place->samples = samples;
	place->ns = samples * 10101019;
	place->call = -1;
}

/* A tree of main, which calls two functions; computing in both, and in a call of one. */
static void add_places(struct fixture *fixture)
{
	static const char *const texts[] = { "main (server)", "sieve at sieve.c:7 (server)",
					     "app.py:1 <module>" };
	struct record_place_frame *frame;
	size_t i;

	fixture->fake.count -= 3;
	for (i = 0; i < 3; i++) {
		frame = &fixture_add(fixture, RECORD_PLACE_FRAME)->place_frame;
		frame->id = i + 1;
		frame->caller = i != 0;
		memcpy(frame->text, texts[i], strlen(texts[i]));
	}
	memcpy(frame->file, "/srv/app/app.py", 15);
	add_place(fixture, STATE_ON_CPU, 2, 60);
	add_place(fixture, STATE_ON_CPU, 3, 30);
	add_place(fixture, STATE_ON_CPU, 2, 10);
	fixture->fake.records[fixture->fake.count - 1].place.call = 0;
	memcpy(fixture->fake.records[fixture->fake.count - 1].place.call_name, "read", 4);
	fixture_add_quality(fixture, 3000000);
	fixture_add_boundary(fixture, BEGIN + 10 * S);
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

/* ---- pprof ----------------------------------------------------------------------------------- */
static Pprof__Profile *profile_of(struct fixture *fixture)
{
	static unsigned char plain[1 << 16];
	z_stream stream = { .next_out = plain, .avail_out = sizeof(plain) };
	Pprof__Profile *profile;

	fixture_export(fixture, "pprof");
	assert_int_equal(memcmp(fixture->text, "\x1f\x8b\x08\0\0\0\0\0", 8), 0); /* no time in it */
	assert_int_equal(inflateInit2(&stream, 31), Z_OK);
	stream.next_in = (unsigned char *)fixture->text;
	stream.avail_in = (uInt)fixture->length;
	assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
	assert_int_equal(stream.avail_in, 0);
	inflateEnd(&stream);
	profile = pprof__profile__unpack(NULL, stream.total_out, plain);
	assert_non_null(profile);
	assert_string_equal(profile->texts[0], "");
	return profile;
}

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

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_markdown),
		TEST(test_folded),
		TEST(test_folded_by_default),
		TEST(test_folded_places),
		TEST(test_folded_sums_like_stacks),
		TEST(test_folded_of_hostile_names),
		TEST(test_pprof),
		TEST(test_pprof_places),
		TEST(test_pprof_samples),
		TEST(test_pprof_of_hostile_names),
		TEST(test_pprof_is_the_same_each_time),
		TEST(test_find),
		TEST(test_nothing_seen),
		TEST(test_output_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
