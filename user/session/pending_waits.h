/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waits in progress at snapshot times. Takes rows of waits that have not ended; keeps those of the
 * first snapshot, of the one before the last, and of the last. Pure.
 */
#ifndef BOUNDBY_SESSION_PENDING_WAITS_H
#define BOUNDBY_SESSION_PENDING_WAITS_H

#include <stddef.h>

/* Of one boundary: record_wait or record_lock, as the history's user puts in. */
struct pending_rows {
	void *rows;
	size_t count, capacity;
};

struct pending_history {
	struct pending_rows first, previous, last;
	struct pending_rows fed; /* of a snapshot that may never close */
};

/*
 * Keeps a copy of a row of `size` bytes for the current snapshot. The copy, or NULL out of memory.
 */
void *pending_put(struct pending_history *history, const void *row, size_t size);

/* The snapshot closes. */
void pending_close(struct pending_history *history);

/*
 * The last boundary becomes the first: what went on there is no part of what comes. No window begins
 * at the one before it any more; what a burst left behind is given back. 0 or -ENOMEM.
 */
int pending_begin(struct pending_history *history, size_t size);

void pending_free(struct pending_history *history);

#endif
