/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What test_options.c and test_option_lists.c share. */
#ifndef TEST_OPTIONS_FIXTURE_H
#define TEST_OPTIONS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/help/help.h"
#include "cli/options/options.h"

#define WORDS_MAX 16

static struct options options;
static struct err error;
static char line_copy[512];

/* Parses "boundby LINE", split at blanks; '' stands for an empty word. */
static inline int parse(const char *line)
{
	char *argv[WORDS_MAX + 2] = { "boundby" }, *word, *rest;
	int argc = 1;

	snprintf(line_copy, sizeof(line_copy), "%s", line);
	for (word = strtok_r(line_copy, " ", &rest); word && argc <= WORDS_MAX;
	     word = strtok_r(NULL, " ", &rest))
		argv[argc++] = strcmp(word, "''") ? word : "";
	memset(&error, 0, sizeof(error));
	return options_parse(argc, argv, &options, &error);
}

static inline void taken(const char *line)
{
	if (parse(line))
		fail_msg("'%s' was refused: %s", line, error.text);
}

#endif
