// SPDX-License-Identifier: GPL-2.0-or-later
/* Completions for bash, zsh and fish, from the lists of commands and options. */
#include <string.h>

#include "cli/help/help.h"

/* What lists the processes that can be watched. */
#define PROCESSES "$(cd /proc && printf '%s ' [0-9]*)"

/*
 * The names that a list gives, with a separator between. Those of several words are left out: shells
 * split such a list at blanks.
 */
static void put_choices(const char *(*choice)(size_t i), const char *separator, FILE *out)
{
	const char *name, *between = "";
	size_t i;

	for (i = 0; (name = choice(i)); i++) {
		if (strchr(name, ' '))
			continue;
		fprintf(out, "%s%s", between, name);
		between = separator;
	}
}

/* Text between single quotes. colon: what zsh wants before a colon and before a bracket. */
static void put_quoted(const char *text, const char *colon, FILE *out)
{
	for (; *text; text++)
		if (*text == '\'')
			fputs("'\\''", out);
		else if (strchr(":[]", *text))
			fprintf(out, "%s%c", colon, *text);
		else
			fputc(*text, out);
}

static bool takes_value(const struct option_row *row)
{
	return row->argument && row->argument[0] != '[';
}

/* ---- bash ------------------------------------------------------------------------------------- */
/* The command that offers what may stand there; nothing when nothing is known. */
static void bash_offer(enum completion complete, const char *(*choice)(size_t i), FILE *out)
{
	switch (complete) {
	case COMPLETE_NOTHING:
		return;
	case COMPLETE_CHOICE:
		fputs("compgen -W '", out);
		put_choices(choice, " ", out);
		fputs("' -- \"$cur\"", out);
		return;
	case COMPLETE_PROCESS:
		fputs("compgen -W \"" PROCESSES "\" -- \"$cur\"", out);
		return;
	case COMPLETE_FILE:
		fputs("compgen -f -- \"$cur\"", out);
		return;
	case COMPLETE_DIRECTORY:
		fputs("compgen -d -- \"$cur\"", out);
		return;
	case COMPLETE_PROGRAM:
		fputs("compgen -c -- \"$cur\"", out);
		return;
	}
}

static void bash_values(FILE *out)
{
	const struct option_row *row;
	size_t i;

	for (i = 0; i < option_row_count; i++) {
		row = &option_rows[i];
		if (!takes_value(row))
			continue;
		fputs("\t", out);
		if (row->id < OPTION_LONG_ONLY)
			fprintf(out, "-%c | ", row->id);
		fprintf(out, "--%s)\n\t\tmapfile -t COMPREPLY < <(", row->name);
		bash_offer(row->complete, row->choice, out);
		fputs(")\n\t\treturn\n\t\t;;\n", out);
	}
}

static void bash_commands(FILE *out)
{
	size_t command, i;

	for (command = 0; command < NR_COMMANDS; command++) {
		fprintf(out, "\t%s)\n\t\toptions='", commands[command].name);
		for (i = 0; i < option_row_count; i++)
			if (option_takes(&option_rows[i], (enum command_id)command))
				fprintf(out, "--%s ", option_rows[i].name);
		fputs("'\n\t\tmapfile -t words < <(", out);
		bash_offer(commands[command].complete, commands[command].choice, out);
		fputs(")\n\t\t;;\n", out);
	}
}

static void bash(FILE *out)
{
	fputs("# bash completion of boundby; made by `boundby completion bash`\n"
	      "_boundby()\n{\n"
	      "\tlocal cur=${COMP_WORDS[COMP_CWORD]} last=${COMP_WORDS[COMP_CWORD - 1]}\n"
	      "\tlocal command=${COMP_WORDS[1]} options word words\n"
	      "\tCOMPREPLY=()\n"
	      "\tif ((COMP_CWORD == 1)) && [[ $cur != -* ]]; then\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -W '",
	      out);
	put_choices(command_name, " ", out);
	fputs(" '\"" PROCESSES "\" -- \"$cur\")\n\t\treturn\n\tfi\n"
	      "\t# the words of a command that is run are its own\n"
	      "\tfor word in \"${COMP_WORDS[@]:2:COMP_CWORD-2}\"; do\n"
	      "\t\t[[ $command != run || $word != -- ]] || { compopt -o default; return; }\n"
	      "\tdone\n"
	      "\t# --depth=sched is three words to bash\n"
	      "\tif [[ $cur == = ]]; then\n\t\tcur=\n\telif [[ $last == = ]]; then\n"
	      "\t\tlast=${COMP_WORDS[COMP_CWORD - 2]}\n\tfi\n"
	      "\tcase $last in\n",
	      out);
	bash_values(out);
	fputs("\tesac\n\tcase $command in\n\t", out);
	put_choices(command_name, " | ", out);
	fputs(") ;;\n\t*) command=attach ;;\n\tesac\n\tcase $command in\n", out);
	bash_commands(out);
	fputs("\tesac\n\tif [[ $cur == -* ]]; then\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$cur\")\n"
	      "\telse\n\t\tCOMPREPLY=(\"${words[@]}\")\n\tfi\n}\n"
	      "complete -o filenames -F _boundby boundby\n",
	      out);
}

/* ---- zsh -------------------------------------------------------------------------------------- */
static void zsh_action(enum completion complete, const char *(*choice)(size_t i), FILE *out)
{
	static const char *const actions[] = {
		[COMPLETE_NOTHING] = " ",	[COMPLETE_PROCESS] = "_pids",
		[COMPLETE_FILE] = "_files",	[COMPLETE_DIRECTORY] = "_files -/",
		[COMPLETE_PROGRAM] = "_normal",
	};

	if (complete == COMPLETE_CHOICE) {
		fputs("(", out);
		put_choices(choice, " ", out);
		fputs(")", out);
	} else {
		fputs(actions[complete], out);
	}
}

static void zsh_option(const struct option_row *row, enum command_id command, FILE *out)
{
	char help[HELP_LEN];

	help_of_option(row, command, help);
	fputs(" \\\n\t\t\t", out);
	if (row->id < OPTION_LONG_ONLY)
		fprintf(out, "'*'{-%c%s,--%s%s}'", row->id, takes_value(row) ? "+" : "", row->name,
			takes_value(row) ? "=" : "");
	else
		fprintf(out, "'*--%s%s", row->name,
			takes_value(row) ? "=" :
			row->argument	 ? "=-" :
					   "");
	fputs("[", out);
	put_quoted(help, "\\", out);
	fputs("]", out);
	if (row->argument) {
		fputs(takes_value(row) ? ":" : "::", out);
		put_quoted(row->argument, "\\", out);
		fputs(":", out);
		zsh_action(row->complete, row->choice, out);
	}
	fputs("'", out);
}

static void zsh_command(enum command_id id, FILE *out)
{
	const struct command *command = &commands[id];
	size_t i;

	fprintf(out, "\t%s)\n\t\t_arguments -s -S", command->name);
	for (i = 0; i < option_row_count; i++)
		if (option_takes(&option_rows[i], id))
			zsh_option(&option_rows[i], id, out);
	if (command->words[0]) {
		fprintf(out, " \\\n\t\t\t'*:%s:",
			command->complete == COMPLETE_PROGRAM ? ":command" : "word");
		zsh_action(command->complete, command->choice, out);
		fputs("'", out);
	}
	fputs("\n\t\t;;\n", out);
}

static void zsh(FILE *out)
{
	size_t i;

	fputs("#compdef boundby\n# made by `boundby completion zsh`\n_boundby()\n{\n"
	      "\tlocal -a commands\n\tlocal command\n\tcommands=(\n",
	      out);
	for (i = 0; i < NR_COMMANDS; i++) {
		fprintf(out, "\t\t'%s:", commands[i].name);
		put_quoted(commands[i].help, "", out);
		fputs("'\n", out);
	}
	fputs("\t)\n\tif ((CURRENT == 2)) && [[ $words[2] != -* ]]; then\n"
	      "\t\t_describe -t commands command commands\n\t\t_pids\n\t\treturn\n\tfi\n"
	      "\tcommand=$words[2]\n"
	      "\tif ((${commands[(I)$command:*]})); then\n"
	      "\t\tshift words\n\t\t((CURRENT--))\n\telse\n\t\tcommand=attach\n\tfi\n"
	      "\tcase $command in\n",
	      out);
	for (i = 0; i < NR_COMMANDS; i++)
		zsh_command((enum command_id)i, out);
	/* autoloaded from fpath the file is the function; sourced it only defines it */
	fputs("\tesac\n}\nif [[ $funcstack[1] == _boundby ]]; then\n\t_boundby \"$@\"\nelse\n"
	      "\tcompdef _boundby boundby\nfi\n",
	      out);
}

/* ---- fish ------------------------------------------------------------------------------------- */
static void fish_values(enum completion complete, const char *(*choice)(size_t i), FILE *out)
{
	switch (complete) {
	case COMPLETE_NOTHING:
		return;
	case COMPLETE_CHOICE:
		fputs(" -a '", out);
		put_choices(choice, " ", out);
		fputs("'", out);
		return;
	case COMPLETE_PROCESS:
		fputs(" -a '(__fish_complete_pids)'", out);
		return;
	case COMPLETE_FILE:
		fputs(" -F", out);
		return;
	case COMPLETE_DIRECTORY:
		fputs(" -a '(__fish_complete_directories)'", out);
		return;
	case COMPLETE_PROGRAM:
		fputs(" -a '(__fish_complete_subcommand)'", out);
		return;
	}
}

static void fish_option(const struct option_row *row, FILE *out)
{
	bool attach = option_takes(row, COMMAND_ATTACH);
	const char *value = !takes_value(row) ? "" : row->complete == COMPLETE_FILE ? " -r" : " -x";
	char help[HELP_LEN];
	size_t i;

	/* no command means attach: its options are offered unless another command is there */
	fprintf(out, "complete -c boundby -n '%s__fish_seen_subcommand_from", attach ? "not " : "");
	for (i = 0; i < NR_COMMANDS; i++)
		if (option_takes(row, (enum command_id)i) != attach)
			fprintf(out, " %s", commands[i].name);
	fputs("'", out);
	if (row->id < OPTION_LONG_ONLY)
		fprintf(out, " -s %c", row->id);
	fprintf(out, " -l %s%s -d '", row->name, value);
	put_quoted(help_of_option(row, COMMAND_HELP, help), "", out);
	fputs("'", out);
	fish_values(row->complete, row->choice, out);
	fputs("\n", out);
}

static void fish(FILE *out)
{
	size_t i;

	fputs("# fish completion of boundby; made by `boundby completion fish`\n"
	      "complete -c boundby -f\n",
	      out);
	for (i = 0; i < NR_COMMANDS; i++) {
		fprintf(out, "complete -c boundby -n __fish_use_subcommand -a %s -d '",
			commands[i].name);
		put_quoted(commands[i].help, "", out);
		fputs("'\n", out);
		if (!commands[i].words[0])
			continue;
		fprintf(out, "complete -c boundby -n '__fish_seen_subcommand_from %s'",
			commands[i].name);
		fish_values(commands[i].complete, commands[i].choice, out);
		fputs("\n", out);
	}
	for (i = 0; i < option_row_count; i++)
		fish_option(&option_rows[i], out);
}

int completion_print(const char *shell, FILE *out)
{
	static void (*const print[])(FILE * out) = { bash, zsh, fish };
	size_t i;

	for (i = 0; i < sizeof(print) / sizeof(print[0]); i++)
		if (!strcmp(shell, shell_name(i))) {
			print[i](out);
			return 0;
		}
	return -1;
}
