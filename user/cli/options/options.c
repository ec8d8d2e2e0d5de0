// SPDX-License-Identifier: GPL-2.0-or-later
/* The parser: getopt_long, fed from the list of options. */
#include "cli/options/options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/options/config_file.h"
#include "cli/options/option_rows.h"
#include "cli/options/option_values.h"
#include "cli/suggest.h"

#define DEFAULT_BUDGET 0.01
#define DEFAULT_STALL_NS 10000000
#define DEFAULT_KEEP_NS (24 * 3600 * 1000000000ULL)
#define DEFAULT_MAX_BYTES (1ULL << 30)

static int refuse_command(const char *word, struct err *e)
{
	const char *near = suggest(word, strlen(word), command_name);

	if (near)
		return err_set(e, ERR_USAGE,
			       "'%s' is neither a PID nor a command; did you mean `boundby %s`?",
			       word, near);
	return err_set(e, ERR_USAGE, "'%s' is neither a PID nor a command; see `boundby --help`",
		       word);
}

static bool begins_as_number(const char *word)
{
	return word[0] >= '0' && word[0] <= '9';
}

/*
 * The first word: a command, or a PID, which means attach, as nothing does. Returns how many words
 * it took.
 */
static int parse_command(int argc, char **argv, struct options *o, struct err *e)
{
	o->topic = NR_COMMANDS;
	o->command = COMMAND_ATTACH;
	if (argc < 2 || argv[1][0] == '-' || begins_as_number(argv[1]))
		return 0;
	o->command = o->topic = command_find(argv[1]);
	return o->command == NR_COMMANDS ? refuse_command(argv[1], e) : 1;
}

static const struct option_row *find_row(int id)
{
	size_t i;

	for (i = 0; i < option_row_count; i++)
		if (option_rows[i].id == id)
			return &option_rows[i];
	return NULL;
}

static const char *long_name(size_t i)
{
	return i < option_row_count ? option_rows[i].name : NULL;
}

static int refuse_unknown(const char *word, struct err *e)
{
	const char *near = strncmp(word, "--", 2) ?
				   NULL :
				   suggest(word + 2, strcspn(word + 2, "="), long_name);

	if (near)
		return err_set(e, ERR_USAGE, "there is no option '%s'; did you mean --%s?", word,
			       near);
	return err_set(e, ERR_USAGE, "there is no option '%s'; see `boundby --help`", word);
}

/* getopt's answer: '?' for an option that it does not know, ':' for a value that is missing. */
static int refuse_option(char **argv, int answer, struct err *e)
{
	char letter[] = { '-', (char)optopt, '\0' };
	const char *word = argv[optind - 1];
	const struct option_row *row = find_row(optopt);
	bool long_one = !strncmp(word, "--", 2);

	/* what is missing its value, or has one too much, may be an abbreviation, too */
	if (long_one && row && strncmp(word + 2, row->name, strcspn(word + 2, "=")))
		row = NULL;
	if (answer == '?' && long_one && row && strlen(row->name) == strcspn(word + 2, "="))
		return err_set(e, ERR_USAGE, "option '--%s' takes no value; see `boundby --help`",
			       row->name);
	if (answer == '?' || (long_one && (!row || strcmp(word + 2, row->name))))
		return refuse_unknown(optopt && !find_row(optopt) ? letter : word, e);
	/* of -abc only one letter is meant */
	return err_set(e, ERR_USAGE, "option '%s' needs a value; see `boundby --help`",
		       long_one ? word : letter);
}

/*
 * getopt takes the beginning of a long name for the name: --max for --max-size. If a user means
 * another option, the answer would be about the wrong one. Returns the word, NULL if it is exact.
 */
static const char *abbreviated(char **argv, const struct option_row *row)
{
	const char *word = argv[optind - 1];
	size_t length;

	if (optarg == word)
		word = argv[optind - 2]; /* the value stands by itself */
	length = strcspn(word + 2, "=");
	return length == strlen(row->name) && !strncmp(word + 2, row->name, length) ? NULL : word;
}

/* What getopt_long wants to know. shorts holds 2 * OPTIONS_MAX_ROWS + 3 bytes, longs OPTIONS_MAX_ROWS + 1. */
static void fill_getopt(bool stop_at_words, char *shorts, struct option *longs)
{
	const struct option_row *row;

	/* ':' first: a missing value differs from an unknown option */
	shorts = stpcpy(shorts, stop_at_words ? "+:" : ":");
	for (row = option_rows; row < option_rows + option_row_count; row++, longs++) {
		longs->name = row->name;
		longs->has_arg = !row->argument		 ? no_argument :
				 row->argument[0] == '[' ? optional_argument :
							   required_argument;
		longs->val = row->id;
		if (row->id < OPTION_LONG_ONLY) {
			*shorts++ = (char)row->id;
			if (row->argument)
				*shorts++ = ':';
		}
	}
	*shorts = '\0';
}

/* Takes the options one by one; 1 when one of them asks for an answer at once. */
static int parse_options(int argc, char **argv, struct options *o, struct err *e)
{
	struct option longs[OPTIONS_MAX_ROWS + 1] = { 0 };
	char shorts[2 * OPTIONS_MAX_ROWS + 3];
	const struct option_row *row;
	const char *word;
	int id, place;

	/* what follows the command of run is the command's own; elsewhere order is free */
	fill_getopt(o->command == COMMAND_RUN, shorts, longs);
	optind = 0; /* glibc: restart, so that it can be called again */
	while (place = -1, id = getopt_long(argc, argv, shorts, longs, &place), id != -1) {
		if (id == '?' || id == ':')
			return refuse_option(argv, id, e);
		row = find_row(id);
		word = place < 0 ? NULL : abbreviated(argv, row);
		if (word)
			return refuse_unknown(word, e);
		if (id == 'h' || id == 'V') {
			o->command = id == 'h' ? COMMAND_HELP : COMMAND_VERSION;
			return 1;
		}
		o->given |= 1ULL << (row - option_rows);
		if (row->parse(row, optarg, o, e))
			return -1;
	}
	return 0;
}

/* The words of a command that takes PIDs are PIDs: "12 34", "12,34". */
static int take_processes(struct options *o, struct err *e)
{
	const struct option_row *row = find_row('p');

	for (; o->rest_count; o->rest++, o->rest_count--) {
		if (o->rest[0][strspn(o->rest[0], "0123456789,")])
			return err_set(e, ERR_USAGE, "'%s' is not a PID; see `boundby help %s`",
				       o->rest[0], commands[o->command].name);
		if (row->parse(row, o->rest[0], o, e))
			return -1;
	}
	return 0;
}

/* A trace instead of PIDs: its name is no list of numbers. */
static bool names_trace(const struct options *o)
{
	return o->command == COMMAND_TOP && o->rest_count &&
	       o->rest[0][strspn(o->rest[0], "0123456789,")];
}

static bool has_target(const struct options *o)
{
	return o->pid_count || o->tid_count || o->name_count || o->cgroup_count || o->all;
}

static void set_defaults(struct options *ret)
{
	memset(ret, 0, sizeof(*ret));
	verdict_settings_default(&ret->verdict);
	ret->depth = DEPTH_SYSCALLS;
	ret->label = METRICS_LABEL_NONE;
	ret->stall_ns = DEFAULT_STALL_NS;
	ret->budget = DEFAULT_BUDGET;
	ret->keep_ns = DEFAULT_KEEP_NS;
	ret->max_bytes = DEFAULT_MAX_BYTES;
}

int options_parse(int argc, char **argv, struct options *ret, struct err *e)
{
	int words, result;

	set_defaults(ret);
	ret->argc = argc;
	ret->argv = argv;
	words = parse_command(argc, argv, ret, e);
	if (words < 0)
		return -1;
	argc -= words;
	argv += words;
	result = parse_options(argc, argv, ret, e);
	if (result)
		return result < 0 ? -1 : 0;
	ret->rest = argv + optind;
	ret->rest_count = argc - optind;
	if (commands[ret->command].complete == COMPLETE_PROCESS && !names_trace(ret) &&
	    take_processes(ret, e))
		return -1;
	if ((!words || (ret->command == COMMAND_TOP && !ret->rest_count)) && !has_target(ret))
		ret->all = true;
	if (ret->config && ret->command == COMMAND_WATCH &&
	    config_file_read(ret->config, has_target(ret), ret, e))
		return -1;
	if (ret->command == COMMAND_HELP)
		ret->topic = ret->rest_count ? command_find(ret->rest[0]) : NR_COMMANDS;
	return options_check(ret, e);
}
