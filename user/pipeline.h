/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one path: source -> session -> model -> verdict -> render. Called by every command. */
#ifndef BOUNDBY_PIPELINE_H
#define BOUNDBY_PIPELINE_H

#include "lib/err.h"
#include "render/export/export.h"
#include "render/report.h"
#include "trace/source.h"
#include "verdict/timeline.h"

/* What says how far it is. show: at each boundary, with the windows judged so far. */
struct pipeline_progress {
	void (*show)(void *arg, const struct timeline *timeline);
	void (*clear)(void *arg); /* before a report is printed */
	void *arg;
};

/* All but source and settings may be 0: then that is not wanted. */
struct pipeline {
	struct source *source; /* borrowed */
	const struct verdict_settings *settings;
	int (*render)(const struct report *, const struct render_options *, FILE *);
	const struct render_options *render_options;
	FILE *out;
	bool each_interval; /* render each window, not the whole */
	uint64_t interval_ns; /* windows of a recording are joined to this length; 0: as they are */
	const struct export_format *export; /* instead of render */
	uint32_t views; /* as in struct report */
	/* gets each record before the session does; 0, or -1 with e filled: the run fails */
	int (*listen)(void *arg, const struct record *record, struct err *e);
	void *listen_arg;
	struct pipeline_progress progress;
	/* gets the model of each window of the timeline; 0 or -ENOMEM */
	int (*window)(void *arg, const struct model *model);
	void *window_arg;
	/* gets the report of the whole instead of render; what it points to is gone afterwards */
	int (*take)(void *arg, const struct report *report, struct err *e);
	void *take_arg;
};

/*
 * Runs the source to its end. *ret_class is the verdict of the whole.
 * Returns 0, or -1 with e filled.
 */
int pipeline_run(const struct pipeline *pipeline, enum verdict_class *ret_class, struct err *e);

#endif
