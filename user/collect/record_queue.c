// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A queue of records. Each takes as many bytes as its kind has: most are a tenth of the largest,
 * and a snapshot of ten thousand threads has a hundred thousand of them.
 */
#include "collect/record_queue.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "lib/vec.h"

#define ALIGNMENT 8

#define SIZE(member) (offsetof(struct record, capture) + sizeof(((struct record *)0)->member))

/* Bytes of a record up to the end of what its kind has. */
static const size_t sizes[NR_RECORD_KINDS] = {
	[RECORD_CAPTURE] = SIZE(capture),
	[RECORD_HOST] = SIZE(host),
	[RECORD_SETTING] = SIZE(setting),
	[RECORD_SNAPSHOT] = SIZE(snapshot),
	[RECORD_PROCESS] = SIZE(process),
	[RECORD_THREAD] = SIZE(thread),
	[RECORD_WAIT] = SIZE(wait),
	[RECORD_CALL] = SIZE(call),
	[RECORD_LOCK] = SIZE(lock),
	[RECORD_LOCK_PLACE] = SIZE(lock_place),
	[RECORD_LOCK_FRAME] = SIZE(lock_frame),
	[RECORD_PLACE_FRAME] = SIZE(place_frame),
	[RECORD_PLACE] = SIZE(place),
	[RECORD_LONG_WAIT] = SIZE(long_wait),
	[RECORD_LONG_WAIT_FRAME] = SIZE(long_wait_frame),
	[RECORD_BACKLOG] = SIZE(backlog),
	[RECORD_NEIGHBOUR] = SIZE(neighbour),
	[RECORD_WAKER] = SIZE(waker),
	[RECORD_HISTOGRAM] = SIZE(histogram),
	[RECORD_LOOP] = SIZE(loop),
	[RECORD_LAG] = SIZE(lag),
	[RECORD_STALL] = SIZE(stall),
	[RECORD_STALL_FRAME] = SIZE(stall_frame),
	[RECORD_INTERVAL] = SIZE(interval),
	[RECORD_LOSS] = SIZE(loss),
	[RECORD_OVERHEAD] = SIZE(overhead),
	[RECORD_CLOCK] = SIZE(clock),
	[RECORD_BOUNDARY] = SIZE(boundary),
};

static size_t room_of(enum record_kind kind)
{
	return (sizes[kind] + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

struct record *record_queue_add(struct record_queue *queue, enum record_kind kind)
{
	size_t room = room_of(kind);
	struct record *record;

	while (queue->capacity - queue->used < room)
		if (vec_reserve((void **)&queue->bytes, &queue->capacity, queue->capacity, 1)) {
			queue->out_of_memory = true;
			return NULL;
		}
	record = (struct record *)(queue->bytes + queue->used);
	memset(record, 0, room);
	record->kind = kind;
	queue->used += room;
	queue->count++;
	return record;
}

int record_queue_put(struct record_queue *queue, const struct record *record)
{
	struct record *slot = record_queue_add(queue, record->kind);

	if (!slot)
		return -ENOMEM;
	memcpy(slot, record, sizes[record->kind]);
	return 0;
}

struct record_queue_mark record_queue_mark(const struct record_queue *queue)
{
	return (struct record_queue_mark){ queue->used, queue->count };
}

void record_queue_rewind(struct record_queue *queue, struct record_queue_mark mark)
{
	queue->used = mark.used;
	queue->count = mark.count;
}

void record_queue_clear(struct record_queue *queue)
{
	/* of a storm; what each snapshot needs is kept */
	if (queue->used)
		vec_shrink((void **)&queue->bytes, &queue->capacity, queue->used, 1);
	queue->next = queue->used = queue->count = 0;
}

bool record_queue_take(struct record_queue *queue, struct record *ret)
{
	const struct record *record;

	if (queue->next == queue->used) {
		record_queue_clear(queue);
		return false;
	}
	record = (const struct record *)(queue->bytes + queue->next);
	memcpy(ret, record, sizes[record->kind]);
	queue->next += room_of(record->kind);
	queue->count--;
	return true;
}

void record_queue_free(struct record_queue *queue)
{
	free(queue->bytes);
	memset(queue, 0, sizeof(*queue));
}
