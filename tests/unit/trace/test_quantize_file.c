// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of what a file with quantized figures gives back, and what damage costs there. */
#include "trace/quantize_fixture.h"

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

/* Flips a bit in the chunk of this number, which holds a window. */
static void damage(const struct tape *tape, unsigned int number)
{
	int fd = open(tape->path, O_RDWR | O_CLOEXEC);
	struct trace_chunk chunk;
	size_t place = nth_chunk(fd, number, &chunk) + sizeof(chunk) + 9;
	uint8_t byte;

	assert_int_equal(chunk.type, TRACE_WINDOW);
	assert_int_equal(pread(fd, &byte, 1, (off_t)place), 1);
	byte ^= 4;
	assert_int_equal(pwrite(fd, &byte, 1, (off_t)place), 1);
	close(fd);
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
	struct source *source;
	struct record record;
	struct err e = { 0 };
	struct tape tape;
	uint64_t grown, real, hidden = 0, whole = 0, end = 0;
	size_t at = 0;
	int s;

	tape_begin(&tape);
	tape_write(&tape, world, FILE_WINDOWS - 1);
	damage(&tape, 30);
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
		cmocka_unit_test_setup_teardown(test_a_file_gives_it_back, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_is_steady_costs_little, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damage_costs_only_what_it_hides, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_a_source_of_them, setup, teardown),
	};

	return cmocka_run_group_tests_name("coarse", tests, NULL, NULL);
}
