/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Places of locks: shared memory identity, variable, and the stack of the longest wait. Takes
 * addresses and copies of stacks while the processes are alive; returns records.
 */
#ifndef BOUNDBY_COLLECT_LOCK_PLACES_H
#define BOUNDBY_COLLECT_LOCK_PLACES_H

#include <stdbool.h>
#include <stddef.h>

#include "collect/reader/stack_reader.h"
#include "lib/index.h"
#include "trace/record.h"
#include "wire.h"

/* Zeroed before use except the reader, freed by lock_places_free. */
struct lock_places {
	struct lock_place *places;
	size_t count, capacity;
	struct index index;
	size_t pending; /* stacks that are to be unwound */
	struct stack_reader *reader; /* borrowed */
	uint64_t dropped; /* stacks for which there was no room or no time */
};

/* Keeps the stack when it is that of the longest wait for its lock so far. */
void lock_places_stack(struct lock_places *places, const struct stack_event *event);

/* Unwinds at most this many of the stored stacks. now: CLOCK_MONOTONIC ns. */
void lock_places_unwind(struct lock_places *places, size_t most, uint64_t now);

/* Looks, once, at what a living process has at the address of a lock. */
void lock_places_look(struct lock_places *places, const struct lock_key *key, uint64_t now);

/* Calls found() with a record of each lock that something is known of. 0 or negative errno. */
int lock_places_each(const struct lock_places *places,
		     int (*found)(void *arg, const struct record *record), void *arg);

/*
 * Forgets locks of processes that are over, and when there are many, those that were not asked for
 * since before_ns (CLOCK_MONOTONIC): their rows are gone from the kernel's table. 0 or -ENOMEM.
 */
int lock_places_forget(struct lock_places *places, uint64_t before_ns);

void lock_places_free(struct lock_places *places);

#endif
