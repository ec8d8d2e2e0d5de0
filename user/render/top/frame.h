/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A frame: what the live screen shows of one window, copied out of its report, which is gone when
 * the next window comes. All texts in it are printable. Pure.
 */
#ifndef BOUNDBY_RENDER_TOP_FRAME_H
#define BOUNDBY_RENDER_TOP_FRAME_H

#include "render/report.h"
#include "render/top/rows.h"

#define TOP_CAUSES 4
#define TOP_LOOPS 32
#define TOP_LOCKS 16
#define TOP_STALLS 16
#define TOP_PLACES 64
#define TOP_STANDING 32

/* Rows that a frame has while it is the newest, and when it is kept as a past one. */
#define TOP_ROWS_NEW 4096
#define TOP_ROWS_KEPT 256

struct top_cause {
	double share;
	char kind[24], text[128], where[160];
};

struct top_loop {
	uint32_t pid, tid;
	char name[TOP_NAME_LEN];
	uint64_t iterations, stalls;
	uint64_t p99_ns, max_ns; /* RECORD_UNKNOWN: not known */
	double busy, stalled; /* shares of the window */
};

struct top_lock {
	uint64_t waits, wait_ns;
	char text[160];
};

struct top_stall {
	uint32_t tid;
	uint64_t at_unix_ns, duration_ns; /* at: when it ended, or the window did */
	bool open;
	const char *cause; /* static */
	char text[RECORD_PLACE_LEN + 140];
};

/* Where a process spent its time in a state. */
struct top_place {
	uint32_t pid, state;
	uint64_t ns;
	char where[RECORD_PLACE_LEN];
};

/* Where a thread waited for the whole window. */
struct top_standing {
	uint32_t pid, tid;
	char where[RECORD_PLACE_LEN];
};

struct top_frame {
	uint64_t number; /* of the window, from 1 */
	uint64_t end_unix_ns, duration_ns;
	enum verdict_class class;
	enum confidence confidence;
	char title[160], headline[200], advice[VERDICT_ADVICE_LEN];
	struct top_cause causes[TOP_CAUSES];
	size_t cause_count;
	uint64_t ns[NR_STATES]; /* of all threads */
	uint32_t mostly; /* state of work that took most; NR_STATES: it is idle */
	uint64_t lost;
	double cost; /* of one core, hooks and reader; NAN not known */
	struct top_rows processes, threads;
	struct top_loop loops[TOP_LOOPS];
	struct top_lock locks[TOP_LOCKS];
	struct top_stall stalls[TOP_STALLS];
	struct top_place places[TOP_PLACES];
	struct top_standing standing[TOP_STANDING];
	size_t loop_count, lock_count, stall_count, place_count, standing_count;
};

/* A copy of what is shown of the report, freed by top_frame_free; NULL: out of memory. */
struct top_frame *top_frame_new(const struct report *report, uint64_t number);
void top_frame_free(struct top_frame *frame); /* NULL is allowed */

/* Gives up the rows that a past frame does not keep. */
void top_frame_trim(struct top_frame *frame);

#endif
