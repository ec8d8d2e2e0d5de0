/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Quantizes intermediate snapshots of many threads. Takes the records of a snapshot; returns in
 * their place records that agree within the tolerances below and need few bytes in a recording.
 * Session and writer get the same records, so that a live report and that of its recording are
 * equal.
 *
 * Exact to the nanosecond are: the first snapshot and the last, threads that ended, all snapshots
 * of 32 threads and fewer, and all of a capture that reports each interval; hence also the totals
 * of the whole watch. Other sums are near the truth, with an error that does not grow with time;
 * the states of a thread sum to its time exactly. Sums never decrease, except where an exact one
 * follows: the model then takes what a state lacks from the largest.
 */
#ifndef BOUNDBY_TRACE_QUANTIZE_H
#define BOUNDBY_TRACE_QUANTIZE_H

#include <stddef.h>

#include "lib/index.h"
#include "trace/record.h"

#define COARSE_THREADS 32 /* above this many they are quantized */
#define COARSE_TIME 1000 /* part of the window that time in a state may be off by */
#define COARSE_WAIT 64 /* ... how long a wait goes on, and what a waker is booked for */
#define COARSE_COUNT 32 /* counts of a thread: this many, and half of what a window adds */

/* All zero: nothing was seen yet. */
struct quantizer {
	bool each_counts; /* a report of each window was asked for */
	uint64_t first_ns, last_ns; /* boundaries: that opens the window, before this one; 0 none */
	uint64_t number; /* of the snapshot */
	struct quantize_row {
		uint64_t number; /* of the snapshot that it was in last */
		struct quantize_memory *memory;
	} * rows; /* values delivered for threads and wakers */
	size_t count, capacity;
	struct index index; /* by kind and key */
	struct index by_tid; /* threads of this snapshot -> rows */
};

/* Takes a record that is none of a snapshot: what the capture asked for. */
void quantize_begin(struct quantizer *coarse, const struct record_capture *capture);

/* Takes all records of a snapshot, from SNAPSHOT to BOUNDARY; changes them. 0 or -ENOMEM. */
int quantize_snapshot(struct quantizer *coarse, struct record *records, size_t count);

void quantize_free(struct quantizer *coarse);

#endif
