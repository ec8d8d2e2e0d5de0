// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds the two records of a session entry that bound a window. */
#include "model/span.h"

struct span span_of(const struct window *window, const struct seen *seen, const void *first,
		    const void *previous, const void *last)
{
	bool unclosed = seen->last > window->last;
	uint32_t newest = unclosed ? seen->previous : seen->last;
	struct span span = { .last = unclosed ? previous : last };

	if (newest == SNAPSHOT_NONE)
		span.last = NULL;
	span.present = newest == window->last;
	if (window->whole)
		span.base = seen->first == 0 ? first : NULL;
	else if (!span.present)
		span.base = span.last;
	else if (!unclosed && seen->previous != SNAPSHOT_NONE)
		span.base = previous;
	return span;
}
