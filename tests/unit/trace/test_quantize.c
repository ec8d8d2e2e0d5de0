// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of trace/coarse and of how a file stores its output. Random threads that start, end and
 * change their behaviour: quantized values must be near the truth, sum up, never decrease, be exact
 * where promised, be small in the file, and be read back unchanged.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "trace/quantize.h"
#include "trace/source_quantize.h"
#include "trace/source_file.h"
#include "trace/recorder/writer.h"
#include "trace_format.h"

#define BEGIN 5000000000ULL
#define SECOND 1000000000ULL
#define MS 1000000ULL
#define MOST 100 /* threads */
#define MAX_RECORDS (4 * MOST + 8)

/* How a thread lives: waits a second, and how long it computes and is ready after each, on average. */
struct way {
	uint64_t waits, cpu_ns, ready_ns;
	bool regular; /* periodic, not random */
};

static const struct way ways[] = {
	{ 100, 8000, 27000, true }, /* as tests/bench/switchers.c has it */
	{ 100, 50000, 20000, false }, /* a busy server */
	{ 0, 0, 0, true }, /* waits for ever */
	{ 3, 1000, 30000, false }, /* rarely wakes */
	{ 2000, 300000, 150000, false }, /* computes most of the time */
};

#define MOST_WAITS 4000 /* a second, of any way */
#define NR_WAYS (sizeof(ways) / sizeof(ways[0]))

struct life {
	struct record_thread thread;
	struct record_waker waker;
	const struct way *way;
};

struct world {
	struct life lives[MOST];
	size_t threads;
	uint64_t seed, next_id, now;
	bool changing; /* threads come, go and change their ways */
	struct record exact[MAX_RECORDS], quantized[MAX_RECORDS];
	size_t count;
	struct quantizer coarse;
};

static uint64_t chance(struct world *world)
{
	world->seed ^= world->seed << 13;
	world->seed ^= world->seed >> 7;
	world->seed ^= world->seed << 17;
	return world->seed;
}

/* This much on average: periodic nearly exactly that, random a sum of many small parts. */
static uint64_t about(struct world *world, uint64_t mean, bool regular)
{
	uint64_t sum = 0;
	int i;

	if (!mean)
		return 0;
	if (regular)
		return mean - mean / 20 + chance(world) % (mean / 10 + 1);
	for (i = 0; i < 4; i++)
		sum += chance(world) % (mean / 2 + 1);
	return sum;
}

static void be_born(struct world *world, struct life *life)
{
	memset(life, 0, sizeof(*life));
	life->thread.id = ++world->next_id;
	life->thread.pid = 100;
	life->thread.process_start_ns = 7;
	life->thread.tid = 1000 + (uint32_t)life->thread.id;
	life->thread.start_ns = life->thread.end_ns = world->now;
	life->thread.entered_ns = world->now;
	life->thread.state = STATE_NETWORK;
	life->thread.throttled_ns = life->thread.id % 2 ? RECORD_UNKNOWN : 0;
	life->thread.born = world->now != BEGIN;
	snprintf(life->thread.comm, sizeof(life->thread.comm), "worker");
	life->waker.thread_id = life->thread.id;
	life->waker.state = STATE_NETWORK;
	life->way = &ways[chance(world) % NR_WAYS];
}

static void live_on(struct world *world, struct life *life, uint64_t to_ns)
{
	struct record_thread *thread = &life->thread;
	uint64_t left = to_ns - thread->end_ns, waits, cpu, ready, wait_ns;
	const struct way *way = life->way;

	waits = about(world, way->waits, way->regular) * left / SECOND;
	cpu = waits * about(world, way->cpu_ns, true);
	ready = waits * about(world, way->ready_ns, false);
	if (cpu + ready > left) {
		cpu = left / 3 * 2;
		ready = left / 4;
	}
	wait_ns = left - cpu - ready;
	thread->state_ns[STATE_ON_CPU] += cpu;
	thread->state_ns[STATE_RUNNABLE_WAKEUP] += ready;
	thread->state_ns[STATE_NETWORK] += wait_ns;
	if (thread->throttled_ns != RECORD_UNKNOWN)
		thread->throttled_ns += ready / 2;
	thread->state_count[STATE_ON_CPU] += waits;
	thread->state_count[STATE_RUNNABLE_WAKEUP] += waits;
	thread->state_count[STATE_NETWORK] += waits;
	thread->voluntary += waits;
	thread->migrations += waits ? chance(world) % 8 : 0;
	thread->in_idle += waits / 2 + (waits ? chance(world) % 10 : 0);
	thread->end_ns = to_ns;
	if (waits) {
		life->waker.count += waits;
		life->waker.ns = thread->state_ns[STATE_NETWORK] - wait_ns % (10 * MS);
		thread->state = chance(world) % SECOND < cpu ? STATE_ON_CPU : STATE_NETWORK;
		thread->entered_ns = to_ns - chance(world) % (left / waits + 1);
	}
}

static struct record *add(struct world *world, enum record_kind kind)
{
	struct record *record = &world->exact[world->count++];

	assert_true(world->count <= MAX_RECORDS);
	memset(record, 0, sizeof(*record));
	record->kind = kind;
	return record;
}

static void add_open_wait(struct world *world, const struct record_thread *thread)
{
	struct record_wait *wait = &add(world, RECORD_WAIT)->wait;
	uint64_t from = thread->entered_ns > BEGIN ? thread->entered_ns : BEGIN;

	wait->open = true;
	wait->pid = thread->pid;
	wait->tid = thread->tid;
	wait->process_start_ns = thread->process_start_ns;
	wait->state = thread->state;
	wait->ns = wait->max_ns = thread->end_ns - from;
}

/* The next snapshot: the truth in world->exact, the quantized output in world->quantized. */
static void next_snapshot(struct world *world, uint64_t to_ns, bool last)
{
	struct record *record;
	struct life *life;
	size_t i;

	world->count = 0;
	record = add(world, RECORD_SNAPSHOT);
	record->snapshot.at_ns = to_ns;
	record->snapshot.last = last;
	for (i = 0; i < world->threads; i++) {
		life = &world->lives[i];
		if (!life->thread.id || (world->changing && chance(world) % 40 == 0))
			be_born(world, life);
		if (world->changing && chance(world) % 15 == 0)
			life->way = &ways[chance(world) % NR_WAYS];
		live_on(world, life, to_ns);
		add(world, RECORD_THREAD)->thread = life->thread;
		add(world, RECORD_WAKER)->waker = life->waker;
		if (life->thread.state == STATE_NETWORK)
			add_open_wait(world, &life->thread);
	}
	add(world, RECORD_BOUNDARY)->boundary.at_ns = to_ns;
	memcpy(world->quantized, world->exact, sizeof(world->quantized));
	assert_int_equal(quantize_snapshot(&world->coarse, world->quantized, world->count), 0);
	world->now = to_ns;
}

static int setup(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	if (!world)
		return -1;
	world->threads = MOST;
	world->seed = 88172645463325252ULL;
	world->now = BEGIN;
	*state = world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;

	quantize_free(&world->coarse);
	free(world);
	return 0;
}

/* ---- what holds of a thread ------------------------------------------------------------------ */
static void hold_near(uint64_t quantized, uint64_t truth, uint64_t tolerance)
{
	assert_true((quantized > truth ? quantized - truth : truth - quantized) <= tolerance);
}

static void hold_thread(const struct record_thread *truth, const struct record_thread *quantized,
			const struct record_thread *old, uint64_t window_ns)
{
	uint64_t sum = 0;
	int s;

	for (s = 0; s < NR_STATES; s++) {
		sum += quantized->state_ns[s];
		/* the state that it was in at a boundary took what others left then */
		hold_near(quantized->state_ns[s], truth->state_ns[s], 4 * window_ns / COARSE_TIME);
		if (old) {
			assert_true(quantized->state_ns[s] >= old->state_ns[s]);
			assert_true(quantized->state_count[s] >= old->state_count[s]);
		}
	}
	assert_int_equal(sum, quantized->end_ns - quantized->start_ns);
	hold_near(quantized->entered_ns, truth->entered_ns, window_ns / COARSE_WAIT);
	assert_true(quantized->entered_ns <= quantized->end_ns);
	hold_near(quantized->voluntary, truth->voluntary, COARSE_COUNT + MOST_WAITS / 2);
	if (old)
		assert_true(quantized->voluntary >= old->voluntary);
	assert_int_equal(quantized->state, truth->state);
	assert_string_equal(quantized->comm, truth->comm);
	if (truth->throttled_ns == RECORD_UNKNOWN)
		assert_true(quantized->throttled_ns == RECORD_UNKNOWN);
	else
		hold_near(quantized->throttled_ns, truth->throttled_ns, window_ns / COARSE_TIME);
}

/* A whole snapshot; old: the threads of the previous one, by number modulo their size. */
static void hold_snapshot(const struct world *world, struct record_thread *old, size_t size,
			  uint64_t window_ns)
{
	const struct record_thread *thread = NULL;
	struct record_thread *before;
	size_t i;

	for (i = 0; i < world->count; i++) {
		const struct record *truth = &world->exact[i], *quantized = &world->quantized[i];

		if (truth->kind == RECORD_THREAD) {
			thread = &quantized->thread;
			before = &old[thread->id % size];
			hold_thread(&truth->thread, thread,
				    before->id == thread->id ? before : NULL, window_ns);
			*before = *thread;
		} else if (truth->kind == RECORD_WAIT) {
			assert_int_equal(quantized->wait.ns,
					 world->now - (thread->entered_ns > BEGIN ?
							       thread->entered_ns :
							       BEGIN));
			assert_int_equal(quantized->wait.ns, quantized->wait.max_ns);
		} else if (truth->kind == RECORD_WAKER) {
			hold_near(quantized->waker.ns, truth->waker.ns, window_ns / COARSE_WAIT);
		} else {
			assert_memory_equal(truth, quantized, sizeof(*truth));
		}
	}
}

static void test_near_the_truth_and_adds_up(void **state)
{
	struct world *world = *state;
	static struct record_thread old[4096];
	uint64_t at = BEGIN, before;
	size_t i, exact = 0;

	for (world->changing = false; !world->changing; world->changing = true)
		for (i = 0; i < 200; i++, at += SECOND - MS + chance(world) % (2 * MS)) {
			before = world->now;
			world->changing = i > 100;
			next_snapshot(world, at, false);
			if (i)
				hold_snapshot(world, old, 4096, at - before + 2 * MS);
			exact += !memcmp(world->exact, world->quantized, sizeof(world->exact));
		}
	assert_true(exact < 10);
}

static void test_exact_where_it_must_be(void **state)
{
	struct world *world = *state;
	uint64_t at = BEGIN;
	size_t i;

	for (i = 0; i <= 20; i++, at += SECOND) {
		next_snapshot(world, at, i == 20);
		if (!i || i == 20)
			assert_memory_equal(world->exact, world->quantized, sizeof(world->exact));
	}
	assert_int_equal(world->coarse.count, 0);
	/* few threads */
	world->threads = COARSE_THREADS;
	for (i = 0; i <= 20; i++, at += SECOND) {
		next_snapshot(world, at, false);
		assert_memory_equal(world->exact, world->quantized, sizeof(world->exact));
	}
	/* each window has a report */
	world->threads = MOST;
	quantize_begin(&world->coarse, &(struct record_capture){ .interval_ns = SECOND });
	for (i = 0; i <= 20; i++, at += SECOND) {
		next_snapshot(world, at, false);
		assert_memory_equal(world->exact, world->quantized, sizeof(world->exact));
	}
}

/* ---- files ----------------------------------------------------------------------------------- */
#define FILE_WINDOWS 700 /* several bases */

struct tape {
	struct record *records;
	size_t count;
	char path[64];
};

static void tape_begin(struct tape *tape)
{
	memset(tape, 0, sizeof(*tape));
	tape->records = calloc((size_t)FILE_WINDOWS * MAX_RECORDS, sizeof(struct record));
	assert_non_null(tape->records);
	snprintf(tape->path, sizeof(tape->path), "/tmp/boundby-coarse-%d.bbt", getpid());
	unlink(tape->path);
}

/* Writes windows and keeps the quantized output. Returns the size of the file. */
static size_t tape_write(struct tape *tape, struct world *world, size_t windows)
{
	struct record capture = { .kind = RECORD_CAPTURE, .capture.cpus = 2 };
	struct trace_writer *writer;
	struct stat stat_;
	struct err e = { 0 };
	uint64_t at = BEGIN;
	size_t i, j;

	assert_int_equal(trace_writer_open(tape->path, &writer, &e), 0);
	assert_int_equal(trace_writer_put(writer, &capture), 0);
	for (i = 0; i <= windows; i++, at += SECOND - MS / 10 + chance(world) % (MS / 5)) {
		next_snapshot(world, at, i == windows);
		for (j = 0; j < world->count; j++) {
			tape->records[tape->count++] = world->quantized[j];
			assert_int_equal(trace_writer_put(writer, &world->quantized[j]), 0);
		}
	}
	assert_int_equal(trace_writer_close(writer, &e), 0);
	assert_string_equal(e.text, "");
	assert_int_equal(stat(tape->path, &stat_), 0);
	return (size_t)stat_.st_size;
}

static void tape_end(struct tape *tape)
{
	unlink(tape->path);
	free(tape->records);
}

static struct source *tape_open(const struct tape *tape)
{
	int fd = open(tape->path, O_RDONLY | O_CLOEXEC);
	const char *name = "trace";
	struct source *source;
	struct err e = { 0 };

	assert_int_equal(source_file_open(&fd, &name, 1, &source, &e), 0);
	return source;
}

/* The record of this kind after *at in the quantized output. */
static const struct record *tape_next(const struct tape *tape, enum record_kind kind, size_t *at)
{
	while (*at < tape->count && tape->records[*at].kind != kind)
		++*at;
	assert_true(*at < tape->count);
	return &tape->records[(*at)++];
}

/* Wakers come in any order within their window. */
static void hold_waker(const struct tape *tape, size_t begin, const struct record *record)
{
	size_t at;

	for (at = begin; tape->records[at].kind != RECORD_BOUNDARY; at++)
		if (tape->records[at].kind == RECORD_WAKER &&
		    tape->records[at].waker.thread_id == record->waker.thread_id) {
			assert_memory_equal(&tape->records[at], record, sizeof(*record));
			return;
		}
	fail_msg("a waker that nobody quantized of");
}

static size_t hold_file(const struct tape *tape)
{
	struct source *source = tape_open(tape);
	size_t threads_at = 0, waits_at = 0, begin = 0, threads = 0;
	struct record record;
	struct err e = { 0 };

	while (source->ops->next(source, &record, &e) > 0) {
		if (record.kind == RECORD_THREAD)
			assert_memory_equal(tape_next(tape, RECORD_THREAD, &threads_at), &record,
					    sizeof(record));
		if (record.kind == RECORD_WAIT)
			assert_memory_equal(tape_next(tape, RECORD_WAIT, &waits_at), &record,
					    sizeof(record));
		if (record.kind == RECORD_WAKER)
			hold_waker(tape, begin, &record);
		if (record.kind == RECORD_BOUNDARY)
			tape_next(tape, RECORD_BOUNDARY, &begin);
		threads += record.kind == RECORD_THREAD;
	}
	source->ops->close(source);
	return threads;
}

static void test_a_file_gives_it_back(void **state)
{
	struct world *world = *state;
	struct tape tape;
	int round;

	for (round = 0; round < 2; round++) {
		tape_begin(&tape);
		world->changing = round;
		quantize_free(&world->coarse);
		memset(world->lives, 0, sizeof(world->lives));
		world->now = BEGIN;
		tape_write(&tape, world, FILE_WINDOWS - 1);
		assert_int_equal(hold_file(&tape), FILE_WINDOWS * MOST);
		tape_end(&tape);
	}
}

/* A hundred threads alike, at 10,000 switches a second: 50 MB a day are 578 bytes a window. */
static void test_what_is_steady_costs_little(void **state)
{
	struct world *world = *state;
	struct tape tape;
	size_t size, i;

	tape_begin(&tape);
	next_snapshot(world, BEGIN, false);
	for (i = 0; i < world->threads; i++)
		world->lives[i].way = &ways[0];
	quantize_free(&world->coarse);
	size = tape_write(&tape, world, FILE_WINDOWS - 1);
	tape_end(&tape);
	if (getenv("SHOW"))
		print_message("%zu bytes a window\n", size / FILE_WINDOWS);
	assert_true(size / FILE_WINDOWS < 578);
}

/* ---- damage ---------------------------------------------------------------------------------- */
static size_t nth_chunk(int fd, size_t number, struct trace_chunk *ret)
{
	size_t at = sizeof(struct trace_head);

	for (;; at += sizeof(*ret) + ret->stored_bytes) {
		assert_int_equal(pread(fd, ret, sizeof(*ret), (off_t)at), sizeof(*ret));
		if (!number--)
			return at;
	}
}

/*
 * After a lost chunk no state grows by more than it did, but that of which nothing is known; and
 * from the next base on all is as it was.
 */
static void test_damage_costs_only_what_it_hides(void **state)
{
	struct world *world = *state;
	static struct record_thread last[2][4096];
	const struct record_thread *truth, *out;
	struct trace_chunk chunk;
	struct source *source;
	struct record record;
	struct err e = { 0 };
	struct tape tape;
	uint64_t grown, real, hidden = 0, whole = 0, end = 0;
	size_t place, at = 0;
	int fd, s;
	uint8_t byte;

	tape_begin(&tape);
	tape_write(&tape, world, FILE_WINDOWS - 1);
	fd = open(tape.path, O_RDWR | O_CLOEXEC);
	place = nth_chunk(fd, 30, &chunk) + sizeof(chunk) + 9;
	assert_int_equal(chunk.type, TRACE_WINDOW);
	assert_int_equal(pread(fd, &byte, 1, (off_t)place), 1);
	byte ^= 4;
	assert_int_equal(pwrite(fd, &byte, 1, (off_t)place), 1);
	close(fd);
	source = tape_open(&tape);
	while (source->ops->next(source, &record, &e) > 0) {
		out = &record.thread;
		if (record.kind == RECORD_BOUNDARY)
			end = record.boundary.at_ns;
		if (record.kind != RECORD_THREAD)
			continue;
		truth = NULL;
		for (; at < tape.count && (tape.records[at].kind != RECORD_THREAD ||
					   tape.records[at].thread.end_ns <= out->end_ns);
		     at++) {
			truth = &tape.records[at].thread;
			if (tape.records[at].kind == RECORD_THREAD && truth->id == out->id &&
			    truth->end_ns == out->end_ns)
				break;
			truth = NULL;
		}
		if (!truth)
			continue; /* the boundary of the gap */
		if (last[0][out->id].id == out->id &&
		    last[0][out->id].end_ns > out->end_ns - 2 * SECOND)
			for (s = 0; s < NR_STATES; s++) {
				grown = out->state_ns[s] - last[0][out->id].state_ns[s];
				real = truth->state_ns[s] - last[1][out->id].state_ns[s];
				if (s == STATE_UNOBSERVED)
					hidden += grown;
				else
					assert_true(grown <= real);
				whole += real;
			}
		last[0][out->id] = *out;
		last[1][out->id] = *truth;
	}
	source->ops->close(source);
	tape_end(&tape);
	assert_int_equal(end, world->now);
	assert_true(hidden > 0 && hidden < whole / 2);
}

/* ---- the source ------------------------------------------------------------------------------ */
struct list {
	struct source source;
	const struct record *records;
	size_t count, next;
	bool closed;
};

static int list_next(struct source *source, struct record *ret, struct err *e)
{
	struct list *list = (struct list *)source;

	(void)e;
	if (list->next == list->count)
		return 0;
	*ret = list->records[list->next++];
	return 1;
}

static void list_close(struct source *source)
{
	((struct list *)source)->closed = true;
}

static void test_a_source_of_them(void **state)
{
	static const struct source_ops ops = { .next = list_next, .close = list_close };
	struct world *world = *state;
	struct record *all = calloc(5 * MAX_RECORDS, sizeof(*all)), record;
	struct record *quantized = calloc(5 * MAX_RECORDS, sizeof(*quantized));
	struct list list = { .source.ops = &ops, .records = all, .count = 1 };
	struct source *source;
	struct err e = { 0 };
	size_t i, count = 0;

	assert_true(all && quantized);
	all[0].kind = quantized[0].kind = RECORD_CAPTURE;
	for (i = 0; i < 5; i++) {
		next_snapshot(world, BEGIN + i * SECOND, i == 4);
		memcpy(all + list.count, world->exact, world->count * sizeof(*all));
		memcpy(quantized + list.count, world->quantized, world->count * sizeof(*all));
		list.count += world->count;
	}
	assert_int_equal(source_quantize_open(&list.source, &source, &e), 0);
	while (source->ops->next(source, &record, &e) > 0)
		assert_memory_equal(&record, &quantized[count++], sizeof(record));
	assert_int_equal(count, list.count);
	assert_true(memcmp(all, quantized, list.count * sizeof(*all)) != 0);
	source->ops->close(source);
	assert_true(list.closed);
	free(all);
	free(quantized);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_near_the_truth_and_adds_up, setup, teardown),
		cmocka_unit_test_setup_teardown(test_exact_where_it_must_be, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_file_gives_it_back, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_is_steady_costs_little, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damage_costs_only_what_it_hides, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_a_source_of_them, setup, teardown),
	};

	return cmocka_run_group_tests_name("coarse", tests, NULL, NULL);
}
