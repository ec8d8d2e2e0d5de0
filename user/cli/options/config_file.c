// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads the lines of a file into options, by the rows that the command line is read by. */
#include "cli/options/config_file.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/options/option_rows.h"
#include "cli/suggest.h"
#include "lib/index.h"

/* ---- the file -------------------------------------------------------------------------------- */
/* It may name commands to run: only root and the user of the watch may write it. */
static int check_file(const char *path, const struct stat *stat, struct err *e)
{
	if (!S_ISREG(stat->st_mode))
		return err_set(e, ERR_USAGE, "'%s' is not a regular file; give --config one", path);
	if ((stat->st_uid && stat->st_uid != geteuid()) || stat->st_mode & S_IWOTH)
		return err_set(e, ERR_USAGE,
			       "others can change '%s', which decides what runs here: chown it to "
			       "root, and chmod o-w",
			       path);
	if (stat->st_size > CONFIG_FILE_MAX_BYTES)
		return err_set(e, ERR_USAGE,
			       "'%s' is longer than %d bytes; is it the right file for --config?",
			       path, CONFIG_FILE_MAX_BYTES);
	return 0;
}

/* The whole text with a NUL behind it, for free(); NULL with e filled. */
static char *read_text(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat stat;
	char *text = NULL;
	ssize_t got;

	if (fd < 0 || fstat(fd, &stat)) {
		err_set(e, errno == EACCES ? ERR_PERMISSION : ERR_USAGE,
			"cannot read '%s': %s; give --config a file that exists", path,
			strerror(errno));
	} else if (!check_file(path, &stat, e)) {
		text = calloc(1, CONFIG_FILE_MAX_BYTES + 1);
		got = text ? read(fd, text, CONFIG_FILE_MAX_BYTES) : -1;
		if (got < 0 || strlen(text) != (size_t)got) {
			free(text);
			text = NULL;
			err_set(e, ERR_USAGE, "cannot read '%s': it is not a text", path);
		}
	}
	if (fd >= 0)
		close(fd);
	return text;
}

/* ---- lines ----------------------------------------------------------------------------------- */
static bool is_target(const struct option_row *row)
{
	return row->id > 0 && row->id < OPTION_LONG_ONLY && strchr("ptnca", row->id);
}

static bool is_allowed(const struct option_row *row)
{
	return option_takes(row, COMMAND_WATCH) && row->parse && row->id != OPTION_CONFIG;
}

/* The names that a line may begin with; "" where a row is not for a file: nothing is near that. */
static const char *name_at(size_t i)
{
	return i >= option_row_count	   ? NULL :
	       is_allowed(&option_rows[i]) ? option_rows[i].name :
					     "";
}

static const struct option_row *find_name(const char *name, struct err *e)
{
	const char *near;
	size_t i;

	for (i = 0; i < option_row_count; i++)
		if (is_allowed(&option_rows[i]) && !strcmp(option_rows[i].name, name))
			return &option_rows[i];
	near = suggest(name, strlen(name), name_at);
	err_set(e, ERR_USAGE, "there is no option '%s'%s%s%s", name,
		near && *near ? "; did you mean '" : "; `boundby help watch` lists them",
		near && *near ? near : "", near && *near ? "'?" : "");
	return NULL;
}

/* What the command line gave. */
struct command_line {
	bool has_target;
	uint64_t given; /* as in struct options */
};

/* Cuts spaces off both ends. */
static char *trim(char *text)
{
	char *end;

	while (isspace((unsigned char)*text))
		text++;
	for (end = text + strlen(text); end > text && isspace((unsigned char)end[-1]); end--)
		;
	*end = '\0';
	return text;
}

/* What the command line gave of this option stays. Of --set, each rule is one. */
static bool is_overruled(const struct option_row *row, const struct command_line *first)
{
	return (is_target(row) && first->has_target) ||
	       (row->id != OPTION_SET && first->given >> (row - option_rows) & 1);
}

static int take_line(char *line, const struct command_line *first, struct options *o, struct err *e)
{
	char *equals = strchr(line, '='), *name, *value;
	const struct option_row *row;
	size_t i;

	if (equals)
		*equals = '\0';
	name = trim(line);
	value = equals ? trim(equals + 1) : NULL;
	row = find_name(name, e);
	if (!row)
		return -1;
	if (value && !row->argument)
		return err_set(e, ERR_USAGE, "'%s' takes no value: leave '= %s' out", name, value);
	if (!value && row->argument)
		return err_set(e, ERR_USAGE, "'%s' needs a value: %s = %s", name, name,
			       row->argument);
	if (is_overruled(row, first))
		return 0;
	if (row->parse(row, value, o, e))
		return -1;
	i = (size_t)(row - option_rows);
	o->given |= 1ULL << i;
	o->config_values[i] =
		index_hash(value ? value : "", value ? strlen(value) : 0, o->config_values[i] + 1);
	return 0;
}

/* Thresholds that the command line sets are set again: it comes first. */
static void restore_thresholds(const struct options *before, struct options *o)
{
	size_t i;

	for (i = 0; i < NR_THRESHOLDS; i++)
		if (before->set & 1u << i)
			o->verdict.threshold[i] = before->verdict.threshold[i];
}

int config_file_read(const char *path, bool has_target, struct options *options, struct err *e)
{
	const struct command_line first = { has_target, options->given };
	const struct options before = *options;
	struct err own = { 0 };
	unsigned int number = 0;
	char *next, *line;

	options->config_text = read_text(path, e);
	if (!options->config_text)
		return -1;
	for (next = options->config_text; next;) {
		line = trim(strsep(&next, "\n"));
		number++;
		if (*line && *line != '#' && take_line(line, &first, options, &own))
			return err_set(e, ERR_USAGE, "%s:%u: %s", path, number, own.text);
	}
	restore_thresholds(&before, options);
	return 0;
}

const char *config_file_changes(const struct options *before, const struct options *after,
				bool reloads, char *text, size_t size)
{
	size_t i, used = 0;

	text[0] = '\0';
	for (i = 0; i < option_row_count && used < size; i++)
		if (before->config_values[i] != after->config_values[i] &&
		    option_rows[i].reloads == reloads)
			used += (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "",
						 option_rows[i].name);
	return text;
}
