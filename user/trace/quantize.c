// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Replaces values by what a reader predicts anyway (predict.h) wherever that is within the
 * tolerance, and by a rounded value where it is not: most rows of most windows then need no bytes.
 */
#include "trace/quantize.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/vec.h"
#include "trace/codec/residual.h"
#include "trace/codec/predict.h"

#define WAKER_COUNT_PART 4 /* of what a window adds: a rare waker is written each time */

/* The values delivered for a row at the previous snapshot. */
struct quantize_memory {
	int row;
	union {
		struct record_thread thread;
		struct record_waker waker;
	};
	uint64_t entered_ns; /* of a thread, as it was */
	struct prediction steady;
};

/* A snapshot while it is worked on. */
struct pass {
	struct quantizer *coarse;
	uint64_t from_ns, to_ns;
	uint64_t time_ns, wait_ns; /* tolerances */
};

void quantize_begin(struct quantizer *coarse, const struct record_capture *capture)
{
	coarse->each_counts = capture->interval_ns != 0;
}

/* ---- memory ---------------------------------------------------------------------------------- */
static void memory_free(struct quantize_memory *memory)
{
	if (memory)
		predict_free(&memory->steady);
	free(memory);
}

static void forget_all(struct quantizer *coarse)
{
	size_t i;

	for (i = 0; i < coarse->count; i++)
		memory_free(coarse->rows[i].memory);
	coarse->count = 0;
	index_clear(&coarse->index);
}

void quantize_free(struct quantizer *coarse)
{
	forget_all(coarse);
	free(coarse->rows);
	index_free(&coarse->index);
	index_free(&coarse->by_tid);
	memset(coarse, 0, sizeof(*coarse));
}

static uint64_t key_of(int row, const void *payload)
{
	return index_hash(&row, sizeof(row), row_key(&row_kinds[row], payload));
}

/* Rows that were not in this snapshot are gone. */
static int forget_gone(struct quantizer *coarse)
{
	size_t i, kept = 0;
	int error = 0;

	for (i = 0; i < coarse->count; i++) {
		if (coarse->rows[i].number == coarse->number)
			coarse->rows[kept++] = coarse->rows[i];
		else
			memory_free(coarse->rows[i].memory);
	}
	if (kept == coarse->count)
		return 0;
	coarse->count = kept;
	index_clear(&coarse->index);
	for (i = 0; i < kept && !error; i++) {
		struct quantize_memory *memory = coarse->rows[i].memory;

		error = index_add(&coarse->index, key_of(memory->row, &memory->thread), i);
	}
	return error;
}

/* Room for the delivered values of a row; steady.sums NULL: none yet. NULL: out of memory. */
static struct quantize_row *row_of(struct quantizer *coarse, int row, const void *payload)
{
	uint64_t key = key_of(row, payload);
	size_t position = index_find(&coarse->index, key);
	struct quantize_row *made;

	if (position != INDEX_NONE)
		return &coarse->rows[position];
	if (vec_reserve((void **)&coarse->rows, &coarse->capacity, coarse->count, sizeof(*made)))
		return NULL;
	made = &coarse->rows[coarse->count];
	made->number = 0;
	made->memory = calloc(1, sizeof(*made->memory));
	if (!made->memory || index_add(&coarse->index, key, coarse->count)) {
		memory_free(made->memory);
		return NULL;
	}
	made->memory->row = row;
	coarse->count++;
	return made;
}

/* ---- figures --------------------------------------------------------------------------------- */
static bool is_near(uint64_t one, uint64_t other, uint64_t tolerance)
{
	return (one > other ? one - other : other - one) <= tolerance;
}

/* The largest power of two that is no more than that. */
static uint64_t grain_of(uint64_t ns)
{
	return ns ? 1ULL << (63 - __builtin_clzll(ns)) : 1;
}

/*
 * A sum near the truth that does not decrease: a multiple of the grain away from the predicted
 * value, so that the file can omit the low bits.
 */
static uint64_t to_grain(uint64_t old, uint64_t expected, uint64_t truth, uint64_t tolerance)
{
	uint64_t grain = grain_of(tolerance), written;

	if (truth <= old)
		return old; /* not a grain more each time */
	if (truth >= expected)
		written = expected + (truth - expected + grain / 2) / grain * grain;
	else
		written = expected - (expected - truth + grain / 2) / grain * grain;
	return (int64_t)(written - old) >= 0 ?
		       written :
		       written + (old - written + grain - 1) / grain * grain;
}

/* Tolerance of a count that is expected to grow by step. */
static uint64_t count_tolerance(uint64_t step)
{
	return COARSE_COUNT + ((int64_t)step > 0 ? step / 2 : 0);
}

/*
 * Each figure of a thread with what it was, is expected to be, and may be off by; where the expected
 * one will not do, and then for those that are half as far off as well, calls for another.
 */
struct figure {
	uint64_t *value; /* the true value; replaced by the quantized one */
	uint64_t old, expected, tolerance;
	bool time;
};

#define MAX_FIGURES (2 * NR_STATES + 7)

static size_t add_figure(struct figure *figures, size_t count, uint64_t *value, const uint64_t *old,
			 const uint64_t *expected, uint64_t time_ns)
{
	figures[count] =
		(struct figure){ .value = value,
				 .old = *old,
				 .expected = *expected,
				 .tolerance = time_ns ? time_ns : count_tolerance(*expected - *old),
				 .time = time_ns != 0 };
	return count + 1;
}

/* All but the time in the state that it is in, which takes what these leave. */
static size_t list_figures(const struct pass *pass, struct record_thread *thread,
			   const struct record_thread *old, const struct record_thread *expected,
			   struct figure *ret)
{
	size_t count = 0;
	uint32_t i;

#define ADD(field, time_ns) \
	count = add_figure(ret, count, &thread->field, &old->field, &expected->field, time_ns)
	for (i = 0; i < NR_STATES; i++) {
		if (i != thread->state)
			ADD(state_ns[i], pass->time_ns);
		ADD(state_count[i], 0);
	}
	if (thread->throttled_ns != RECORD_UNKNOWN && old->throttled_ns != RECORD_UNKNOWN)
		ADD(throttled_ns, pass->time_ns);
#define ADD_COUNTER(name) ADD(name, 0);
	THREAD_COUNTERS(ADD_COUNTER)
#undef ADD_COUNTER
#undef ADD
	return count;
}

static bool will_do(const struct figure *figure, uint64_t part)
{
	return figure->expected >= figure->old &&
	       is_near(figure->expected, *figure->value, figure->tolerance / part);
}

static void settle_figures(struct figure *figures, size_t count)
{
	uint64_t part = 1;
	size_t i;

	for (i = 0; i < count; i++)
		if (!will_do(&figures[i], 1))
			part = 2; /* the row is written: fields that would be due next go with it */
	for (i = 0; i < count; i++) {
		struct figure *figure = &figures[i];

		if (will_do(figure, part))
			*figure->value = figure->expected;
		else if (figure->time)
			*figure->value = to_grain(figure->old, figure->expected, *figure->value,
						  figure->tolerance);
		else if (*figure->value < figure->old)
			*figure->value = figure->old;
	}
}

/* ---- threads --------------------------------------------------------------------------------- */
/*
 * The state that it is in takes the rest of the time. When the others, each near the truth, have
 * taken too much, those that grew most give it back.
 */
static void close_thread(const struct pass *pass, const struct record_thread *old,
			 struct record_thread *thread)
{
	struct residual before;
	uint64_t rest, grown, most;
	uint32_t i, largest;

	residual_begin(&before, old);
	while ((int64_t)(rest = residual_of(&before, thread, pass->from_ns)) < 0) {
		for (i = largest = 0, most = 0; i < NR_STATES; i++) {
			grown = thread->state_ns[i] - old->state_ns[i];
			if (i != thread->state && grown > most) {
				most = grown;
				largest = i;
			}
		}
		if (!most)
			break;
		thread->state_ns[largest] -= most < -rest ? most : -rest;
	}
	thread->state_ns[thread->state] = old->state_ns[thread->state] + rest;
}

/* How long it has been in its state: as predicted, as written before, or rounded. */
static void settle_entered(const struct pass *pass, const struct quantize_memory *memory,
			   const struct record_thread *expected, struct record_thread *thread)
{
	uint64_t truth = thread->entered_ns, age = pass->to_ns - truth;
	uint64_t grain = grain_of(pass->wait_ns / 2);

	if (truth == memory->entered_ns)
		thread->entered_ns = memory->thread.entered_ns;
	else if (expected->entered_ns <= pass->to_ns &&
		 is_near(expected->entered_ns, truth, pass->wait_ns))
		thread->entered_ns = expected->entered_ns;
	else
		thread->entered_ns = pass->to_ns - age / grain * grain;
}

/* What a reader derives for a thread from its state alone. */
static void expect_thread(const struct pass *pass, const struct quantize_memory *memory,
			  uint32_t state, struct record_thread *ret)
{
	struct residual before;

	residual_begin(&before, &memory->thread);
	*ret = memory->thread;
	predict_go_on(&memory->steady, ROW_THREAD, pass->from_ns, pass->to_ns, (uint8_t *)ret);
	ret->end_ns = pass->to_ns;
	ret->state = state;
	ret->state_ns[state] = before.state_ns[state] + residual_of(&before, ret, pass->from_ns);
}

static int settle_thread(const struct pass *pass, struct quantize_memory *memory,
			 struct record_thread *thread)
{
	struct figure figures[MAX_FIGURES];
	struct record_thread expected;
	uint64_t entered_ns = thread->entered_ns;
	bool written = true;

	if (memory->steady.sums) {
		expect_thread(pass, memory, thread->state, &expected);
		written = thread->state != memory->thread.state;
		settle_figures(figures,
			       list_figures(pass, thread, &memory->thread, &expected, figures));
		close_thread(pass, &memory->thread, thread);
		settle_entered(pass, memory, &expected, thread);
		written |= memcmp(&expected, thread, sizeof(expected)) != 0;
	}
	memory->thread = *thread;
	memory->entered_ns = entered_ns;
	if (written)
		return predict_update(&memory->steady, ROW_THREAD, (const uint8_t *)thread);
	memory->steady.windows++;
	return 0;
}

static int take_thread(const struct pass *pass, struct record_thread *thread)
{
	struct quantize_row *row;

	/* written unchanged: it ended, or does not belong to this snapshot */
	if (thread->exited || thread->end_ns != pass->to_ns || thread->state >= NR_STATES ||
	    thread->entered_ns > pass->to_ns)
		return 0;
	row = row_of(pass->coarse, ROW_THREAD, thread);
	if (!row)
		return -ENOMEM;
	if (row->number == pass->coarse->number)
		return 0; /* a second one of that number */
	row->number = pass->coarse->number;
	if (index_find(&pass->coarse->by_tid, index_hash(&thread->tid, sizeof(thread->tid), 0)) ==
		    INDEX_NONE &&
	    index_add(&pass->coarse->by_tid, index_hash(&thread->tid, sizeof(thread->tid), 0),
		      (size_t)(row - pass->coarse->rows)))
		return -ENOMEM;
	return settle_thread(pass, row->memory, thread);
}

/* ---- what hangs on threads ------------------------------------------------------------------- */
static int take_waker(const struct pass *pass, struct record_waker *waker)
{
	struct quantize_row *row = row_of(pass->coarse, ROW_WAKER, waker);
	struct record_waker expected;
	struct quantize_memory *memory;
	uint64_t step;
	bool written = true;

	if (!row)
		return -ENOMEM;
	if (row->number == pass->coarse->number)
		return 0;
	row->number = pass->coarse->number;
	memory = row->memory;
	if (memory->steady.sums) {
		expected = memory->waker;
		predict_go_on(&memory->steady, ROW_WAKER, pass->from_ns, pass->to_ns,
			      (uint8_t *)&expected);
		step = expected.count - memory->waker.count;
		if ((int64_t)step >= 0 &&
		    is_near(expected.count, waker->count, step / WAKER_COUNT_PART))
			waker->count = expected.count;
		else if (waker->count < memory->waker.count)
			waker->count = memory->waker.count;
		if (expected.ns >= memory->waker.ns &&
		    is_near(expected.ns, waker->ns, pass->wait_ns))
			waker->ns = expected.ns;
		else
			waker->ns =
				to_grain(memory->waker.ns, expected.ns, waker->ns, pass->wait_ns);
		written = memcmp(&expected, waker, sizeof(expected)) != 0;
	}
	memory->waker = *waker;
	if (written)
		return predict_update(&memory->steady, ROW_WAKER, (const uint8_t *)waker);
	memory->steady.windows++;
	return 0;
}

/* A wait that goes on has lasted as long as its thread says. */
static void take_wait(const struct pass *pass, uint32_t tid, uint64_t *ns, uint64_t *max_ns)
{
	const struct quantizer *coarse = pass->coarse;
	size_t position = index_find(&coarse->by_tid, index_hash(&tid, sizeof(tid), 0));
	const struct quantize_memory *memory;
	uint64_t truth, written;

	if (position == INDEX_NONE)
		return;
	memory = coarse->rows[position].memory;
	truth = memory->entered_ns > coarse->first_ns ? memory->entered_ns : coarse->first_ns;
	written = memory->thread.entered_ns > coarse->first_ns ? memory->thread.entered_ns :
								 coarse->first_ns;
	if (*ns == pass->to_ns - truth && *max_ns == *ns)
		*ns = *max_ns = pass->to_ns - written;
}

/* ---- snapshots ------------------------------------------------------------------------------- */
static int take_rows(const struct pass *pass, struct record *records, size_t count)
{
	size_t i;
	int error = 0;

	for (i = 0; i < count && !error; i++)
		if (records[i].kind == RECORD_THREAD)
			error = take_thread(pass, &records[i].thread);
	for (i = 0; i < count && !error; i++) {
		struct record *record = &records[i];

		if (record->kind == RECORD_WAKER)
			error = take_waker(pass, &record->waker);
		else if (record->kind == RECORD_WAIT && record->wait.open)
			take_wait(pass, record->wait.tid, &record->wait.ns, &record->wait.max_ns);
		else if (record->kind == RECORD_LOCK && record->lock.open)
			take_wait(pass, record->lock.tid, &record->lock.ns, &record->lock.max_ns);
	}
	return error;
}

int quantize_snapshot(struct quantizer *coarse, struct record *records, size_t count)
{
	struct pass pass = { .coarse = coarse, .from_ns = coarse->last_ns };
	size_t threads = 0, i;
	bool exact = coarse->each_counts || !coarse->first_ns;
	int error;

	for (i = 0; i < count; i++) {
		threads += records[i].kind == RECORD_THREAD;
		if (records[i].kind == RECORD_SNAPSHOT) {
			pass.to_ns = records[i].snapshot.at_ns;
			exact |= records[i].snapshot.last;
		}
	}
	if (!coarse->first_ns)
		coarse->first_ns = pass.to_ns;
	coarse->last_ns = pass.to_ns;
	if (exact || threads <= COARSE_THREADS || pass.to_ns <= pass.from_ns) {
		forget_all(coarse);
		return 0;
	}
	coarse->number++;
	index_clear(&coarse->by_tid);
	pass.time_ns = (pass.to_ns - pass.from_ns) / COARSE_TIME;
	pass.wait_ns = (pass.to_ns - pass.from_ns) / COARSE_WAIT;
	error = take_rows(&pass, records, count);
	return error ? error : forget_gone(coarse);
}
