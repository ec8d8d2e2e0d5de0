// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of the page (render/html/): no text gets out of its element, the windows keep every ns, and pages
 * of an hour and of thousands of threads are small.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "render/html/page.h"
#include "render/html/page_parts.h"

#define S 1000000000ULL
#define THREADS 100
#define CROWD 5000
#define STATES 5 /* that each thread uses in each window */

static char *escaped(const char *json)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	assert_non_null(out);
	page_put_escaped(json, out);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void no_text_ends_the_element(void **state)
{
	const char *json = "[\"</script><img src=x onerror=alert(1)>\",\"<!-- &amp; -->\"]";
	char *text = escaped(json);
	struct json_object *was = json_tokener_parse(json), *is = json_tokener_parse(text);

	assert_null(strpbrk(text, "<>&"));
	assert_true(json_object_equal(was, is));
	json_object_put(was);
	json_object_put(is);
	free(text);
}

/* A watch, made by hand: a process of threads that each use STATES states in every window. */
struct watch {
	struct model model;
	struct process_model process;
	struct thread_model *threads;
	uint32_t histogram[RECORD_HISTOGRAM_LEN];
	struct verdict verdict, process_verdict;
	struct timeline timeline;
	struct verdict_settings settings;
	struct page *page;
};

static void fill(struct thread_model *thread, uint32_t number, uint32_t *histogram)
{
	uint32_t s;

	*thread = (struct thread_model){ .tid = 1000 + number, .count = 1, .time.wall_ns = S };
	snprintf(thread->comm, sizeof(thread->comm), number ? "worker-%u" : "<img src=x>", number);
	for (s = 0; s < STATES; s++) {
		thread->time.state_ns[s + 1] = S / STATES + (s ? number : -number * (STATES - 1));
		thread->state_count[s + 1] = 1000;
		thread->histogram[s + 1] = histogram;
	}
}

static int setup_threads(void **state, uint32_t threads)
{
	struct watch *watch = calloc(1, sizeof(*watch));
	uint32_t i, s;

	assert_non_null(watch);
	watch->threads = calloc(threads, sizeof(*watch->threads));
	assert_non_null(watch->threads);
	for (i = 0; i < RECORD_HISTOGRAM_LEN; i++)
		watch->histogram[i] = 1000 + i;
	for (i = 0; i < threads; i++) {
		fill(&watch->threads[i], i, watch->histogram);
		for (s = 0; s < NR_STATES; s++)
			watch->model.time.state_ns[s] += watch->threads[i].time.state_ns[s];
	}
	watch->model.time.wall_ns = threads * S;
	watch->process = (struct process_model){ .pid = 7,
						 .comm = "server",
						 .time = watch->model.time,
						 .threads = watch->threads,
						 .thread_count = threads };
	watch->model.processes = &watch->process;
	watch->model.process_count = 1;
	watch->model.duration_ns = S;
	verdict_settings_default(&watch->settings);
	watch->page = page_new();
	assert_non_null(watch->page);
	*state = watch;
	return 0;
}

static int setup(void **state)
{
	return setup_threads(state, THREADS);
}

static int setup_crowd(void **state)
{
	return setup_threads(state, CROWD);
}

static int teardown(void **state)
{
	struct watch *watch = *state;

	page_free(watch->page);
	timeline_free(&watch->timeline);
	free(watch->threads);
	free(watch);
	return 0;
}

/* The page after this many windows of a second. To be freed. */
static char *page_of(struct watch *watch, size_t windows)
{
	struct report report = { .model = &watch->model,
				 .verdict = &watch->verdict,
				 .process_verdicts = &watch->process_verdict,
				 .timeline = &watch->timeline,
				 .settings = &watch->settings };
	char *text = NULL;
	size_t length, i;
	FILE *out = open_memstream(&text, &length);

	assert_non_null(out);
	for (i = 0; i < windows; i++) {
		watch->model.start_ns = i * S;
		assert_int_equal(page_add_window(watch->page, &watch->model), 0);
		if (watch->timeline.count < TIMELINE_MAX_WINDOWS)
			assert_int_equal(
				timeline_add(&watch->timeline, &watch->model, &watch->settings), 0);
	}
	watch->model.start_ns = 0;
	watch->model.duration_ns = windows * S;
	verdict_judge_all(&watch->model, &watch->timeline, &watch->settings, &watch->verdict,
			  &watch->process_verdict);
	assert_int_equal(page_write(watch->page, &report, out), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

/* The data of a page, as its script finds it. */
static struct json_object *data_of(const char *page)
{
	static const char begin[] = "<script type=\"application/json\" id=\"data\">";
	const char *from = strstr(page, begin), *to;
	struct json_object *data;
	char *text;

	assert_non_null(from);
	from += sizeof(begin) - 1;
	to = strstr(from, "</script>");
	assert_non_null(to);
	text = strndup(from, (size_t)(to - from));
	data = json_tokener_parse(text);
	assert_non_null(data);
	free(text);
	return data;
}

static struct json_object *member(struct json_object *object, const char *path)
{
	struct json_object *found = NULL;

	assert_int_equal(json_pointer_get(object, path, &found), 0);
	return found;
}

static uint64_t sum_of(struct json_object *list)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < json_object_array_length(list); i++)
		sum += json_object_get_uint64(json_object_array_get_idx(list, i));
	return sum;
}

static void an_hour_of_many_threads_is_small(void **state)
{
	struct watch *watch = *state;
	char *text = page_of(watch, 3600);
	struct json_object *data = data_of(text);

	assert_in_range(strlen(text), 100000, PAGE_MOST_BYTES);
	assert_int_equal(json_object_array_length(member(data, "/page/threads/lanes")), THREADS);
	assert_in_range(json_object_array_length(member(data, "/page/target/starts_ns")), 300, 600);
	assert_true(json_object_get_uint64(member(data, "/page/target/merged")) > 0);
	json_object_put(data);
	free(text);
}

/* Rows are summed and windows merged until it fits. */
static void a_crowd_fits(void **state)
{
	char *text = page_of(*state, 20);
	struct json_object *data = data_of(text);

	assert_in_range(strlen(text), 100000, PAGE_MOST_BYTES);
	assert_int_equal(json_object_get_uint64(member(data, "/page/threads/left_out")),
			 CROWD - json_object_array_length(member(data, "/page/threads/lanes")));
	json_object_put(data);
	free(text);
}

/* However often windows were merged, the sums over them are those of the ledgers. */
static void merged_windows_keep_every_ns(void **state)
{
	struct watch *watch = *state;
	char *text = page_of(watch, 1300);
	struct json_object *data = data_of(text);
	uint32_t s;
	char path[64];

	assert_int_equal(sum_of(member(data, "/page/target/durations_ns")), 1300 * S);
	for (s = 1; s <= STATES; s++) {
		snprintf(path, sizeof(path), "/page/target/states/%s", state_name(s));
		assert_int_equal(sum_of(member(data, path)), 1300 * watch->model.time.state_ns[s]);
	}
	json_object_put(data);
	free(text);
}

static void hostile_names_are_data(void **state)
{
	char *text = page_of(*state, 2);
	struct json_object *data = data_of(text);

	assert_null(strstr(text, "<img"));
	assert_string_equal(json_object_get_string(member(data, "/page/threads/lanes/0/comm")),
			    "<img src=x>");
	json_object_put(data);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_text_ends_the_element),
		cmocka_unit_test_setup_teardown(an_hour_of_many_threads_is_small, setup, teardown),
		cmocka_unit_test_setup_teardown(a_crowd_fits, setup_crowd, teardown),
		cmocka_unit_test_setup_teardown(merged_windows_keep_every_ns, setup, teardown),
		cmocka_unit_test_setup_teardown(hostile_names_are_data, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
