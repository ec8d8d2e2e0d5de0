/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records that wait to be handed on, in order. */
#ifndef BOUNDBY_COLLECT_RECORD_QUEUE_H
#define BOUNDBY_COLLECT_RECORD_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

#include "trace/record.h"

/* All zero: empty. */
struct record_queue {
	struct record *records;
	size_t count, capacity;
	size_t next; /* first that was not taken yet */
	bool out_of_memory; /* a record was not added */
};

/* Room for one more, zeroed but for its kind; NULL and noted when out of memory. */
struct record *record_queue_add(struct record_queue *queue, enum record_kind kind);

/* Adds a copy. 0 or -ENOMEM, noted. */
int record_queue_put(struct record_queue *queue, const struct record *record);

/* Takes the oldest. False: there is none, and the queue is empty again. */
bool record_queue_take(struct record_queue *queue, struct record *ret);

void record_queue_free(struct record_queue *queue);

#endif
