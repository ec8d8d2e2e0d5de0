/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes and threads on the live screen: their rows, order and choice. Pure. */
#ifndef BOUNDBY_RENDER_TOP_ROWS_H
#define BOUNDBY_RENDER_TOP_ROWS_H

#include "model/model.h"
#include "verdict/class.h"

#define TOP_NAME_LEN 64
#define TOP_WAKERS 3 /* of a thread */

/* A process, or a thread: tid is not 0, unless it stands for several that ended. */
struct top_row {
	uint32_t pid, tid;
	bool is_thread;
	char name[TOP_NAME_LEN];
	enum verdict_class class;
	uint64_t wall_ns, ns[NR_STATES];
	double work_s; /* as in struct signals */
	uint64_t switches;
	struct waker_model wakers[TOP_WAKERS];
	size_t waker_count;
};

struct top_rows {
	struct top_row *list; /* the order is that of the report */
	size_t count;
	uint64_t left_out; /* rows that did not fit: the least important */
};

/* TOP_SORT(IDENT, name) */
#define TOP_SORTS(SORT)            \
	SORT(HURTS, "what hurts")  \
	SORT(CPU, "on CPU")        \
	SORT(READY, "queued")      \
	SORT(WAIT, "waiting")      \
	SORT(SWITCHES, "switches") \
	SORT(NAME, "name")
#define TOP_SORT_ENUM(ident, name) TOP_SORT_##ident,
enum top_sort { TOP_SORTS(TOP_SORT_ENUM) NR_TOP_SORTS };
#undef TOP_SORT_ENUM
const char *top_sort_name(enum top_sort sort);

/*
 * Fills ret, with room for all rows, with those whose name or class contains the filter ("": all),
 * in this order. Returns how many.
 */
size_t top_select(const struct top_rows *rows, enum top_sort sort, const char *filter,
		  const struct top_row **ret);

/* Keeps the rows that hurt most. */
void top_rows_limit(struct top_rows *rows, size_t most);

#endif
