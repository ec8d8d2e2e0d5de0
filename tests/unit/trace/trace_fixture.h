/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What test_trace.c and test_trace_ranges.c share. */
#ifndef TEST_TRACE_FIXTURE_H
#define TEST_TRACE_FIXTURE_H

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "trace/codec/encode.h"
#include "trace/source_file.h"
#include "trace/recorder/writer.h"

#define BEGIN 5000000000ULL

#define SECOND 1000000000ULL

#define MAX_RECORDS 60000

struct stream {
	struct record *records;
	size_t count;
};

struct fixture {
	struct stream in, out;
	uint64_t seed;
	bool quiet; /* no thread starts, ends or stalls */
	char path[64];
	struct trace_damage damage;
	struct trace_facts facts;
	struct err e;
};

static inline uint64_t chance(struct fixture *fixture)
{
	fixture->seed ^= fixture->seed << 13;
	fixture->seed ^= fixture->seed >> 7;
	fixture->seed ^= fixture->seed << 17;
	return fixture->seed;
}

static inline struct record *add(struct fixture *fixture, enum record_kind kind)
{
	struct record *record = &fixture->in.records[fixture->in.count++];

	assert_true(fixture->in.count < MAX_RECORDS);
	memset(record, 0, sizeof(*record));
	record->kind = kind;
	return record;
}

static inline void add_capture(struct fixture *fixture)
{
	struct record *record = add(fixture, RECORD_CAPTURE);

	record->capture.start_realtime_ns = 1700000000 * SECOND;
	record->capture.switch_same_ns = RECORD_UNKNOWN;
	record->capture.cpus = 2;
	snprintf(record->capture.kernel, sizeof(record->capture.kernel), "6.18.44");
	record = add(fixture, RECORD_HOST);
	snprintf(record->host.host, sizeof(record->host.host), "there");
	snprintf(record->host.boot_id, sizeof(record->host.boot_id), "a-boot");
}

/* Threads: what each one is at is kept here, so that sums only grow and close. */
#define THREADS 24

struct life {
	struct record_thread threads[THREADS];
	uint64_t next_id, waits[8], now;
};

static inline void begin_thread(struct fixture *fixture, struct life *life,
				struct record_thread *thread)
{
	memset(thread, 0, sizeof(*thread));
	thread->id = ++life->next_id;
	thread->pid = 100 + (uint32_t)(chance(fixture) % 3);
	thread->tid = 1000 + (uint32_t)thread->id;
	thread->process_start_ns = thread->pid;
	thread->start_ns = thread->end_ns = life->now;
	thread->throttled_ns = RECORD_UNKNOWN;
	thread->born = life->now != BEGIN;
	snprintf(thread->comm, sizeof(thread->comm), "worker-%u", thread->tid % 5);
}

static inline void live_on(struct fixture *fixture, struct record_thread *thread, uint64_t to_ns)
{
	uint64_t left = to_ns - thread->end_ns, part;

	while (left) {
		part = chance(fixture) % 4 ? left : chance(fixture) % left + 1;
		thread->state =
			(uint32_t)(chance(fixture) % 5 ? STATE_SLEEP : chance(fixture) % NR_STATES);
		thread->state_ns[thread->state] += part;
		thread->state_count[thread->state]++;
		left -= part;
	}
	thread->end_ns = to_ns;
	thread->entered_ns = to_ns - chance(fixture) % SECOND;
	thread->voluntary += chance(fixture) % 100;
}

static inline void add_waker(struct fixture *fixture, const struct record_thread *thread)
{
	struct record_waker *waker = &add(fixture, RECORD_WAKER)->waker;

	waker->thread_id = thread->id;
	waker->state = STATE_SLEEP;
	waker->count = thread->state_count[STATE_SLEEP];
	waker->ns = thread->state_ns[STATE_SLEEP];
}

static inline void add_histogram(struct fixture *fixture, const struct record_thread *thread)
{
	struct record_histogram *histogram = &add(fixture, RECORD_HISTOGRAM)->histogram;

	histogram->thread_id = thread->id;
	histogram->state = STATE_SLEEP;
	histogram->count[20] = (uint32_t)thread->voluntary;
	histogram->count[thread->id % RECORD_HISTOGRAM_LEN] += 7;
}

static inline void add_open_wait(struct fixture *fixture, const struct record_thread *thread)
{
	struct record_wait *wait = &add(fixture, RECORD_WAIT)->wait;

	wait->open = true;
	wait->pid = thread->pid;
	wait->tid = thread->tid;
	wait->process_start_ns = thread->process_start_ns;
	wait->state = thread->state;
	wait->ns = wait->max_ns = thread->end_ns - thread->entered_ns;
	wait->call = -1;
	wait->family = 2;
	wait->peer_addr[15] = (uint8_t)thread->tid;
}

static inline void add_stall(struct fixture *fixture, const struct record_thread *thread)
{
	struct record_stall *stall = &add(fixture, RECORD_STALL)->stall;
	struct record *frame;
	uint32_t i;

	stall->thread_id = thread->id;
	stall->tid = thread->tid;
	stall->begin_ns = thread->end_ns;
	stall->end_ns = thread->end_ns + chance(fixture) % SECOND;
	stall->parts_ns[STATE_ON_CPU] = stall->end_ns - stall->begin_ns;
	snprintf(stall->where, sizeof(stall->where), "app.py:%u f",
		 (unsigned)(chance(fixture) % 50));
	for (i = 0; i < 3; i++) {
		frame = add(fixture, RECORD_STALL_FRAME);
		frame->stall_frame.thread_id = thread->id;
		frame->stall_frame.begin_ns = stall->begin_ns;
		frame->stall_frame.number = i;
		snprintf(frame->stall_frame.text, sizeof(frame->stall_frame.text), "f%u", i);
	}
}

/* One window: some threads end, some begin, the others go on. */
static inline void add_window(struct fixture *fixture, struct life *life, uint64_t to_ns, bool last)
{
	struct record_thread *thread;
	struct record *record;
	size_t i;

	for (i = 0; i < THREADS && life->now != BEGIN && !fixture->quiet; i++) {
		thread = &life->threads[i];
		if (chance(fixture) % 10 || !thread->id)
			continue;
		add_stall(fixture, thread);
		live_on(fixture, thread, thread->end_ns + chance(fixture) % SECOND);
		thread->exited = true;
		add(fixture, RECORD_THREAD)->thread = *thread;
		add_waker(fixture, thread);
		begin_thread(fixture, life, thread);
	}
	record = add(fixture, RECORD_SNAPSHOT);
	record->snapshot.at_ns = to_ns;
	record->snapshot.last = last;
	for (i = 0; i < THREADS; i++) {
		thread = &life->threads[i];
		if (!thread->id)
			begin_thread(fixture, life, thread);
		live_on(fixture, thread, to_ns);
		add(fixture, RECORD_THREAD)->thread = *thread;
		add_waker(fixture, thread);
		if (chance(fixture) % 3)
			add_histogram(fixture, thread);
		if (thread->state > STATE_RUNNABLE_PREEMPTED)
			add_open_wait(fixture, thread);
	}
	for (i = 0; i < 8; i++) {
		record = add(fixture, RECORD_WAIT);
		record->wait.pid = 100;
		record->wait.state = STATE_NETWORK;
		record->wait.call = (int32_t)i;
		record->wait.ns = life->waits[i] += chance(fixture) % 2 ? chance(fixture) % SECOND :
									  0;
		snprintf(record->wait.call_name, sizeof(record->wait.call_name), "call%zu", i);
	}
	add(fixture, RECORD_LOSS);
	record = add(fixture, RECORD_OVERHEAD);
	record->overhead.bpf_run_ns = chance(fixture) % 2 ? RECORD_UNKNOWN :
							    chance(fixture) % SECOND;
	add(fixture, RECORD_BOUNDARY)->boundary.at_ns = to_ns;
	life->now = to_ns;
}

static inline void make_stream(struct fixture *fixture, size_t windows)
{
	struct life life = { .now = BEGIN };
	uint64_t at = BEGIN;
	size_t i;

	fixture->in.count = 0;
	add_capture(fixture);
	for (i = 0; i <= windows; i++, at += SECOND - 1000 + chance(fixture) % 2000)
		add_window(fixture, &life, at, i == windows);
}

static inline void write_all(struct fixture *fixture, size_t count)
{
	struct trace_writer *writer;
	size_t i;

	unlink(fixture->path);
	assert_int_equal(trace_writer_open(fixture->path, &writer, &fixture->e), 0);
	assert_int_equal(trace_writer_setting(writer, "starvation", 0.25), 0);
	for (i = 0; i < count; i++)
		assert_int_equal(trace_writer_put(writer, &fixture->in.records[i]), 0);
	assert_int_equal(trace_writer_close(writer, &fixture->e), 0);
	assert_string_equal(fixture->e.text, "");
}

/* Reads a file descriptor into fixture->out; -1 with fixture->e filled. */
static inline int read_fd(struct fixture *fixture, int fd, const struct trace_range *range)
{
	const char *name = "trace";
	struct source *source;
	struct record record;
	int got;

	fixture->out.count = 0;
	memset(&fixture->damage, 0, sizeof(fixture->damage));
	memset(&fixture->e, 0, sizeof(fixture->e));
	if (source_file_open(&fd, &name, 1, &source, &fixture->e))
		return -1;
	fixture->facts = *source_file_facts(source);
	if (range && source_file_select(source, range, &fixture->e)) {
		source->ops->close(source);
		return -1;
	}
	while ((got = source->ops->next(source, &record, &fixture->e)) > 0) {
		assert_true(fixture->out.count < MAX_RECORDS);
		fixture->out.records[fixture->out.count++] = record;
	}
	fixture->damage = *source_file_damage(source);
	source->ops->close(source);
	return got;
}

static inline int read_path(struct fixture *fixture, const struct trace_range *range)
{
	return read_fd(fixture, open(fixture->path, O_RDONLY | O_CLOEXEC), range);
}

static inline int read_bytes(struct fixture *fixture, const uint8_t *bytes, size_t length)
{
	int fd = memfd_create("trace", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, length), length);
	return read_fd(fixture, fd, NULL);
}

/* Waits that go on and those that ended are two kinds to a file. */
static inline bool is_of(const struct record *record, enum record_kind kind, bool open)
{
	return record->kind == kind && (kind != RECORD_WAIT || record->wait.open == open);
}

/* Is the record in the window of that number that was read? */
static inline bool is_in_window(const struct fixture *fixture, const struct record *record,
				size_t number)
{
	size_t i, windows = 0;

	for (i = 0; i < fixture->out.count && windows <= number; i++) {
		if (windows == number && !memcmp(&fixture->out.records[i], record, sizeof(*record)))
			return true;
		windows += fixture->out.records[i].kind == RECORD_BOUNDARY;
	}
	return false;
}

/* Records whose order is irrelevant. */
static inline void hold_same_set(const struct fixture *fixture, enum record_kind kind)
{
	size_t i, windows = 0, count = 0;

	for (i = 0; i < fixture->in.count; i++) {
		const struct record *in = &fixture->in.records[i];

		if (is_of(in, kind, false)) {
			count++;
			if (!is_in_window(fixture, in, windows))
				fail_msg("kind %d, window %zu, record %zu differs", kind, windows,
					 i);
		}
		windows += in->kind == RECORD_BOUNDARY;
	}
	for (i = 0; i < fixture->out.count; i++)
		count -= is_of(&fixture->out.records[i], kind, false);
	assert_int_equal(count, 0);
}

/*
 * Records of one kind between two boundaries, in their order; kinds may come in another order than
 * they were given in.
 */
static inline void hold_same(const struct fixture *fixture, enum record_kind kind, bool open)
{
	size_t i, j = 0, windows = 0;

	if (kind == RECORD_WAKER || kind == RECORD_HISTOGRAM || (kind == RECORD_WAIT && !open)) {
		hold_same_set(fixture, kind);
		return;
	}
	for (i = 0; i < fixture->in.count; i++) {
		const struct record *in = &fixture->in.records[i], *out;
		struct record want = *in;

		windows += in->kind == RECORD_BOUNDARY;
		if (!is_of(in, kind, open))
			continue;
		while (j < fixture->out.count && !is_of(&fixture->out.records[j], kind, open))
			j++;
		if (j == fixture->out.count)
			fail_msg("kind %d, window %zu, record %zu is missing", kind, windows, i);
		out = &fixture->out.records[j++];
		if (kind == RECORD_CAPTURE)
			want.capture.from_trace = true;
		if (memcmp(&want, out, sizeof(want)))
			fail_msg("kind %d, window %zu, record %zu differs", kind, windows, i);
	}
	while (j < fixture->out.count && !is_of(&fixture->out.records[j], kind, open))
		j++;
	assert_int_equal(j, fixture->out.count);
}

static inline int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	if (!fixture)
		return -1;
	fixture->in.records = calloc(MAX_RECORDS, sizeof(struct record));
	fixture->out.records = calloc(MAX_RECORDS, sizeof(struct record));
	fixture->seed = 88172645463325252ULL;
	snprintf(fixture->path, sizeof(fixture->path), "/tmp/boundby-test-%d.bbt", getpid());
	unlink(fixture->path);
	*state = fixture;
	return fixture->in.records && fixture->out.records ? 0 : -1;
}

static inline int teardown(void **state)
{
	struct fixture *fixture = *state;

	unlink(fixture->path);
	free(fixture->in.records);
	free(fixture->out.records);
	free(fixture);
	return 0;
}

/* Of a stream with whole windows the first `windows` are there, and nothing else. */
static inline size_t windows_of(const struct stream *stream)
{
	size_t i, count = 0;

	for (i = 0; i < stream->count; i++)
		count += stream->records[i].kind == RECORD_BOUNDARY;
	return count;
}

/* Threads at each boundary that was delivered are as they were given. */
static inline void hold_threads(const struct fixture *fixture)
{
	size_t i, j = 0;

	for (i = 0; i < fixture->out.count; i++) {
		const struct record *out = &fixture->out.records[i], *in;

		if (out->kind != RECORD_THREAD)
			continue;
		do {
			assert_true(j < fixture->in.count);
			in = &fixture->in.records[j++];
		} while (in->kind != RECORD_THREAD || in->thread.id != out->thread.id ||
			 in->thread.end_ns != out->thread.end_ns);
		assert_memory_equal(&in->thread, &out->thread, sizeof(in->thread));
		/* kinds come apart, so the next may have been before this one */
		while (j && fixture->in.records[j - 1].kind != RECORD_BOUNDARY)
			j--;
	}
}

#endif
