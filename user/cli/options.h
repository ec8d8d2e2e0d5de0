/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line: one table of options gives parser and --help. Pure: receives argv,
 * hands on struct options or a sentence; never exits, prints or checks rights.
 */
#ifndef BOUNDBY_CLI_OPTIONS_H
#define BOUNDBY_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "lib/err.h"
#include "trace/record.h"
#include "verdict/verdict.h"

#define OPTIONS_MAX_TARGETS 256

struct options {
	const char *command; /* "attach", "run", "check", "explain", "help", "version" */
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
	unsigned int verbose;
	uint64_t duration_ns; /* 0: not given */
	uint64_t interval_ns; /* 0: not given */
	uint64_t stall_ns;
	enum capture_depth depth;
	struct verdict_settings verdict;
	uint32_t fail_on; /* bit per enum verdict_class */
	char **rest; /* run: CMD ARG...; explain: [CLASS|RULE] */
	int rest_count;
};

/* Parses argv. 0, or -1 with e filled (EXIT_USAGE). Strings point into argv. */
int options_parse(int argc, char **argv, struct options *ret, struct err *e);
void options_help(FILE *out);

#endif
