// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of trace on random record streams: a file gives them back whole, cut at any place, or with
 * any bit damaged, and never more than was written.
 */
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

static uint64_t chance(struct fixture *fixture)
{
	fixture->seed ^= fixture->seed << 13;
	fixture->seed ^= fixture->seed >> 7;
	fixture->seed ^= fixture->seed << 17;
	return fixture->seed;
}

static struct record *add(struct fixture *fixture, enum record_kind kind)
{
	struct record *record = &fixture->in.records[fixture->in.count++];

	assert_true(fixture->in.count < MAX_RECORDS);
	memset(record, 0, sizeof(*record));
	record->kind = kind;
	return record;
}

static void add_capture(struct fixture *fixture)
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

static void begin_thread(struct fixture *fixture, struct life *life, struct record_thread *thread)
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

static void live_on(struct fixture *fixture, struct record_thread *thread, uint64_t to_ns)
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

static void add_waker(struct fixture *fixture, const struct record_thread *thread)
{
	struct record_waker *waker = &add(fixture, RECORD_WAKER)->waker;

	waker->thread_id = thread->id;
	waker->state = STATE_SLEEP;
	waker->count = thread->state_count[STATE_SLEEP];
	waker->ns = thread->state_ns[STATE_SLEEP];
}

static void add_histogram(struct fixture *fixture, const struct record_thread *thread)
{
	struct record_histogram *histogram = &add(fixture, RECORD_HISTOGRAM)->histogram;

	histogram->thread_id = thread->id;
	histogram->state = STATE_SLEEP;
	histogram->count[20] = (uint32_t)thread->voluntary;
	histogram->count[thread->id % RECORD_HISTOGRAM_LEN] += 7;
}

static void add_open_wait(struct fixture *fixture, const struct record_thread *thread)
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

static void add_stall(struct fixture *fixture, const struct record_thread *thread)
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
static void add_window(struct fixture *fixture, struct life *life, uint64_t to_ns, bool last)
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

static void make_stream(struct fixture *fixture, size_t windows)
{
	struct life life = { .now = BEGIN };
	uint64_t at = BEGIN;
	size_t i;

	fixture->in.count = 0;
	add_capture(fixture);
	for (i = 0; i <= windows; i++, at += SECOND - 1000 + chance(fixture) % 2000)
		add_window(fixture, &life, at, i == windows);
}

static void write_all(struct fixture *fixture, size_t count)
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
static int read_fd(struct fixture *fixture, int fd, const struct trace_range *range)
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

static int read_path(struct fixture *fixture, const struct trace_range *range)
{
	return read_fd(fixture, open(fixture->path, O_RDONLY | O_CLOEXEC), range);
}

static int read_bytes(struct fixture *fixture, const uint8_t *bytes, size_t length)
{
	int fd = memfd_create("trace", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, length), length);
	return read_fd(fixture, fd, NULL);
}

/* Waits that go on and those that ended are two kinds to a file. */
static bool is_of(const struct record *record, enum record_kind kind, bool open)
{
	return record->kind == kind && (kind != RECORD_WAIT || record->wait.open == open);
}

/* Is the record in the window of that number that was read? */
static bool is_in_window(const struct fixture *fixture, const struct record *record, size_t number)
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
static void hold_same_set(const struct fixture *fixture, enum record_kind kind)
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
static void hold_same(const struct fixture *fixture, enum record_kind kind, bool open)
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

static int setup(void **state)
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

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	unlink(fixture->path);
	free(fixture->in.records);
	free(fixture->out.records);
	free(fixture);
	return 0;
}

static uint8_t *slurp(const char *path, size_t *ret_size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat stat;
	uint8_t *bytes;

	assert_true(fd >= 0 && !fstat(fd, &stat));
	*ret_size = (size_t)stat.st_size;
	bytes = malloc(*ret_size);
	assert_non_null(bytes);
	assert_int_equal(read(fd, bytes, *ret_size), *ret_size);
	close(fd);
	return bytes;
}

static void test_gives_back_what_it_was_given(void **state)
{
	struct fixture *fixture = *state;
	int round;
	enum record_kind kind;

	for (round = 0; round < 8; round++) {
		make_stream(fixture, 1 + (size_t)round * 6);
		write_all(fixture, fixture->in.count);
		assert_int_equal(read_path(fixture, NULL), 0);
		assert_int_equal(fixture->damage.bytes + fixture->damage.windows +
					 fixture->damage.missing_ns,
				 0);
		for (kind = 0; kind < NR_RECORD_KINDS; kind++)
			/* distributions are not written each time: they have their own test */
			if (kind != RECORD_SETTING && kind != RECORD_HISTOGRAM) {
				hold_same(fixture, kind, false);
				hold_same(fixture, kind, true);
			}
		assert_true(fixture->facts.ended);
		assert_int_equal(fixture->facts.first_ns, BEGIN);
		assert_int_equal(fixture->facts.setting_count, 1);
		assert_string_equal(fixture->facts.settings[0].name, "starvation");
	}
}

/* The last histogram of each thread that lives on is the one that was given last. */
static void test_distributions_are_told_in_the_end(void **state)
{
	struct fixture *fixture = *state;
	size_t i, j, checked = 0;

	make_stream(fixture, 40);
	write_all(fixture, fixture->in.count);
	assert_int_equal(read_path(fixture, NULL), 0);
	for (i = fixture->in.count - 1; fixture->in.records[i].kind != RECORD_SNAPSHOT; i--) {
		if (fixture->in.records[i].kind != RECORD_HISTOGRAM)
			continue;
		for (j = fixture->out.count - 1; fixture->out.records[j].kind != RECORD_SNAPSHOT;
		     j--)
			if (!memcmp(&fixture->out.records[j], &fixture->in.records[i],
				    sizeof(struct record)))
				break;
		assert_true(fixture->out.records[j].kind == RECORD_HISTOGRAM);
		checked++;
	}
	assert_true(checked > 5);
	/* and with a report of each window, each time */
	fixture->in.records[0].capture.interval_ns = SECOND;
	write_all(fixture, fixture->in.count);
	assert_int_equal(read_path(fixture, NULL), 0);
	hold_same(fixture, RECORD_HISTOGRAM, false);
}

static void test_file_is_private_and_new(void **state)
{
	struct fixture *fixture = *state;
	struct trace_writer *writer;
	struct stat stat_;
	char link[80];

	make_stream(fixture, 1);
	write_all(fixture, fixture->in.count);
	assert_int_equal(stat(fixture->path, &stat_), 0);
	assert_int_equal(stat_.st_mode & 07777, 0600);
	assert_int_equal(trace_writer_open(fixture->path, &writer, &fixture->e), -1);
	assert_non_null(strstr(fixture->e.text, "refusing to overwrite"));
	unlink(fixture->path);
	snprintf(link, sizeof(link), "%s.link", fixture->path);
	unlink(link);
	assert_int_equal(symlink(fixture->path, link), 0);
	assert_int_equal(trace_writer_open(link, &writer, &fixture->e), -1);
	assert_int_equal(access(fixture->path, F_OK), -1);
	unlink(link);
	assert_int_equal(trace_writer_open("/nowhere/x.bbt", &writer, &fixture->e), -1);
}

/* Of a stream with whole windows the first `windows` are there, and nothing else. */
static size_t windows_of(const struct stream *stream)
{
	size_t i, count = 0;

	for (i = 0; i < stream->count; i++)
		count += stream->records[i].kind == RECORD_BOUNDARY;
	return count;
}

/* Threads at each boundary that was delivered are as they were given. */
static void hold_threads(const struct fixture *fixture)
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

static void test_cut_anywhere_keeps_whole_windows(void **state)
{
	struct fixture *fixture = *state;
	size_t size, cut, windows, before = SIZE_MAX;
	uint8_t *bytes;

	make_stream(fixture, 5);
	write_all(fixture, fixture->in.count);
	bytes = slurp(fixture->path, &size);
	for (cut = size - 1; cut > size / 3; cut--) {
		int result = read_bytes(fixture, bytes, cut);

		windows = result ? 0 : windows_of(&fixture->out);
		assert_true(windows <= before);
		before = windows;
		if (result)
			continue;
		hold_threads(fixture);
		/* the tail and the index may be missing */
		assert_true(windows == 6 || !fixture->facts.ended || fixture->damage.bytes);
	}
	assert_true(before < 6);
	free(bytes);
}

static void test_no_bit_changes_a_figure_unseen(void **state)
{
	struct fixture *fixture = *state;
	size_t size, bit, changed = 0;
	uint8_t *bytes;

	make_stream(fixture, 3);
	write_all(fixture, fixture->in.count);
	bytes = slurp(fixture->path, &size);
	for (bit = 0; bit < 8 * size; bit++) {
		int result;

		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		result = read_bytes(fixture, bytes, size);
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (result) { /* refused with a sentence */
			assert_true(fixture->e.kind && fixture->e.text[0]);
			changed++;
		} else if (fixture->damage.bytes || fixture->damage.windows ||
			   fixture->damage.missing_ns) {
			changed++;
		} else {
			assert_int_equal(windows_of(&fixture->out), 4);
			hold_threads(fixture);
		}
	}
	/* what no checksum covers are the minor version, the spare word, and the tail */
	assert_true(changed > 8 * (size - 16 - sizeof(struct trace_tail)) - 64);
	free(bytes);
}

/* Offsets and types of the chunks of a file. */
static size_t find_chunks(const uint8_t *bytes, size_t size, size_t *offsets, uint32_t *types,
			  size_t most)
{
	size_t at = sizeof(struct trace_head), count = 0;
	struct trace_chunk head;

	while (at + sizeof(head) <= size && count < most) {
		memcpy(&head, bytes + at, sizeof(head));
		if (head.magic != TRACE_CHUNK_MAGIC)
			break;
		offsets[count] = at;
		types[count++] = head.type;
		at += sizeof(head) + head.stored_bytes;
	}
	return count;
}

static void test_a_lost_window_costs_itself_alone(void **state)
{
	struct fixture *fixture = *state;
	size_t size, offsets[64], count, i, lost, before;
	uint32_t types[64];
	uint8_t *bytes;

	make_stream(fixture, 30);
	write_all(fixture, fixture->in.count);
	bytes = slurp(fixture->path, &size);
	count = find_chunks(bytes, size, offsets, types, 64);
	assert_true(count > 31);
	for (lost = 3; lost < count - 2; lost++) {
		if (types[lost] != TRACE_WINDOW)
			continue;
		bytes[offsets[lost] + 60] ^= 0x10;
		assert_int_equal(read_bytes(fixture, bytes, size), 0);
		bytes[offsets[lost] + 60] ^= 0x10;
		assert_true(fixture->damage.bytes > 0);
		/* as many boundaries as before: that of the lost window closes a gap */
		assert_int_equal(windows_of(&fixture->out), 31);
		/* from window to window sums never grow by more than the time that passed */
		before = 0;
		for (i = 0; i < fixture->out.count; i++) {
			const struct record *record = &fixture->out.records[i];

			if (record->kind == RECORD_BOUNDARY) {
				assert_true(record->boundary.at_ns > before);
				before = record->boundary.at_ns;
			}
		}
	}
	free(bytes);
}

/* All time is there, in the state that it was in, or in none that is known. */
static void hold_increments(const struct record_thread *old, const struct record_thread *out,
			    const struct record_thread *in_old, const struct record_thread *in)
{
	uint64_t grown, truth, sum = 0, all = 0;
	int s;

	for (s = 0; s < NR_STATES; s++) {
		grown = out->state_ns[s] - old->state_ns[s];
		truth = in->state_ns[s] - in_old->state_ns[s];
		sum += grown;
		all += truth;
		if (s != STATE_UNOBSERVED)
			assert_true(grown <= truth);
	}
	assert_int_equal(sum, all);
}

/* What threads did in a window that is whole is right whatever is lost elsewhere. */
static void test_windows_after_damage_are_right(void **state)
{
	struct fixture *fixture = *state;
	size_t size, offsets[64], count, i, j, bases = 0;
	uint32_t types[64];
	struct record_thread last[2][64] = { 0 };
	uint8_t *bytes;

	make_stream(fixture, 40);
	write_all(fixture, fixture->in.count);
	bytes = slurp(fixture->path, &size);
	count = find_chunks(bytes, size, offsets, types, 64);
	for (i = 0; i < count; i++)
		bases += types[i] == TRACE_BASE;
	assert_true(bases >= 2); /* else nothing is written again */
	bytes[offsets[5] + 50] ^= 1;
	assert_int_equal(read_bytes(fixture, bytes, size), 0);
	free(bytes);
	/* the increments of each thread that is in both at two boundaries in a row */
	for (i = 0, j = 0; i < fixture->out.count; i++) {
		const struct record_thread *out = &fixture->out.records[i].thread, *old, *in_old,
					   *in;

		if (fixture->out.records[i].kind != RECORD_THREAD || out->exited)
			continue;
		for (j = 0; j < fixture->in.count; j++) {
			in = &fixture->in.records[j].thread;
			if (fixture->in.records[j].kind == RECORD_THREAD && in->id == out->id &&
			    in->end_ns == out->end_ns)
				break;
		}
		if (j == fixture->in.count)
			continue; /* the gap's own boundary */
		old = &last[0][out->id % 64];
		in_old = &last[1][out->id % 64];
		if (old->id == out->id && in_old->id == in->id && old->end_ns == in_old->end_ns &&
		    out->end_ns - old->end_ns < SECOND + SECOND / 2)
			hold_increments(old, out, in_old, in);
		last[0][out->id % 64] = *out;
		last[1][out->id % 64] = *in;
	}
}

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

static void test_some_of_many_windows(void **state)
{
	struct fixture *fixture = *state;
	uint64_t strides[] = { 1, 2, 7, 64, 150, 1000 }, unread, at;
	size_t i, j, boundaries;

	fixture->quiet = true;
	make_stream(fixture, 400);
	write_all(fixture, fixture->in.count);
	for (i = 0; i < sizeof(strides) / sizeof(strides[0]); i++) {
		unread = read_some(fixture, strides[i]);
		assert_true(strides[i] < 150 || unread > 200);
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
		cmocka_unit_test_setup_teardown(test_gives_back_what_it_was_given, setup, teardown),
		cmocka_unit_test_setup_teardown(test_distributions_are_told_in_the_end, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_file_is_private_and_new, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cut_anywhere_keeps_whole_windows, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_no_bit_changes_a_figure_unseen, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_a_lost_window_costs_itself_alone, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_windows_after_damage_are_right, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_a_range_is_its_windows, setup, teardown),
		cmocka_unit_test_setup_teardown(test_some_of_many_windows, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_thread_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_two_recordings_are_two, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_files_are_refused, setup, teardown),
	};

	return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
