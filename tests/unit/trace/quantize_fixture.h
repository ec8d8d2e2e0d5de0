/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What test_quantize.c and test_quantize_file.c share. */
#ifndef TEST_QUANTIZE_FIXTURE_H
#define TEST_QUANTIZE_FIXTURE_H

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

static inline uint64_t chance(struct world *world)
{
	world->seed ^= world->seed << 13;
	world->seed ^= world->seed >> 7;
	world->seed ^= world->seed << 17;
	return world->seed;
}

/* This much on average: periodic nearly exactly that, random a sum of many small parts. */
static inline uint64_t about(struct world *world, uint64_t mean, bool regular)
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

static inline void be_born(struct world *world, struct life *life)
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

static inline void live_on(struct world *world, struct life *life, uint64_t to_ns)
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

static inline struct record *add(struct world *world, enum record_kind kind)
{
	struct record *record = &world->exact[world->count++];

	assert_true(world->count <= MAX_RECORDS);
	memset(record, 0, sizeof(*record));
	record->kind = kind;
	return record;
}

static inline void add_open_wait(struct world *world, const struct record_thread *thread)
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
static inline void next_snapshot(struct world *world, uint64_t to_ns, bool last)
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

static inline int setup(void **state)
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

static inline int teardown(void **state)
{
	struct world *world = *state;

	quantize_free(&world->coarse);
	free(world);
	return 0;
}

#endif
