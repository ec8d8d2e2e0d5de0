/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of the text report: private to this folder. */
#ifndef BOUNDBY_RENDER_TEXT_TEXT_PARTS_H
#define BOUNDBY_RENDER_TEXT_TEXT_PARTS_H

#include "render/report.h"

#define BOLD(options) ((options)->colour ? "\033[1m" : "")
#define DIM(options) ((options)->colour ? "\033[2m" : "")
#define PLAIN(options) ((options)->colour ? "\033[0m" : "")

/* A state's name as tables have it. signal: the part of STATE_OTHER that waits for a signal. */
const char *text_state_name(uint32_t state, bool signal);

/* The processes, or the threads of one; verbose: both. 0 or -ENOMEM. */
int text_print_rows(const struct report *report, const struct render_options *options, FILE *out);

/*
 * All tables that the report has rows for: processes, threads, loops, locks and, verbose, more. 0 or
 * -ENOMEM.
 */
int text_print_tables(const struct report *report, const struct render_options *options, FILE *out);

/* Where computing and waiting happened, as trees of calls: for a verbose report. 0 or -ENOMEM. */
int text_print_trees(const struct report *report, const struct render_options *options, FILE *out);

#endif
