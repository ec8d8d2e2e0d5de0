/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one path: source -> session -> model -> verdict -> render. Called by every command. */
#ifndef BOUNDBY_PIPELINE_H
#define BOUNDBY_PIPELINE_H

#include "lib/err.h"
#include "render/report.h"
#include "trace/source.h"

struct pipeline {
	struct source *source; /* borrowed */
	const struct verdict_settings *settings;
	int (*render)(const struct report *, const struct render_options *, FILE *);
	const struct render_options *render_options;
	FILE *out;
	bool each_interval; /* render each window, not the whole */
};

/*
 * Runs the source to its end. *ret_class is the verdict of the whole.
 * Returns 0, or -1 with e filled.
 */
int pipeline_run(const struct pipeline *pipeline, enum verdict_class *ret_class, struct err *e);

#endif
