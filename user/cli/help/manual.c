// SPDX-License-Identifier: GPL-2.0-or-later
/* The manual page boundby(1), from the lists of commands, options and exit statuses. */
#include "cli/help/help.h"
#include "exit_codes.h"

/* Text as man(7) takes it: hyphens that can be copied, no line that begins with a request. */
static void put(const char *text, FILE *out)
{
	fputs("\\&", out);
	for (; *text; text++)
		if (*text == '-')
			fputs("\\-", out);
		else if (*text == '\\')
			fputs("\\e", out);
		else if (*text == '`')
			fputs("\\(ga", out);
		else if (*text == '\'')
			fputs("\\(aq", out);
		else
			fputc(*text, out);
}

/* A term in bold and the text that belongs to it. */
static void put_item(const char *term, const char *text, FILE *out)
{
	fputs(".TP\n\\fB", out);
	put(term, out);
	fputs("\\fR\n", out);
	put(text, out);
	fputc('\n', out);
}

static void put_option(const struct option_row *row, FILE *out)
{
	char term[64], letter[8] = "", help[HELP_LEN];
	bool optional = row->argument && row->argument[0] == '[';

	if (row->id < OPTION_LONG_ONLY)
		snprintf(letter, sizeof(letter), "-%c, ", row->id);
	snprintf(term, sizeof(term), "%s--%s%s%s", letter, row->name,
		 row->argument && !optional ? " " : "", row->argument ? row->argument : "");
	put_item(term, help_of_option(row, NR_COMMANDS, help), out);
}

static void put_command(enum command_id id, FILE *out)
{
	const struct command *command = &commands[id];
	char usage[64];
	size_t i;
	int taken = 0;

	snprintf(usage, sizeof(usage), "boundby %s %s", command->name, command->words);
	put_item(usage, command->help, out);
	fputs(".br\nOptions: ", out);
	for (i = 0; i < option_row_count; i++)
		if (option_takes(&option_rows[i], id)) {
			fputs(taken++ ? ", " : "", out);
			put("--", out);
			put(option_rows[i].name, out);
		}
	fputs(".\n", out);
}

static void put_examples(FILE *out)
{
	size_t command, i;

	for (command = 0; command < NR_COMMANDS; command++)
		for (i = 0; i < COMMAND_MAX_EXAMPLES; i++)
			if (commands[command].examples[i].line)
				put_item(commands[command].examples[i].line,
					 commands[command].examples[i].purpose, out);
}

void manual_print(const char *version, FILE *out)
{
	size_t i;

	fputs(".\\\" SPDX-License-Identifier: GPL-2.0-or-later\n.TH BOUNDBY 1 \"\" \"boundby ",
	      out);
	fputs(version, out);
	fputs("\" \"User Commands\"\n.SH NAME\n"
	      "boundby \\- say what a running program is bound by\n"
	      ".SH SYNOPSIS\n\\fBboundby\\fR \\fIPID\\fR\n.br\n"
	      "\\fBboundby\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR...]\n"
	      ".SH DESCRIPTION\n"
	      "Accounts for every nanosecond of every thread of running programs from the kernel's\n"
	      "scheduler events, and says in words what they are bound by, with evidence and what\n"
	      "to do. The programs are neither stopped nor changed.\n.SH COMMANDS\n",
	      out);
	for (i = 0; i < NR_COMMANDS; i++)
		put_command((enum command_id)i, out);
	fputs(".SH OPTIONS\n", out);
	for (i = 0; i < option_row_count; i++)
		put_option(&option_rows[i], out);
	fputs(".SH EXIT STATUS\n", out);
#define EXIT_ITEM(identifier, code, meaning) put_item(#code, meaning, out);
	BOUNDBY_EXIT_CODES(EXIT_ITEM)
#undef EXIT_ITEM
	fputs(".SH EXAMPLES\n", out);
	put_examples(out);
	fputs(".SH SEE ALSO\n\\fBperf\\fR(1), \\fBstrace\\fR(1), \\fBbpftrace\\fR(8)\n", out);
}
