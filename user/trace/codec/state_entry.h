/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The age of a wait in progress follows from its thread, which precedes it in the same chunk:
 * writer and reader compute the same prediction.
 */
#ifndef BOUNDBY_TRACE_CODEC_STATE_ENTRY_H
#define BOUNDBY_TRACE_CODEC_STATE_ENTRY_H

#include "lib/index.h"
#include "trace/fields.h"

/* When threads entered the state that they are in at a boundary. All zero: empty. */
struct state_entries {
	uint64_t *at_ns;
	size_t count, capacity;
	struct index index; /* by thread number */
};

void state_entry_clear(struct state_entries *entered);
void state_entry_free(struct state_entries *entered);

/* Takes threads present in the chunk, back to back or one by one. 0 or -ENOMEM. */
int state_entry_add(struct state_entries *entered, const struct record_thread *thread);

/*
 * The age at to_ns of an open wait, or lock, of a thread that entered its state after from_ns. False:
 * it did before, so the wait is older than it was by the time since.
 */
bool state_entry_age(const struct state_entries *entered, uint32_t tid, uint64_t from_ns,
		     uint64_t to_ns, uint64_t *ret);

/* The thread of a row that has ages. */
uint32_t state_entry_tid(int row, const uint8_t *values);

#endif
