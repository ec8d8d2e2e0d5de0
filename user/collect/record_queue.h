/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records that wait to be delivered, in order, back to back. */
#ifndef BOUNDBY_COLLECT_RECORD_QUEUE_H
#define BOUNDBY_COLLECT_RECORD_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

#include "trace/record.h"

/* All zero: empty. */
struct record_queue {
	char *bytes;
	size_t used, capacity; /* bytes */
	size_t next; /* where the first that was not taken yet begins */
	size_t count; /* records that were not taken yet */
	bool out_of_memory; /* a record was not added */
};

/* A place in a queue, of which nothing was taken yet. */
struct record_queue_mark {
	size_t used, count;
};

/*
 * Room for one more of this kind, zeroed apart from its kind, until the next is added; NULL and noted when
 * out of memory. No other member than that of its kind may be touched.
 */
struct record *record_queue_add(struct record_queue *queue, enum record_kind kind);

/* Adds a copy. 0 or -ENOMEM, noted. */
int record_queue_put(struct record_queue *queue, const struct record *record);

/* What is added after a mark can be dropped again. */
struct record_queue_mark record_queue_mark(const struct record_queue *queue);
void record_queue_rewind(struct record_queue *queue, struct record_queue_mark mark);

/* Drops all. */
void record_queue_clear(struct record_queue *queue);

/*
 * Takes the oldest: kind and the member of that kind are filled. False: there is none, and the queue
 * is empty again.
 */
bool record_queue_take(struct record_queue *queue, struct record *ret);

void record_queue_free(struct record_queue *queue);

#endif
