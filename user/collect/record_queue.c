// SPDX-License-Identifier: GPL-2.0-or-later
/* Receives records of a snapshot; hands them on one at a time. */
#include "collect/record_queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/vec.h"

struct record *record_queue_add(struct record_queue *queue, enum record_kind kind)
{
	struct record *record;

	if (vec_reserve((void **)&queue->records, &queue->capacity, queue->count,
			sizeof(*queue->records))) {
		queue->out_of_memory = true;
		return NULL;
	}
	record = &queue->records[queue->count++];
	memset(record, 0, sizeof(*record));
	record->kind = kind;
	return record;
}

int record_queue_put(struct record_queue *queue, const struct record *record)
{
	struct record *slot = record_queue_add(queue, record->kind);

	if (!slot)
		return -ENOMEM;
	*slot = *record;
	return 0;
}

bool record_queue_take(struct record_queue *queue, struct record *ret)
{
	if (queue->next == queue->count) {
		/* of a storm; what each snapshot needs is kept */
		if (queue->count)
			vec_shrink((void **)&queue->records, &queue->capacity, queue->count,
				   sizeof(*queue->records));
		queue->next = queue->count = 0;
		return false;
	}
	*ret = queue->records[queue->next++];
	return true;
}

void record_queue_free(struct record_queue *queue)
{
	free(queue->records);
	memset(queue, 0, sizeof(*queue));
}
