// SPDX-License-Identifier: GPL-2.0-or-later
/* What only all options together can tell. */
#include <string.h>
#include <strings.h>

#include "cli/options/option_rows.h"
#include "cli/options/options.h"
#include "cli/suggest.h"
#include "watch/hooks.h"

#define INTERVAL_LEAST_NS 10000000

/* An option that the command does not know is no option that it ignores. */
static int refuse_elsewhere(const struct option_row *row, const char *command, struct err *e)
{
	char names[OPTION_COMMANDS_LEN];

	if (row->instead)
		return err_set(e, ERR_USAGE, "--%s is not for `boundby %s`: %s", row->name, command,
			       row->instead);
	if (option_commands(row, names)[0])
		return err_set(e, ERR_USAGE, "--%s is for %s, not for `boundby %s`", row->name,
			       names, command);
	return err_set(e, ERR_USAGE, "--%s is not for `boundby %s`; see `boundby help %s`",
		       row->name, command, command);
}

static int check_taken(const struct options *o, struct err *e)
{
	size_t i;

	for (i = 0; i < option_row_count; i++)
		if (o->given >> i & 1 && !option_takes(&option_rows[i], o->command))
			return refuse_elsewhere(&option_rows[i], commands[o->command].name, e);
	return 0;
}

/* Targets of a live watch. */
static int check_targets(const struct options *o, struct err *e)
{
	bool chosen = o->pid_count || o->tid_count || o->name_count || o->cgroup_count;

	if (o->command == COMMAND_TOP && o->rest_count && (o->cgroup_count || o->all))
		return err_set(e, ERR_USAGE, "of a trace -p, -t and -n choose");
	if (o->command == COMMAND_TOP && !o->rest_count &&
	    (o->from_count || o->to_count || o->at_count))
		return err_set(e, ERR_USAGE,
			       "--from, --to and --at choose a part of a trace: name its file");
	if (o->command != COMMAND_ATTACH && o->command != COMMAND_RECORD &&
	    o->command != COMMAND_WATCH && (o->command != COMMAND_TOP || o->rest_count))
		return 0;
	if (!chosen && !o->all)
		return err_set(e, ERR_USAGE,
			       "no target: give -p PID, -t TID, -n NAME, -c CGROUP or --all");
	if (chosen && o->all)
		return err_set(e, ERR_USAGE,
			       "--all includes every process: leave the other targets out");
	return 0;
}

/* A word that must be one of a few. */
static int check_choice(const struct command *command, const char *word, struct err *e)
{
	const char *name, *near = suggest(word, strlen(word), command->choice);
	size_t i;

	for (i = 0; (name = command->choice(i)); i++)
		if (!strcasecmp(word, name)) /* a report prints classes in capitals */
			return 0;
	if (near)
		return err_set(e, ERR_USAGE, "`boundby %s` does not know '%s'; did you mean '%s'?",
			       command->name, word, near);
	return err_set(e, ERR_USAGE, "`boundby %s` does not know '%s'; see `boundby help %s`",
		       command->name, word, command->name);
}

/* Words that are no options. */
static int check_words(const struct options *o, struct err *e)
{
	const struct command *command = &commands[o->command];

	if (o->rest_count < command->words_least)
		return err_set(e, ERR_USAGE, "an argument is missing: boundby %s %s", command->name,
			       command->words);
	if (o->command == COMMAND_DIFF && o->rest_count > command->words_most)
		return err_set(e, ERR_USAGE, "diff compares two traces, not %d", o->rest_count);
	if (o->rest_count > command->words_most)
		return err_set(e, ERR_USAGE, "unexpected argument '%s'; see `boundby help %s`",
			       o->rest[command->words_most], command->name);
	return o->rest_count && command->choice ? check_choice(command, o->rest[0], e) : 0;
}

static int check_range(const struct options *o, struct err *e)
{
	bool diff = o->command == COMMAND_DIFF;
	size_t most = diff ? OPTIONS_MAX_RANGES : 1;

	if (o->from_count > most || o->to_count > most || o->at_count > most)
		return err_set(e, ERR_USAGE, "--from, --to and --at are given once each");
	if (o->at_count && (o->from_count || o->to_count))
		return err_set(e, ERR_USAGE,
			       "--at is a range by itself: leave --from and --to out");
	if (diff && o->rest_count == 1 && o->at_count < 2 && o->from_count + o->to_count < 2)
		return err_set(
			e, ERR_USAGE,
			"diff of one trace needs two ranges: --at WHEN --at WHEN, or --from and "
			"--to twice");
	return 0;
}

static int check_output(const struct options *o, struct err *e)
{
	bool prints = o->command == COMMAND_ATTACH || o->command == COMMAND_RUN;

	if (o->command == COMMAND_RECORD && !o->output)
		return err_set(e, ERR_USAGE, "record needs a file to write: -o FILE");
	if (prints && o->output && !strcmp(o->output, "-"))
		return err_set(e, ERR_USAGE,
			       "the report goes to stdout already: give the trace a file");
	if (o->command == COMMAND_EXPORT && !o->format)
		return err_set(e, ERR_USAGE,
			       "export needs --format; `boundby help export` lists the formats");
	if (o->html && !strcmp(o->html, "-") && (o->command == COMMAND_RUN || o->json))
		return err_set(e, ERR_USAGE, "stdout is for %s: give the page a file",
			       o->json ? "the JSON" : "what the command prints");
	if (o->events_ns && !o->output)
		return err_set(e, ERR_USAGE, "--events are recorded: they need -o FILE");
	return 0;
}

static int check_times(const struct options *o, struct err *e)
{
	if (o->interval_ns && o->duration_ns && o->interval_ns > o->duration_ns)
		return err_set(e, ERR_USAGE,
			       "the interval is longer than the duration; swap them?");
	if (o->interval_ns && o->interval_ns < INTERVAL_LEAST_NS)
		return err_set(e, ERR_USAGE, "an interval is 10ms or longer");
	if ((o->per_thread || o->label != METRICS_LABEL_NONE) && !o->listen && !o->textfile)
		return err_set(e, ERR_USAGE, "--%s is about metrics: add --listen or --textfile",
			       o->per_thread ? "per-thread" : "label");
	return 0;
}

static int check_hook(const struct options *o, struct err *e)
{
	if (o->hook && strlen(o->hook) >= HOOK_COMMAND_MAX)
		return err_set(e, ERR_USAGE,
			       "the command of --hook is longer than %d bytes; give a "
			       "script",
			       HOOK_COMMAND_MAX - 1);
	if (o->hook_user && !o->hook && !o->config)
		return err_set(e, ERR_USAGE, "--hook-user is about --hook: add it");
	return 0;
}

int options_check(const struct options *o, struct err *e)
{
	if (check_taken(o, e) || check_targets(o, e) || check_words(o, e))
		return -1;
	if (check_range(o, e) || check_output(o, e) || check_hook(o, e))
		return -1;
	return check_times(o, e);
}
