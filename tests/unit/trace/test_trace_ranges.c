// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of reading a part of a trace: ranges, some of many windows, a single thread, two recordings. */
#include "trace/trace_fixture.h"

static void test_a_range_is_its_windows(void **state)
{
	struct fixture *fixture = *state;
	struct trace_range range = { .from_ns = BEGIN + 10 * SECOND + SECOND / 2,
				     .to_ns = BEGIN + 20 * SECOND + SECOND / 2 };
	size_t i;

	make_stream(fixture, 40);
	write_all(fixture, fixture->in.count);
	assert_int_equal(read_path(fixture, &range), 0);
	assert_int_equal(windows_of(&fixture->out), 12); /* 10 to 21 */
	hold_threads(fixture);
	for (i = 0; i < fixture->out.count; i++)
		if (fixture->out.records[i].kind == RECORD_SNAPSHOT)
			assert_true(fixture->out.records[i].snapshot.last ==
				    (fixture->out.records[i].snapshot.at_ns > range.to_ns));
	range = (struct trace_range){ .from_ns = BEGIN + 400 * SECOND };
	assert_int_equal(read_path(fixture, &range), -1);
	assert_int_equal(fixture->e.kind, ERR_USAGE);
}

/* Reads each `stride`th snapshot, as a report of a long recording does. Returns those left out unread. */
static uint64_t read_some(struct fixture *fixture, uint64_t stride)
{
	int fd = open(fixture->path, O_RDONLY | O_CLOEXEC);
	const char *name = "trace";
	uint64_t number = 0, wanted = 0, unread = 0, more;
	struct source *source;
	struct record record;

	fixture->out.count = 0;
	assert_int_equal(source_file_open(&fd, &name, 1, &source, &fixture->e), 0);
	while (source->ops->next(source, &record, &fixture->e) > 0) {
		fixture->out.records[fixture->out.count++] = record;
		if (record.kind != RECORD_SNAPSHOT)
			continue;
		if (record.snapshot.last || number >= wanted) {
			wanted = number++ + stride;
			continue;
		}
		more = source->ops->leave_out(source, wanted - ++number);
		assert_true(more <= wanted - number);
		number += more;
		unread += more;
	}
	source->ops->close(source);
	return unread;
}

/* Windows of the file before its last base: what a reader that wants the end alone need not read. */
static uint64_t windows_before_last_base(const struct fixture *fixture)
{
	int fd = open(fixture->path, O_RDONLY | O_CLOEXEC);
	off_t at = sizeof(struct trace_head);
	uint64_t windows = 0, before = 0;
	struct trace_chunk chunk;

	for (; pread(fd, &chunk, sizeof(chunk), at) == sizeof(chunk) &&
	       chunk.magic == TRACE_CHUNK_MAGIC;
	     at += (off_t)(sizeof(chunk) + chunk.stored_bytes)) {
		windows += chunk.type == TRACE_WINDOW;
		if (chunk.type == TRACE_BASE)
			before = windows;
	}
	close(fd);
	return before;
}

static void test_some_of_many_windows(void **state)
{
	struct fixture *fixture = *state;
	uint64_t strides[] = { 1, 2, 7, 64, 150, 1000 }, unread, at;
	size_t i, j, boundaries;

	fixture->quiet = true;
	make_stream(fixture, 400);
	write_all(fixture, fixture->in.count);
	assert_in_range(windows_before_last_base(fixture), 2, 400);
	for (i = 0; i < sizeof(strides) / sizeof(strides[0]); i++) {
		unread = read_some(fixture, strides[i]);
		if (strides[i] > 400) /* of the windows before that base the first alone is read */
			assert_int_equal(unread + 1, windows_before_last_base(fixture));
		/* what is delivered is what was given, at the boundaries that were asked for */
		hold_threads(fixture);
		boundaries = 0;
		at = 0;
		for (j = 0; j < fixture->out.count; j++)
			if (fixture->out.records[j].kind == RECORD_BOUNDARY) {
				boundaries++;
				at = fixture->out.records[j].boundary.at_ns;
			}
		assert_int_equal(boundaries, 1 + (400 + strides[i] - 1) / strides[i]);
		assert_int_equal(at, fixture->in.records[fixture->in.count - 1].boundary.at_ns);
	}
	/* one-shot records are never left out */
	fixture->quiet = false;
	make_stream(fixture, 60);
	write_all(fixture, fixture->in.count);
	read_some(fixture, 20);
	hold_same(fixture, RECORD_STALL, false);
}

static void test_a_thread_alone(void **state)
{
	struct fixture *fixture = *state;
	const pid_t tid = 1003;
	struct trace_range range = { .tids = &tid, .tid_count = 1 };
	size_t i, threads = 0;

	make_stream(fixture, 4);
	write_all(fixture, fixture->in.count);
	assert_int_equal(read_path(fixture, &range), 0);
	for (i = 0; i < fixture->out.count; i++) {
		const struct record *record = &fixture->out.records[i];

		if (record->kind == RECORD_THREAD) {
			threads++;
			assert_int_equal(record->thread.tid, tid);
		}
		if (record->kind == RECORD_WAKER)
			assert_int_equal(record->waker.thread_id, 3);
	}
	assert_true(threads > 0);
}

/* Two that began by the same clock, at another moment or by another recorder, are two. */
static void test_two_recordings_are_two(void **state)
{
	struct fixture *fixture = *state;
	const char *const names[] = { "one", "other" };
	struct source *source;
	char other[80];
	int fds[2], i;

	snprintf(other, sizeof(other), "%s.other", fixture->path);
	for (i = 0; i < 3; i++) {
		memset(&fixture->e, 0, sizeof(fixture->e));
		make_stream(fixture, 2);
		write_all(fixture, fixture->in.count);
		unlink(other);
		assert_int_equal(rename(fixture->path, other), 0);
		fixture->in.records[1].host.opened_ns += i == 1;
		fixture->in.records[1].host.recorder += i == 2;
		write_all(fixture, fixture->in.count);
		fds[0] = open(fixture->path, O_RDONLY | O_CLOEXEC);
		fds[1] = open(other, O_RDONLY | O_CLOEXEC);
		if (i) {
			assert_int_equal(source_file_open(fds, names, 2, &source, &fixture->e), -1);
			assert_non_null(strstr(fixture->e.text, "two recordings"));
		} else {
			assert_int_equal(source_file_open(fds, names, 2, &source, &fixture->e), 0);
			source->ops->close(source);
		}
	}
	unlink(other);
}

static void test_other_files_are_refused(void **state)
{
	struct fixture *fixture = *state;
	struct trace_head head = { .major = TRACE_MAJOR + 1 };

	assert_int_equal(read_bytes(fixture, (const uint8_t *)"", 0), -1);
	assert_non_null(strstr(fixture->e.text, "not a boundby trace"));
	assert_int_equal(read_bytes(fixture, (const uint8_t *)"#!/bin/sh\necho hello, world\n", 28),
			 -1);
	assert_non_null(strstr(fixture->e.text, "not a boundby trace"));
	memcpy(head.magic, TRACE_MAGIC, sizeof(head.magic));
	assert_int_equal(read_bytes(fixture, (const uint8_t *)&head, sizeof(head)), -1);
	assert_non_null(strstr(fixture->e.text, "version 2"));
	head.major = TRACE_MAJOR;
	assert_int_equal(read_bytes(fixture, (const uint8_t *)&head, sizeof(head)), -1);
	assert_non_null(strstr(fixture->e.text, "no whole window"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_range_is_its_windows, setup, teardown),
		cmocka_unit_test_setup_teardown(test_some_of_many_windows, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_thread_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_two_recordings_are_two, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_files_are_refused, setup, teardown),
	};

	return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
