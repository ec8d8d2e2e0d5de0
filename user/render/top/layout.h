/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How figures become characters: bars, sparklines, room on the screen. Pure. */
#ifndef BOUNDBY_RENDER_TOP_LAYOUT_H
#define BOUNDBY_RENDER_TOP_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#include "states.h"

/* Of a state in bars and strips; all states of rest are '.', what is not known is '?'. */
char top_state_letter(uint32_t state);

/* The state of work with most of the time; NR_STATES: there is none. */
uint32_t top_mostly(const uint64_t ns[NR_STATES]);

/*
 * A bar of width cells: cells[i] is the state that it shows, NR_STATES behind the last. Each state
 * has its share of the width, rounded so that they sum to it; those of work come first.
 */
void top_bar(const uint64_t ns[NR_STATES], uint64_t wall_ns, size_t width, uint32_t *cells);

/* Height of a lag in a sparkline: 0 (below 0.1 ms, or not known) to 7 (0.1 s), two for each factor 10. */
#define TOP_SPARK_HEIGHTS 8
unsigned int top_spark(uint64_t ns);

/* The parts of the screen below the strip, each with a line of titles. */
enum top_part {
	TOP_PROCESSES,
	TOP_THREADS,
	TOP_LOOP_PART,
	TOP_LOCK_PART,
	TOP_STALL_PART,
	NR_TOP_PARTS
};

/*
 * Divides lines among the parts: each that has rows has its title and at least one row as long as
 * there is room, in the order of the list; threads take what is left. ret: lines with the title, 0:
 * the part is not shown.
 */
void top_divide(size_t lines, const size_t rows[NR_TOP_PARTS], size_t ret[NR_TOP_PARTS]);

#endif
