/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a command line asks for: plain data. */
#ifndef BOUNDBY_CLI_OPTION_SET_H
#define BOUNDBY_CLI_OPTION_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "cli/commands.h"
#include "lib/err.h"
#include "lib/when.h"
#include "render/export/export.h"
#include "render/metrics/metrics.h"
#include "trace/record.h"
#include "verdict/verdict.h"

#define OPTIONS_MAX_TARGETS 256
#define OPTIONS_MAX_ROWS 64 /* bits of struct options' given */
#define OPTIONS_MAX_RANGES 2 /* diff: one for each side */

struct options {
	enum command_id command;
	enum command_id topic; /* help: of which command; NR_COMMANDS: of all */
	uint64_t given; /* bit per row of option_rows that stood on the command line */
	pid_t pids[OPTIONS_MAX_TARGETS];
	size_t pid_count;
	pid_t tids[OPTIONS_MAX_TARGETS];
	size_t tid_count;
	const char *names[OPTIONS_MAX_TARGETS];
	size_t name_count;
	const char *cgroups[OPTIONS_MAX_TARGETS];
	size_t cgroup_count;
	bool all;
	bool no_children;
	bool json;
	bool calibrate;
	bool man;
	unsigned int verbose;
	uint64_t duration_ns; /* 0: not given */
	uint64_t interval_ns; /* 0: not given */
	uint64_t stall_ns;
	enum capture_depth depth;
	struct verdict_settings verdict;
	uint32_t set; /* bit per threshold that --set named */
	uint32_t fail_on; /* bit per enum verdict_class */
	const char *output; /* -o, NULL not given */
	const char *html; /* --html, NULL not given */
	const struct export_format *format; /* export; NULL not given */
	uint32_t views; /* export: a bit per enum stack_view; 0 not given */
	uint64_t events_ns; /* --events: intervals this long are recorded one by one; 0 none */
	/* --from, --to, --at (both ends of one) as they came; diff takes two of each */
	struct when from[OPTIONS_MAX_RANGES], to[OPTIONS_MAX_RANGES], at[OPTIONS_MAX_RANGES];
	size_t from_count, to_count, at_count;
	/* watch */
	double budget; /* of one core, 0..1 */
	const char *listen, *textfile, *directory, *control; /* NULL not given */
	uint64_t keep_ns, max_bytes; /* of the flight recorder */
	bool per_thread;
	enum metrics_label label;
	const char *hook, *hook_user; /* NULL not given */
	const char *config; /* a file with further options; NULL not given */
	char *config_text; /* what the options that came from it point into; NULL: none */
	uint64_t config_values[OPTIONS_MAX_ROWS]; /* of each row: a hash of what it says, 0 nothing */
	const char *btf; /* --btf, NULL: the kernel's own */
	char **rest; /* the words that are no options: struct command's words */
	int rest_count;
	/* what was parsed, so that it can be done again when config has changed */
	int argc;
	char **argv;
};

#endif
