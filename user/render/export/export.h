/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The forms for other programs: folded, pprof, chrome, ndjson, csv, and for tickets: markdown. */
#ifndef BOUNDBY_RENDER_EXPORT_EXPORT_H
#define BOUNDBY_RENDER_EXPORT_EXPORT_H

#include "render/report.h"

struct export_format {
	const char *name;
	bool windows; /* put is called with each window's report, in order; else once with the whole */
	/*
	 * Each returns 0, or -1 when writing failed (errno set). begin makes *state, end frees it.
	 * views: as in the reports.
	 */
	int (*begin)(void **state, uint32_t views, FILE *out);
	int (*put)(void *state, const struct report *report, FILE *out);
	int (*end)(void *state, FILE *out);
};

/* The i-th form; NULL past the last. */
const struct export_format *export_at(size_t i);

/* NULL: there is none of this name. */
const struct export_format *export_find(const char *name);

#endif
