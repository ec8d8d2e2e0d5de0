// SPDX-License-Identifier: GPL-2.0-or-later
/* Keeps the rows of three snapshots: see the header. */
#include "session/pending_waits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/vec.h"

static void *add(struct pending_rows *to, const void *row, size_t size)
{
	void *slot;

	if (vec_reserve(&to->rows, &to->capacity, to->count, size))
		return NULL;
	slot = (char *)to->rows + to->count++ * size;
	return memcpy(slot, row, size);
}

void *pending_put(struct pending_history *history, const void *row, size_t size)
{
	return add(&history->fed, row, size);
}

void pending_close(struct pending_history *history)
{
	struct pending_rows oldest = history->previous;

	history->previous = history->last;
	history->last = history->fed;
	history->fed = oldest;
	history->fed.count = 0;
}

int pending_begin(struct pending_history *history, size_t size)
{
	struct pending_rows *all[] = { &history->first, &history->previous, &history->last,
				       &history->fed };
	size_t i;

	history->first.count = history->previous.count = 0;
	for (i = 0; i < history->last.count; i++)
		if (!add(&history->first, (const char *)history->last.rows + i * size, size))
			return -ENOMEM;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		vec_shrink(&all[i]->rows, &all[i]->capacity, all[i]->count, size);
	return 0;
}

void pending_free(struct pending_history *history)
{
	free(history->first.rows);
	free(history->previous.rows);
	free(history->last.rows);
	free(history->fed.rows);
	memset(history, 0, sizeof(*history));
}
