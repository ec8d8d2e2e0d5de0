// SPDX-License-Identifier: GPL-2.0-or-later
/* --help, of everything and of each command. */
#include "cli/help/help.h"

#include <string.h>

#include "cli/options/option_values.h"
#include "exit_codes.h"

const char *help_of_option(const struct option_row *row, enum command_id command, char *text)
{
	bool lists = row->choice && row->help[strlen(row->help) - 1] == ':';
	char choices[CHOICES_LEN], names[OPTION_COMMANDS_LEN] = "";

	if (command == NR_COMMANDS)
		option_commands(row, names);
	snprintf(text, HELP_LEN, "%s%s%s%s%s", names, names[0] ? ": " : "", row->help,
		 lists ? " " : "", lists ? choices_text(row->choice, choices) : "");
	return text;
}

static void print_option(const struct option_row *row, enum command_id command, FILE *out)
{
	bool optional = row->argument && row->argument[0] == '[';
	char left[48], letter[8] = "   ", help[HELP_LEN];

	if (row->id < OPTION_LONG_ONLY)
		snprintf(letter, sizeof(letter), "-%c,", row->id);
	snprintf(left, sizeof(left), "%s --%s%s%s", letter, row->name,
		 row->argument && !optional ? " " : "", row->argument ? row->argument : "");
	fprintf(out, "  %-28s %s\n", left, help_of_option(row, command, help));
}

static void print_command(enum command_id id, FILE *out)
{
	const struct command *command = &commands[id];
	size_t i;

	fprintf(out, "usage: boundby %s [OPTION...]%s%s\n%s\n\noptions\n", command->name,
		command->words[0] ? " " : "", command->words, command->help);
	for (i = 0; i < option_row_count; i++)
		if (option_takes(&option_rows[i], id))
			print_option(&option_rows[i], id, out);
	fprintf(out, "\nexamples\n");
	for (i = 0; i < COMMAND_MAX_EXAMPLES && command->examples[i].line; i++)
		fprintf(out, "  %s\n      %s\n", command->examples[i].line,
			command->examples[i].purpose);
}

static void print_all(FILE *out)
{
	char left[48];
	size_t i;

	fprintf(out, "usage: boundby [PID...] | boundby COMMAND [OPTION...]\n"
		     "Says what a running program is bound by, with evidence and what to do.\n\n"
		     "commands\n");
	for (i = 0; i < NR_COMMANDS; i++) {
		snprintf(left, sizeof(left), "%s %s", commands[i].name, commands[i].words);
		fprintf(out, "  %-28s %s\n", left, commands[i].help);
	}
	fprintf(out,
		"\noptions (`boundby help COMMAND` shows those of one command, with examples)\n");
	for (i = 0; i < option_row_count; i++)
		print_option(&option_rows[i], NR_COMMANDS, out);
	fprintf(out, "\nexit status\n");
#define EXIT_LINE(identifier, code, meaning) fprintf(out, "  %-3d %s\n", code, meaning);
	BOUNDBY_EXIT_CODES(EXIT_LINE)
#undef EXIT_LINE
}

void help_print(enum command_id topic, FILE *out)
{
	if (topic == NR_COMMANDS)
		print_all(out);
	else
		print_command(topic, out);
}
