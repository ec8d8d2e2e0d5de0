/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Places of a program by the time spent there: takes samples with copies of stacks while the
 * processes live; returns records, a tree of frames and sums for each place.
 */
#ifndef BOUNDBY_COLLECT_PLACES_H
#define BOUNDBY_COLLECT_PLACES_H

#include <stdbool.h>
#include <stddef.h>

#include "collect/reader/stack_reader.h"
#include "lib/index.h"
#include "trace/record.h"
#include "wire.h"

struct place_node {
	struct record_place_frame record;
	bool used; /* while the others are looked for */
};

struct place_row {
	struct record_place record;
	uint64_t used_ns; /* when its last sample came */
};

/* Zeroed before use except the reader, freed by places_free. */
struct places {
	struct place_node *nodes;
	size_t node_count, node_capacity;
	struct index node_index; /* by caller and text */
	struct index id_index; /* by id */
	uint64_t last_id;
	struct place_row *rows;
	size_t row_count, row_capacity;
	struct index row_index;
	struct stack_reader *reader; /* borrowed */
	uint64_t dropped; /* samples that there was no room for ... */
	uint64_t dropped_ns[NR_STATES]; /* ... and the time that they stand for */
	uint64_t sampled_ns[NR_STATES]; /* that all samples stood for */
};

/* Adds a sample (STACK_PLACE), reading its stack. now: CLOCK_MONOTONIC ns. */
void places_add(struct places *places, const struct stack_event *event, uint64_t now);

/* Calls found() with a record of each frame, then of each place. 0 or negative errno. */
int places_each(const struct places *places, int (*found)(void *arg, const struct record *record),
		void *arg);

/*
 * Forgets places of processes that are over, and when there are many, those without a sample since
 * before_ns (CLOCK_MONOTONIC), with the frames that only they had. 0 or -ENOMEM.
 */
int places_forget(struct places *places, uint64_t before_ns);

void places_free(struct places *places);

#endif
