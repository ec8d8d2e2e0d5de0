/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the words mean that options are given: the parse functions of struct option_row. Each reads
 * text into the field (or the list) that the row names; 0, or -1 with e filled (ERR_USAGE). Lists of
 * targets have room for OPTIONS_MAX_TARGETS.
 */
#ifndef BOUNDBY_CLI_OPTION_VALUES_H
#define BOUNDBY_CLI_OPTION_VALUES_H

#include "cli/options/option_row.h"

#define OPTION_PARSER(name)                                                                   \
	int value_##name(const struct option_row *row, const char *text, struct options *ret, \
			 struct err *e)

OPTION_PARSER(flag); /* bool, true when given */
OPTION_PARSER(label); /* enum metrics_label */
OPTION_PARSER(count); /* unsigned int: how often it was given */
OPTION_PARSER(numbers); /* "12,34": pid_t list, each once */
OPTION_PARSER(text); /* adds a text that is not empty to a list */
OPTION_PARSER(name); /* the same, no longer than a name of the kernel's */
OPTION_PARSER(path); /* the one text that is not empty */
OPTION_PARSER(output); /* the same; `-` is stdout */
OPTION_PARSER(duration); /* uint64_t, ns */
OPTION_PARSER(events); /* the same; 1 ms when left out */
OPTION_PARSER(budget); /* "1%", "0.5%": of one core, double 0..1 */
OPTION_PARSER(
	size); /* "1G", "500M": uint64_t bytes, binary multiples, as du and journald take them */
OPTION_PARSER(depth); /* enum capture_depth */
OPTION_PARSER(format); /* struct export_format */
OPTION_PARSER(views); /* "on-cpu,locks": uint32_t, adds a bit per enum stack_view */
OPTION_PARSER(classes); /* "idle,mixed": uint32_t, adds a bit per enum verdict_class */
OPTION_PARSER(when); /* adds a moment to a list; OPTIONS_MAX_RANGES of them */
OPTION_PARSER(setting); /* "RULE=VALUE": struct verdict_settings, and a bit in options->set */

/* A number from 1 up. No sentence: 0 or -1. */
int value_number(const char *text, size_t length, pid_t *ret);

/* The values that are possible: the i-th, NULL past the last. */
const char *depth_name(size_t i);
const char *export_name(size_t i);
const char *class_name(size_t i);
const char *view_name(size_t i);
const char *threshold_name(size_t i);

#define CHOICES_LEN 256
/* "a, b or c" of such a list. Returns text, which holds CHOICES_LEN bytes. */
const char *choices_text(const char *(*choice)(size_t i), char *text);

#endif
