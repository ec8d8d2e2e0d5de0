/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What attach and run share: from options and targets to a printed report. */
#ifndef BOUNDBY_CLI_LIVE_RUN_H
#define BOUNDBY_CLI_LIVE_RUN_H

#include <stdio.h>

#include "cli/options/options.h"
#include "collect/source_live.h"

/* Set by the signal handler that live_catch_signals installs. */
extern volatile int live_stop;

/* SIGINT (unless ignore_interrupt) and SIGTERM end the watch early, with a report. */
void live_catch_signals(bool ignore_interrupt);

/* What to attach to, by the options; the rest is the caller's. The arrays are the options' own. */
struct live_config live_targets(const struct options *options);

/*
 * Drops all rights but those for what is read later, once the source is open. 0, or -1 with e filled.
 *
 * What is read later: the memory and files of programs (SYS_PTRACE, DAC_READ_SEARCH), maps and the
 * hooks of a burst (BPF, PERFMON), the kernel's statistics of BPF run times (SYS_ADMIN).
 */
int live_drop_rights(struct err *e);

/*
 * Opens the source, runs the pipeline, prints the report to out, and records what -o asks for.
 * Returns 0 and the class, or -1 with e filled.
 */
int live_run(const struct options *options, const struct live_config *config, FILE *out,
	     enum verdict_class *ret_class, struct err *e);

/* The same without a report: only the trace. */
int live_record(const struct options *options, const struct live_config *config, struct err *e);

#endif
