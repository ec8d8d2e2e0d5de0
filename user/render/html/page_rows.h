/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The time of each of some subjects, threads or the whole target, by state and window. Bounded: where
 * it grows too long, windows are merged in pairs, which sums them exactly.
 */
#ifndef BOUNDBY_RENDER_HTML_PAGE_ROWS_H
#define BOUNDBY_RENDER_HTML_PAGE_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/index.h"
#include "model/model.h"

/* Time of a subject in one state in one window; never 0. */
struct page_cell {
	uint32_t subject; /* position in page_rows.subjects */
	uint32_t state; /* enum ledger_state */
	uint64_t ns;
};

struct page_window {
	uint64_t start_ns, duration_ns;
	struct page_cell *cells; /* by subject, then state, once sorted */
	size_t count, capacity;
};

/* Threads that ended and share a row of their process have one by name, with tid 0. */
struct page_subject {
	uint32_t pid, tid;
	char comm[RECORD_COMM_LEN];
	uint64_t ns, work_ns; /* of all windows */
};

struct page_rows {
	struct page_window *windows; /* in order of time */
	size_t count, capacity;
	struct page_subject *subjects;
	size_t subject_count, subject_capacity;
	struct index index; /* of subjects */
	size_t cells; /* in all windows */
	uint64_t merged; /* times that windows were merged in pairs */
};

/* Begins a window, which is the last from then on. 0 or -ENOMEM. */
int page_rows_begin(struct page_rows *rows, uint64_t start_ns, uint64_t duration_ns);

/* Adds the ledger of a thread, or with thread NULL one of a whole, to the last window. 0 or -ENOMEM. */
int page_rows_add(struct page_rows *rows, const struct process_model *process,
		  const struct thread_model *thread, const struct ledger *time);

/* Merges windows in pairs until there are at most this many, with at most this many cells. 0 or -ENOMEM. */
int page_rows_limit(struct page_rows *rows, size_t windows, size_t cells);

void page_rows_free(struct page_rows *rows);

#endif
