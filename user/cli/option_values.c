// SPDX-License-Identifier: GPL-2.0-or-later
/* Receives the words that options are given; hands on what they mean, or a sentence. */
#include "cli/option_values.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "exit_codes.h"
#include "lib/duration.h"
#include "verdict/verdict.h"

int value_number(const char *text, size_t length, pid_t *ret)
{
	char digits[16], *end;
	long value;

	if (!length || length >= sizeof(digits) || !isdigit((unsigned char)text[0]))
		return -1;
	memcpy(digits, text, length);
	digits[length] = '\0';
	errno = 0;
	value = strtol(digits, &end, 10);
	if (*end || errno || value < 1 || value > INT_MAX)
		return -1;
	*ret = (pid_t)value;
	return 0;
}

/* "12,34" into numbers, each once. */
int value_numbers(const char *text, const char *option, pid_t *numbers, size_t *count,
		  struct err *e)
{
	const char *comma;
	pid_t number;
	size_t i, length;

	for (;; text = comma + 1) {
		comma = strchr(text, ',');
		length = comma ? (size_t)(comma - text) : strlen(text);
		if (value_number(text, length, &number))
			return err_set(e, EXIT_USAGE,
				       "%s takes numbers from 1 up, separated by commas, not '%s'",
				       option, text);
		for (i = 0; i < *count && numbers[i] != number; i++)
			;
		if (i == OPTIONS_MAX_TARGETS)
			return err_set(e, EXIT_USAGE, "more than %d targets; use --cgroup or --all",
				       OPTIONS_MAX_TARGETS);
		if (i == *count)
			numbers[(*count)++] = number;
		if (!comma)
			return 0;
	}
}

int value_text(const char *text, const char *option, const char **list, size_t *count,
	       struct err *e)
{
	if (!*text)
		return err_set(e, EXIT_USAGE, "%s needs a value that is not empty", option);
	if (*count == OPTIONS_MAX_TARGETS)
		return err_set(e, EXIT_USAGE, "more than %d targets; use --cgroup or --all",
			       OPTIONS_MAX_TARGETS);
	list[(*count)++] = text;
	return 0;
}

int value_duration(const char *text, const char *option, uint64_t *ret, struct err *e)
{
	if (duration_parse(text, ret))
		return err_set(
			e, EXIT_USAGE,
			"%s '%s' is not a duration: write 10, 500ms or 2m, more than 0 and at "
			"most 30 days",
			option, text);
	return 0;
}

/* "1%", "0.5%": of one core. */
int value_budget(const char *text, double *ret, struct err *e)
{
	char *end;
	double value = isdigit((unsigned char)text[0]) ? strtod(text, &end) : -1;

	if (value < 0.01 || value > 100 || strcmp(end, "%"))
		return err_set(
			e, EXIT_USAGE,
			"--budget '%s' is no share of a core: write 1%% or 0.5%%, from 0.01%% "
			"to 100%%",
			text);
	*ret = value / 100;
	return 0;
}

/* "1G", "500M": binary multiples, as du and journald take them. */
int value_size(const char *text, const char *option, uint64_t *ret, struct err *e)
{
	static const char letters[] = "KMGT";
	const char *letter;
	char *end;
	double value = isdigit((unsigned char)text[0]) ? strtod(text, &end) : -1;

	if (value >= 0 && *end) {
		letter = strchr(letters, toupper((unsigned char)*end));
		value = letter && !end[1] ? ldexp(value, 10 * (int)(letter - letters + 1)) : -1;
	}
	if (value < 1 << 20 || value > 0x1p50)
		return err_set(e, EXIT_USAGE, "%s '%s' is no size: write 500M or 1G, 1M or more",
			       option, text);
	*ret = (uint64_t)value;
	return 0;
}

/* A name that is not empty. */
int value_path(const char *text, const char *option, const char **ret, struct err *e)
{
	*ret = text;
	return *text ? 0 : err_set(e, EXIT_USAGE, "%s needs a value that is not empty", option);
}

int value_classes(const char *text, uint32_t *ret, struct err *e)
{
	char name[32];
	const char *comma;
	size_t length;
	int class;

	for (;; text = comma + 1) {
		comma = strchr(text, ',');
		length = comma ? (size_t)(comma - text) : strlen(text);
		snprintf(name, sizeof(name), "%.*s", (int)(length < 31 ? length : 31), text);
		class = verdict_class_parse(name);
		if (class < 0)
			return err_set(
				e, EXIT_USAGE,
				"--fail-on knows no class '%s'; `boundby explain` lists them",
				name);
		*ret |= 1u << class;
		if (!comma)
			return 0;
	}
}

int value_when(const char *text, const char *option, struct when *list, size_t *count,
	       struct err *e)
{
	if (*count == OPTIONS_MAX_RANGES)
		return err_set(e, EXIT_USAGE, "%s is given more than %d times", option,
			       OPTIONS_MAX_RANGES);
	if (when_parse(text, &list[*count]))
		return err_set(
			e, EXIT_USAGE,
			"%s '%s' is no moment: write 14:03, 2026-11-21T14:03:05Z, +30s or -5m",
			option, text);
	++*count;
	return 0;
}
