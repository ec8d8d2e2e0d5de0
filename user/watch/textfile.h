/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Metrics for node_exporter's textfile collector: after each window a new file, always complete. */
#ifndef BOUNDBY_WATCH_TEXTFILE_H
#define BOUNDBY_WATCH_TEXTFILE_H

#include <stdbool.h>

#include "lib/err.h"

struct textfile {
	const char *path; /* borrowed */
	bool failing; /* and it was said */
};

/* Is this a name that the collector reads, *.prom? 0, or -1 with e filled (usage). */
int textfile_check(const char *path, struct err *e);

/*
 * Writes a new file of mode 0644 beside path and moves it there. The text is of METRICS_PLAIN: the
 * collector knows no OpenMetrics. 0, or -1 with e filled; then the file before is still there.
 */
int textfile_write(const char *path, const char *text, struct err *e);

/* The same after each window: says on stderr when it begins to fail, and once more when it works. */
void textfile_put(struct textfile *file, const char *text);

#endif
