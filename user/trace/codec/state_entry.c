// SPDX-License-Identifier: GPL-2.0-or-later
/* Computes the age of waits from the threads of a snapshot. */
#include "trace/codec/state_entry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/vec.h"

static uint64_t key_of(uint32_t tid)
{
	return index_hash(&tid, sizeof(tid), 0);
}

void state_entry_clear(struct state_entries *entered)
{
	index_clear(&entered->index);
	entered->count = 0;
}

void state_entry_free(struct state_entries *entered)
{
	index_free(&entered->index);
	free(entered->at_ns);
	memset(entered, 0, sizeof(*entered));
}

int state_entry_add(struct state_entries *entered, const struct record_thread *thread)
{
	uint64_t key = key_of(thread->tid);

	/* a number that two threads have, one after the other, is the first one's on both sides */
	if (index_find(&entered->index, key) != INDEX_NONE)
		return 0;
	if (vec_reserve((void **)&entered->at_ns, &entered->capacity, entered->count,
			sizeof(*entered->at_ns)) ||
	    index_add(&entered->index, key, entered->count))
		return -ENOMEM;
	entered->at_ns[entered->count++] = thread->entered_ns;
	return 0;
}

bool state_entry_age(const struct state_entries *entered, uint32_t tid, uint64_t from_ns,
		     uint64_t to_ns, uint64_t *ret)
{
	size_t position = index_find(&entered->index, key_of(tid));

	if (position == INDEX_NONE || entered->at_ns[position] <= from_ns ||
	    entered->at_ns[position] > to_ns)
		return false;
	*ret = to_ns - entered->at_ns[position];
	return true;
}

uint32_t state_entry_tid(int row, const uint8_t *values)
{
	return row == ROW_OPEN_WAIT ? ((const struct record_wait *)values)->tid :
				      ((const struct record_lock *)values)->tid;
}
