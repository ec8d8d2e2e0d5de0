/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the words mean that options are given. Each takes a word and, for its sentence, the name of
 * the option; gives 0, or -1 with e filled (EXIT_USAGE). Lists have room for OPTIONS_MAX_TARGETS.
 */
#ifndef BOUNDBY_CLI_OPTION_VALUES_H
#define BOUNDBY_CLI_OPTION_VALUES_H

#include "cli/options.h"

/* A number from 1 up. No sentence: 0 or -1. */
int value_number(const char *text, size_t length, pid_t *ret);
/* "12,34" into numbers, each once. */
int value_numbers(const char *text, const char *option, pid_t *numbers, size_t *count,
		  struct err *e);
/* Adds a text that is not empty. */
int value_text(const char *text, const char *option, const char **list, size_t *count,
	       struct err *e);
/* The one text that is not empty. */
int value_path(const char *text, const char *option, const char **ret, struct err *e);
int value_duration(const char *text, const char *option, uint64_t *ret, struct err *e);
/* "1%", "0.5%": of one core, 0..1. */
int value_budget(const char *text, double *ret, struct err *e);
/* "1G", "500M" in bytes: binary multiples, as du and journald take them. */
int value_size(const char *text, const char *option, uint64_t *ret, struct err *e);
/* "idle,mixed": adds a bit per enum verdict_class. */
int value_classes(const char *text, uint32_t *ret, struct err *e);
/* A moment; OPTIONS_MAX_RANGES of them. */
int value_when(const char *text, const char *option, struct when *list, size_t *count,
	       struct err *e);

#endif
