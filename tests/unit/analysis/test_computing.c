// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of what computing is split into: collectors by their stacks and threads, and system calls. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/computing.h"
#include "lib/collectors.h"
#include "verdict/verdict.h"

#define S 1000000000ULL
#define PLACES 4

/* One process that computes for 10 s, at places that share that. */
struct fixture {
	struct model model;
	struct process_model process;
	struct thread_model threads[2];
	struct place_frame frames[PLACES];
	struct place_model places[PLACES];
	struct place_group group;
	struct verdict_settings settings;
	struct verdict verdict;
};

static int setup(void **state)
{
	static struct fixture fixture;

	memset(&fixture, 0, sizeof(fixture));
	fixture.model.capture.cpus = 2;
	fixture.model.duration_ns = 10 * S;
	fixture.model.processes = &fixture.process;
	fixture.model.process_count = 1;
	fixture.model.frames = fixture.frames;
	fixture.process.pid = 9;
	memcpy(fixture.process.comm, "server", 7);
	fixture.process.rss_bytes = 2ULL << 30;
	fixture.process.shared_bytes = fixture.process.zombies = RECORD_UNKNOWN;
	fixture.process.threads = fixture.threads;
	fixture.process.thread_count = 1;
	fixture.process.place_groups = &fixture.group;
	fixture.process.place_group_count = 1;
	fixture.group.places = fixture.places;
	fixture.group.site.state = STATE_ON_CPU;
	fixture.group.ns = 10 * S;
	fixture.threads[0].tid = 9;
	fixture.threads[0].count = 1;
	fixture.threads[0].time.wall_ns = 10 * S;
	fixture.threads[0].time.throttled_ns = RECORD_UNKNOWN;
	fixture.threads[0].time.state_ns[STATE_ON_CPU] = 10 * S;
	fixture.process.time = fixture.model.time = fixture.threads[0].time;
	verdict_settings_default(&fixture.settings);
	*state = &fixture;
	return 0;
}

static void add_place(struct fixture *fixture, uint64_t ns, bool collects, const char *call)
{
	struct place_model *place = &fixture->places[fixture->group.place_count];

	fixture->frames[fixture->model.frame_count].collects = collects;
	place->frame = ++fixture->model.frame_count;
	place->ns = ns;
	place->samples = ns / S * 10;
	fixture->group.samples += place->samples;
	snprintf(place->call_name, sizeof(place->call_name), "%s", call);
	snprintf(place->where, sizeof(place->where), "line %zu", fixture->group.place_count++);
}

static const struct verdict_finding *finding(struct fixture *fixture, const char *kind)
{
	size_t i;

	verdict_judge(&fixture->model, NULL, NULL, &fixture->settings, &fixture->verdict);
	for (i = 0; i < fixture->verdict.finding_count; i++)
		if (!strcmp(fixture->verdict.findings[i].kind, kind))
			return &fixture->verdict.findings[i];
	return NULL;
}

static void test_frames(void **state)
{
	assert_true(collector_frame("runtime.gcBgMarkWorker (server)", "", ""));
	assert_true(collector_frame("gc_collect_main (python3.12)", "", ""));
	/* a CPython without names: two levels inside what allocates, in its own code */
	assert_true(collector_frame("0x10b6d3 (python3.11)", "0x230c37 (python3.11)",
				    "_PyObject_GC_New (python3.11)"));
	assert_false(collector_frame("0x230c37 (python3.11)", "_PyObject_GC_New (python3.11)",
				     "PyList_New (python3.11)"));
	assert_false(collector_frame("0x9a1c3 (libc.so.6)", "PyObject_Malloc (python3.11)",
				     "_PyObject_GC_New (python3.11)"));
	assert_false(collector_frame("malloc (libc.so.6)", "0x230c37 (python3.11)",
				     "_PyObject_GC_New (python3.11)"));
	assert_false(collector_frame("render app.py:3", "main app.py:9", ""));
}

static void test_threads(void **state)
{
	assert_true(collector_thread("Java", "GC Thread#1"));
	assert_true(collector_thread("Java", "G1 Conc#0"));
	assert_false(collector_thread("Java", "G1"));
	assert_false(collector_thread("Java", "http-nio-8080-e"));
	assert_false(collector_thread("", "GC Thread#1"));
}

static void test_collector(void **state)
{
	struct fixture *fixture = *state;
	const struct verdict_finding *found;

	memcpy(fixture->process.runtime, "CPython", 8);
	add_place(fixture, 6 * S, false, "");
	add_place(fixture, 4 * S, true, "");
	found = finding(fixture, "garbage-collection");
	assert_non_null(found);
	assert_float_equal(found->value, 0.4, 0.001);
	assert_string_equal(fixture->verdict.causes[1].kind, "gc");
	assert_float_equal(fixture->verdict.causes[1].share, 0.4, 0.001);
	assert_string_equal(fixture->verdict.causes[1].where, "line 1");
	assert_float_equal(fixture->verdict.causes[0].share, 0.6, 0.001);
	assert_string_equal(fixture->verdict.causes[0].where, "line 0");
	assert_non_null(strstr(fixture->verdict.advice_now, "gc.freeze()"));
	/* too little of it to advise on, and too little to mention */
	fixture->places[0].ns = 8 * S;
	fixture->places[1].ns = 2 * S;
	assert_non_null(finding(fixture, "garbage-collection"));
	assert_null(strstr(fixture->verdict.advice_now, "gc.freeze()"));
	fixture->places[0].ns = 19 * S / 2;
	fixture->places[1].ns = S / 2;
	assert_null(finding(fixture, "garbage-collection"));
}

/* The JVM's threads have names, and what their stacks show too is not counted twice. */
static void test_collector_threads(void **state)
{
	struct fixture *fixture = *state;

	memcpy(fixture->process.runtime, "Java", 5);
	fixture->threads[1] = fixture->threads[0];
	fixture->threads[0].time.state_ns[STATE_ON_CPU] = 7 * S;
	fixture->threads[1].time.state_ns[STATE_ON_CPU] = 3 * S;
	memcpy(fixture->threads[1].comm, "GC Thread#0", 12);
	fixture->process.thread_count = 2;
	add_place(fixture, 8 * S, false, "");
	add_place(fixture, 2 * S, true, "");
	assert_float_equal(finding(fixture, "garbage-collection")->value, 0.3, 0.001);
	fixture->process.place_group_count = 0;
	assert_float_equal(finding(fixture, "garbage-collection")->value, 0.3, 0.001);
}

static void test_calls(void **state)
{
	struct fixture *fixture = *state;
	const struct verdict_finding *found;

	add_place(fixture, 5 * S, false, "");
	add_place(fixture, 2 * S, false, "write");
	add_place(fixture, 3 * S, false, "clone");
	found = finding(fixture, "kernel-time");
	assert_non_null(found);
	assert_float_equal(found->value, 0.3, 0.001);
	assert_non_null(strstr(found->detail, "inside clone"));
	assert_non_null(strstr(found->detail, "page tables of 2"));
	/* one call at two places */
	memcpy(fixture->places[0].call_name, "write", 6);
	found = finding(fixture, "kernel-time");
	assert_float_equal(found->value, 0.7, 0.001);
	assert_non_null(strstr(found->detail, "inside write"));
	assert_null(strstr(found->detail, "page tables"));
	fixture->places[0].call_name[0] = '\0';
	fixture->places[2].ns = 29 * S / 10;
	assert_null(finding(fixture, "kernel-time"));
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_frames),    TEST(test_threads),
		TEST(test_collector), TEST(test_collector_threads),
		TEST(test_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
