/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that a renderer sees: the model, the verdicts, and how to print. */
#ifndef BOUNDBY_RENDER_REPORT_H
#define BOUNDBY_RENDER_REPORT_H

#include <stdio.h>

#include "model/model.h"
#include "verdict/compare.h"
#include "verdict/timeline.h"

struct report {
	const struct model *model;
	const struct verdict *verdict; /* of the whole target */
	const struct verdict *process_verdicts; /* one for each model->processes */
	const struct timeline *timeline; /* of the whole target, one window or more */
	const struct verdict_settings *settings;
	uint32_t views; /* that an export of stacks shows, a bit per enum stack_view; 0: as it is used to */
};

struct render_options {
	bool colour;
	bool one_line; /* JSON: one document per line (attach -i) */
	unsigned int verbose; /* text: also every thread and wait */
	size_t width; /* text: columns of the terminal, 0: lines are as long as they are */
	size_t processes_most; /* JSON: those that work most; the others are summed up, 0: all */
	size_t threads_most; /* JSON: this many of a process have a row of their own, 0: all; ... */
	double threads_least; /* ... threads that work for less than this part of the window have
	                       * none */
};

/* Each prints the report to out. Returns 0, or -1 when writing failed (errno set). */
int render_text(const struct report *report, const struct render_options *options, FILE *out);
int render_json(const struct report *report, const struct render_options *options, FILE *out);

/* A window in one line, for a log that is read from top to bottom: when, class, where it went. */
int render_line(const struct report *report, const struct render_options *options, FILE *out);

/* Why a watch calls its hook with a report. */
struct report_trigger {
	const char *reason; /* "class", "stall" */
	const char *incident; /* the file that was written, NULL none */
	uint64_t left_out; /* triggers since the last call that came too soon after it */
};

/* boundby.trigger/1: one JSON document, in one line, without the threads of the report. */
int render_trigger(const struct report *report, const struct report_trigger *trigger, FILE *out);

/* Two reports against each other. */
struct diff_report {
	const struct report *before, *after;
	const struct comparison *comparison;
};

int render_diff_text(const struct diff_report *diff, const struct render_options *options,
		     FILE *out);
int render_diff_json(const struct diff_report *diff, const struct render_options *options,
		     FILE *out);

#endif
