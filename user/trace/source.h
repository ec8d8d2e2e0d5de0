/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A source yields records one at a time; live (collect/) and file (trace/) fill this. */
#ifndef BOUNDBY_TRACE_SOURCE_H
#define BOUNDBY_TRACE_SOURCE_H

#include "lib/err.h"
#include "trace/record.h"

struct source;

struct source_ops {
	/* Fills *ret with the next record; may wait. Returns 1 record, 0 end, -1 error in *e. */
	int (*next)(struct source *source, struct record *ret, struct err *e);
	/*
	 * After a SNAPSHOT that does not close the window: leaves out its records and its BOUNDARY,
	 * and may leave out up to `more` following snapshots, as long as there are no one-shot
	 * records in between. Returns how many of these it left out.
	 */
	uint64_t (*leave_out)(struct source *source, uint64_t more);
	/* Releases everything; the source is gone afterwards. */
	void (*close)(struct source *source);
};

/* The first member of each source. */
struct source {
	const struct source_ops *ops;
};

#endif
