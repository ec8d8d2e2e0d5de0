/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which two records of a session's entry the figures of a window are the difference of. */
#ifndef BOUNDBY_MODEL_SPAN_H
#define BOUNDBY_MODEL_SPAN_H

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

#endif
