// SPDX-License-Identifier: GPL-2.0-or-later
/* Moves events from the kernel's rings into memory, in a thread of its own. */
#include "collect/bpf/ring_drain.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/units.h"

/* Bytes: some 25,000 ends of threads; and stacks, of which there are more than will be read. */
#define EVENTS_MAX (64UL << 20)
#define STACKS_MAX (8UL << 20)
#define BLOCK_BYTES 65000 /* with malloc's own below 64 kB; larger than any event */
#define ALIGNMENT 8
/*
 * When the thread steps in, after the rings were emptied last: boundby itself does so each 50 ms, or
 * each 200 ms while nothing happens. Threads that end at 10,000 a second fill a ring in 300 ms.
 */
#define LATE_NS 100000000ULL
#define LATE_QUIET_NS 250000000ULL

struct kept {
	uint32_t size; /* of the event behind it */
	uint32_t ring; /* index of rings */
};

struct block {
	struct block *next;
	size_t used;
	unsigned char bytes[BLOCK_BYTES] __attribute__((aligned(ALIGNMENT)));
};

struct ring {
	struct ring_drain *drain;
	ring_drain_found *found;
	size_t bytes, most; /* kept of it; with the lock */
};

struct ring_drain {
	struct ring rings[2];
	void *arg;
	pthread_t thread;
	bool has_thread;
	pthread_mutex_t lock; /* of all that follows */
	pthread_cond_t end_wanted;
	bool end;
	struct ring_buffer *buffer;
	struct block *first, *last;
	uint64_t emptied_ns; /* CLOCK_MONOTONIC */
	uint64_t late_ns; /* from then on to when the thread steps in */
	uint64_t dropped;
};

/* ---- what is kept: with the lock -------------------------------------------------------------- */
/* Room for one more event, NULL: there is no memory. */
static void *room(struct ring_drain *drain, size_t size)
{
	struct block *block = drain->last;

	if (!block || BLOCK_BYTES - block->used < size) {
		block = size <= BLOCK_BYTES ? malloc(sizeof(*block)) : NULL;
		if (!block)
			return NULL;
		block->next = NULL;
		block->used = 0;
		if (drain->last)
			drain->last->next = block;
		else
			drain->first = block;
		drain->last = block;
	}
	block->used += size;
	return block->bytes + block->used - size;
}

/* Called by libbpf. Not 0: it is to stop behind this event. */
static int keep(void *arg, void *data, size_t size)
{
	struct ring *ring = arg;
	struct ring_drain *drain = ring->drain;
	const struct kept head = { (uint32_t)size, (uint32_t)(ring - drain->rings) };
	const size_t whole = sizeof(head) + (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	unsigned char *place = room(drain, whole);

	if (!place) {
		drain->dropped++;
		return 0;
	}
	memcpy(place, &head, sizeof(head));
	memcpy(place + sizeof(head), data, size);
	ring->bytes += whole;
	return ring->bytes > ring->most ? -ENOBUFS : 0;
}

/* 0, -ENOBUFS: there is more than may be kept, or another negative errno. Stacks come behind events. */
static int empty_rings(struct ring_drain *drain)
{
	const struct ring *events = &drain->rings[0];
	int result = events->bytes > events->most ? -ENOBUFS : ring_buffer__consume(drain->buffer);

	drain->emptied_ns = clock_ns(CLOCK_MONOTONIC);
	return result < 0 ? result : 0;
}

/* ---- the thread ------------------------------------------------------------------------------- */
static void *drain_main(void *arg)
{
	struct ring_drain *drain = arg;
	struct timespec at;
	uint64_t due_ns;

	prctl(PR_SET_NAME, "boundby-drain", 0, 0, 0);
	pthread_mutex_lock(&drain->lock);
	while (!drain->end) {
		due_ns = drain->emptied_ns + drain->late_ns;
		if (clock_ns(CLOCK_MONOTONIC) >= due_ns) {
			empty_rings(drain); /* an error is met, and said, in ring_drain_take */
			continue;
		}
		at.tv_sec = (time_t)(due_ns / NS_PER_S);
		at.tv_nsec = (long)(due_ns % NS_PER_S);
		pthread_cond_timedwait(&drain->end_wanted, &drain->lock, &at);
	}
	pthread_mutex_unlock(&drain->lock);
	return NULL;
}

/* All signals are the main thread's: they end its waits. */
static int start_thread(struct ring_drain *drain)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&drain->thread, NULL, drain_main, drain);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	drain->has_thread = !error;
	return -error;
}

static void init_lock(struct ring_drain *drain)
{
	pthread_condattr_t monotonic;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_mutex_init(&drain->lock, NULL);
	pthread_cond_init(&drain->end_wanted, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

int ring_drain_start(int events, ring_drain_found *on_event, int stacks, ring_drain_found *on_stack,
		     void *arg, struct ring_drain **ret)
{
	struct ring_drain *drain = calloc(1, sizeof(*drain));
	int error;

	if (!drain)
		return -ENOMEM;
	init_lock(drain);
	drain->arg = arg;
	drain->rings[0] = (struct ring){ drain, on_event, 0, EVENTS_MAX };
	drain->rings[1] = (struct ring){ drain, on_stack, 0, STACKS_MAX };
	drain->emptied_ns = clock_ns(CLOCK_MONOTONIC);
	drain->late_ns = LATE_NS;
	drain->buffer = ring_buffer__new(events, keep, &drain->rings[0], NULL);
	error = drain->buffer ? 0 : -errno;
	if (!error && stacks >= 0)
		error = ring_buffer__add(drain->buffer, stacks, keep, &drain->rings[1]);
	if (!error)
		error = start_thread(drain);
	if (error)
		ring_drain_stop(drain);
	else
		*ret = drain;
	return error;
}

static void free_blocks(struct block *block)
{
	struct block *next;

	for (; block; block = next) {
		next = block->next;
		free(block);
	}
}

void ring_drain_stop(struct ring_drain *drain)
{
	if (!drain)
		return;
	pthread_mutex_lock(&drain->lock);
	drain->end = true;
	pthread_cond_signal(&drain->end_wanted);
	pthread_mutex_unlock(&drain->lock);
	if (drain->has_thread)
		pthread_join(drain->thread, NULL);
	ring_buffer__free(drain->buffer);
	free_blocks(drain->first);
	pthread_cond_destroy(&drain->end_wanted);
	pthread_mutex_destroy(&drain->lock);
	free(drain);
}

/* ---- taking them ------------------------------------------------------------------------------ */
/* Frees each block as soon as its events are handed over. Returns how many they were. */
static int hand_over(struct ring_drain *drain, struct block *block)
{
	struct block *next;
	struct kept head;
	size_t at;
	int count = 0;

	for (; block; block = next) {
		for (at = 0; at < block->used; count++) {
			memcpy(&head, block->bytes + at, sizeof(head));
			at += sizeof(head);
			drain->rings[head.ring].found(drain->arg, block->bytes + at, head.size);
			at += (head.size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
		}
		next = block->next;
		free(block);
	}
	return count;
}

int ring_drain_take(struct ring_drain *drain)
{
	struct block *taken;
	int error, count = 0;

	do {
		pthread_mutex_lock(&drain->lock);
		error = empty_rings(drain);
		taken = drain->first;
		drain->first = drain->last = NULL;
		drain->rings[0].bytes = drain->rings[1].bytes = 0;
		drain->late_ns = taken ? LATE_NS : LATE_QUIET_NS;
		pthread_mutex_unlock(&drain->lock);
		count += hand_over(drain, taken);
	} while (error == -ENOBUFS);
	return error ? error : count;
}

uint64_t ring_drain_dropped(struct ring_drain *drain)
{
	uint64_t dropped;

	pthread_mutex_lock(&drain->lock);
	dropped = drain->dropped;
	pthread_mutex_unlock(&drain->lock);
	return dropped;
}
