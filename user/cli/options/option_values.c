// SPDX-License-Identifier: GPL-2.0-or-later
/* What the words mean that options are given, or the sentence that refuses them. */
#include "cli/options/option_values.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options/option_set.h"
#include "lib/duration.h"
#include "render/export/export.h"
#include "render/stacks.h"
#include "verdict/verdict.h"

#define COMM_MAX 15 /* bytes that the kernel keeps of a name */
#define DEFAULT_EVENTS_NS 1000000

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

/* ---- lists of what is possible ---------------------------------------------------------------- */
const char *depth_name(size_t i)
{
	static const char *const names[] = {
		[DEPTH_SCHED] = "sched", [DEPTH_SYSCALLS] = "syscalls"
	};

	return i < sizeof(names) / sizeof(names[0]) ? names[i] : NULL;
}

const char *export_name(size_t i)
{
	const struct export_format *format = export_at(i);

	return format ? format->name : NULL;
}

const char *class_name(size_t i)
{
	return i < NR_VERDICTS ? verdict_class_name((enum verdict_class)i) : NULL;
}

const char *view_name(size_t i)
{
	return i < NR_VIEWS ? stack_view_name((enum stack_view)i) : NULL;
}

const char *threshold_name(size_t i)
{
	return i < NR_THRESHOLDS ? thresholds[i].name : NULL;
}

const char *choices_text(const char *(*choice)(size_t i), char *text)
{
	const char *name;
	size_t i, used = 0;

	text[0] = '\0';
	for (i = 0; (name = choice(i)) && used < CHOICES_LEN; i++)
		used += (size_t)snprintf(text + used, CHOICES_LEN - used, "%s%s",
					 !i	       ? "" :
					 choice(i + 1) ? ", " :
							 " or ",
					 name);
	return text;
}

/* ---- values ----------------------------------------------------------------------------------- */
OPTION_PARSER(flag)
{
	*(bool *)option_field(row, ret) = true;
	return 0;
}

OPTION_PARSER(count)
{
	++*(unsigned int *)option_field(row, ret);
	return 0;
}

static int refuse_more(struct err *e)
{
	return err_set(e, ERR_USAGE, "more than %d targets; use --cgroup or --all",
		       OPTIONS_MAX_TARGETS);
}

OPTION_PARSER(numbers)
{
	pid_t *numbers = option_field(row, ret), number;
	size_t *count = option_list_count(row, ret), i, length;
	const char *comma;

	for (;; text = comma + 1) {
		comma = strchr(text, ',');
		length = comma ? (size_t)(comma - text) : strlen(text);
		if (value_number(text, length, &number))
			return err_set(
				e, ERR_USAGE,
				"--%s takes numbers from 1 up, separated by commas, not '%s'",
				row->name, text);
		for (i = 0; i < *count && numbers[i] != number; i++)
			;
		if (i == OPTIONS_MAX_TARGETS)
			return refuse_more(e);
		if (i == *count)
			numbers[(*count)++] = number;
		if (!comma)
			return 0;
	}
}

static int refuse_empty(const struct option_row *row, struct err *e)
{
	return err_set(e, ERR_USAGE, "--%s needs a value that is not empty", row->name);
}

OPTION_PARSER(text)
{
	const char **list = option_field(row, ret);
	size_t *count = option_list_count(row, ret);

	if (!*text)
		return refuse_empty(row, e);
	if (*count == OPTIONS_MAX_TARGETS)
		return refuse_more(e);
	list[(*count)++] = text;
	return 0;
}

OPTION_PARSER(name)
{
	if (strlen(text) > COMM_MAX)
		return err_set(e, ERR_USAGE,
			       "--%s '%s' is longer than the %d bytes of a name that the kernel "
			       "keeps; give its first %d",
			       row->name, text, COMM_MAX, COMM_MAX);
	return value_text(row, text, ret, e);
}

OPTION_PARSER(path)
{
	*(const char **)option_field(row, ret) = text;
	return *text ? 0 : refuse_empty(row, e);
}

OPTION_PARSER(output)
{
	*(const char **)option_field(row, ret) = text;
	if (*text)
		return 0;
	return err_set(e, ERR_USAGE, "--%s needs a name; `-` is stdout", row->name);
}

OPTION_PARSER(duration)
{
	if (!duration_parse(text, option_field(row, ret)))
		return 0;
	return err_set(e, ERR_USAGE,
		       "--%s '%s' is not a duration: write 10, 500ms or 2m, more than 0 and at "
		       "most 30 days",
		       row->name, text);
}

OPTION_PARSER(events)
{
	*(uint64_t *)option_field(row, ret) = DEFAULT_EVENTS_NS;
	return text ? value_duration(row, text, ret, e) : 0;
}

OPTION_PARSER(budget)
{
	char none = '\0', *end = &none;
	double value = isdigit((unsigned char)text[0]) ? strtod(text, &end) : -1;

	if (value < 0.01 || value > 100 || strcmp(end, "%"))
		return err_set(e, ERR_USAGE,
			       "--%s '%s' is not a percentage of a core: write 1%% or 0.5%%, "
			       "from 0.01%% to 100%%",
			       row->name, text);
	*(double *)option_field(row, ret) = value / 100;
	return 0;
}

OPTION_PARSER(size)
{
	static const char letters[] = "KMGT";
	const char *letter;
	char none = '\0', *end = &none;
	double value = isdigit((unsigned char)text[0]) ? strtod(text, &end) : -1;

	if (value >= 0 && *end) {
		letter = strchr(letters, toupper((unsigned char)*end));
		value = letter && !end[1] ? ldexp(value, 10 * (int)(letter - letters + 1)) : -1;
	}
	if (value < 1 << 20 || value > 0x1p50)
		return err_set(e, ERR_USAGE,
			       "--%s '%s' is not a size: write 500M or 1G, 1M or "
			       "more",
			       row->name, text);
	*(uint64_t *)option_field(row, ret) = (uint64_t)value;
	return 0;
}

/* The place of text among the choices; -1 with e filled when it is none of them. */
static int find_choice(const struct option_row *row, const char *text, struct err *e)
{
	char choices[CHOICES_LEN];
	const char *name;
	size_t i;

	for (i = 0; (name = row->choice(i)); i++)
		if (!strcmp(text, name))
			return (int)i;
	return err_set(e, ERR_USAGE, "--%s is %s, not '%s'", row->name,
		       choices_text(row->choice, choices), text);
}

OPTION_PARSER(depth)
{
	int depth = find_choice(row, text, e);

	if (depth < 0)
		return -1;
	*(enum capture_depth *)option_field(row, ret) = (enum capture_depth)depth;
	return 0;
}

OPTION_PARSER(label)
{
	int label = find_choice(row, text, e);

	if (label < 0)
		return -1;
	*(enum metrics_label *)option_field(row, ret) = (enum metrics_label)label;
	return 0;
}

OPTION_PARSER(format)
{
	int format = find_choice(row, text, e);

	if (format < 0)
		return -1;
	*(const struct export_format **)option_field(row, ret) = export_at((size_t)format);
	return 0;
}

/* Copies the first of a list of words, with commas between them. Returns the next, NULL: none. */
static const char *first_word(const char *text, char *ret, size_t size)
{
	const char *comma = strchrnul(text, ',');

	snprintf(ret, size, "%.*s", (int)(comma - text), text);
	return *comma ? comma + 1 : NULL;
}

OPTION_PARSER(views)
{
	uint32_t *views = option_field(row, ret);
	char name[32], choices[CHOICES_LEN];
	enum stack_view view;

	while (text) {
		text = first_word(text, name, sizeof(name));
		view = stack_view_find(name);
		if (view == NR_VIEWS)
			return err_set(e, ERR_USAGE, "--%s knows no stacks '%s'; give %s",
				       row->name, name, choices_text(view_name, choices));
		*views |= 1u << view;
	}
	return 0;
}

OPTION_PARSER(classes)
{
	uint32_t *classes = option_field(row, ret);
	char name[32];
	int class;

	while (text) {
		text = first_word(text, name, sizeof(name));
		class = verdict_class_parse(name);
		if (class < 0)
			return err_set(e, ERR_USAGE,
				       "--%s knows no class '%s'; `boundby explain` lists them",
				       row->name, name);
		*classes |= 1u << class;
	}
	return 0;
}

OPTION_PARSER(when)
{
	struct when *list = option_field(row, ret);
	size_t *count = option_list_count(row, ret);

	if (*count == OPTIONS_MAX_RANGES)
		return err_set(e, ERR_USAGE, "--%s is given more than %d times", row->name,
			       OPTIONS_MAX_RANGES);
	if (when_parse(text, &list[*count]))
		return err_set(
			e, ERR_USAGE,
			"--%s '%s' is not a time: write 14:03, 2026-11-21T14:03:05Z, +30s or -5m",
			row->name, text);
	++*count;
	return 0;
}

/* The table of thresholds knows their names. */
OPTION_PARSER(setting)
{
	size_t length = strcspn(text, "=");
	int i;

	for (i = 0; i < NR_THRESHOLDS; i++)
		if (strlen(thresholds[i].name) == length &&
		    !strncmp(thresholds[i].name, text, length))
			ret->set |= 1u << i;
	return verdict_settings_set(option_field(row, ret), text, e);
}
