/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which two records of a session's entry the figures of a window are the difference of. */
#ifndef BOUNDBY_MODEL_SPAN_H
#define BOUNDBY_MODEL_SPAN_H

#include "model/model.h"
#include "session/session.h"

struct window {
	bool whole; /* from the first boundary, else from the one before the last */
	uint32_t last; /* number of the snapshot that closes it */
	uint64_t start_ns, end_ns;
};

struct span {
	const void *base; /* NULL: from nothing */
	const void *last; /* NULL: it has no part in the window */
	bool present; /* it was in the snapshot that closes the window */
};

/* A snapshot that never closed is passed over; what the closing one lacks has not grown. */
struct span span_of(const struct window *window, const struct seen *seen, const void *first,
		    const void *previous, const void *last);

/* newer - older, 0 when a hostile trace lets a sum shrink. */
static inline uint64_t span_minus(uint64_t newer, uint64_t older)
{
	return newer > older ? newer - older : 0;
}

/*
 * The longest of count waits that ended in a span and lasted ns together. What is counted only grows,
 * the longest so far too: when it did not, the span's own is known only where there was but one.
 */
static inline struct longest span_longest(uint64_t newer, uint64_t older, uint64_t count,
					  uint64_t ns)
{
	if (!count)
		return (struct longest){ 0 };
	if (newer > older)
		return (struct longest){ newer, newer };
	if (count == 1)
		return (struct longest){ ns, ns };
	return (struct longest){ ns / count, newer < ns ? newer : ns };
}

#endif
