// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of what is made from the lists of options and commands: help, manual, completions. */
#include "options_fixture.h"

/* What one of the printers below writes; to be freed. */
static char *printed(void (*print)(const char *what, FILE *out), const char *what)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	print(what, out);
	fclose(out);
	return text;
}

static void print_help(const char *command, FILE *out)
{
	help_print(command ? command_find(command) : NR_COMMANDS, out);
}

static void print_completion(const char *shell, FILE *out)
{
	assert_int_equal(completion_print(shell, out), 0);
}

/* Is the name there as a word of its own, behind what the form puts before it? */
static bool names(const char *text, const char *before, const char *name)
{
	char wanted[64];
	const char *found;
	size_t length;

	snprintf(wanted, sizeof(wanted), "%s%s", before, name);
	length = strlen(wanted);
	for (found = strstr(text, wanted); found; found = strstr(found + 1, wanted))
		if (!strchr("abcdefghijklmnopqrstuvwxyz-", found[length]) &&
		    strncmp(found + length, "\\-", 2))
			return true;
	return false;
}

static void test_every_option_is_whole(void **state)
{
	const struct option_row *row, *other;

	assert_true(option_row_count <= 64); /* bits of given */
	for (row = option_rows; row < option_rows + option_row_count; row++) {
		if (!row->name || !row->help || !row->takes || row->takes >> NR_COMMANDS)
			fail_msg("option %d lacks a name, a help or its commands", row->id);
		if (!row->parse && row->id != 'h' && row->id != 'V')
			fail_msg("--%s has nothing that parses it", row->name);
		if ((row->complete == COMPLETE_CHOICE) != (row->choice != NULL))
			fail_msg("--%s: COMPLETE_CHOICE and a list go together", row->name);
		for (other = option_rows; other < row; other++)
			if (other->id == row->id || !strcmp(other->name, row->name))
				fail_msg("--%s is there twice", row->name);
	}
}

/* A command's help and that of all name each option that it takes, and no other. */
static void test_help_names_every_option(void **state)
{
	char *all = printed(print_help, NULL), *one;
	size_t i, command;

	assert_non_null(strstr(all, "exit status"));
	for (i = 0; i < option_row_count; i++)
		if (!names(all, "--", option_rows[i].name) || !strstr(all, option_rows[i].help))
			fail_msg("--help does not name --%s", option_rows[i].name);
	for (command = 0; command < NR_COMMANDS; command++) {
		if (!names(all, "\n  ", commands[command].name))
			fail_msg("--help does not name %s", commands[command].name);
		one = printed(print_help, commands[command].name);
		for (i = 0; i < option_row_count; i++)
			if (names(one, " --", option_rows[i].name) !=
			    option_takes(&option_rows[i], (enum command_id)command))
				fail_msg("help %s: --%s", commands[command].name,
					 option_rows[i].name);
		free(one);
	}
	free(all);
}

static void print_manual(const char *version, FILE *out)
{
	manual_print(version, out);
}

static void test_manual_names_everything(void **state)
{
	char *text = printed(print_manual, "9.9"), name[64], *to;
	const char *from;
	size_t i;

	for (i = 0; i < option_row_count; i++) {
		for (to = name, from = option_rows[i].name; *from; *to++ = *from++)
			if (*from == '-')
				*to++ = '\\';
		*to = '\0';
		if (!names(text, "\\-\\-", name))
			fail_msg("the manual page does not name --%s", option_rows[i].name);
	}
	for (i = 0; i < NR_COMMANDS; i++)
		if (!names(text, "\\&boundby ", commands[i].name))
			fail_msg("the manual page does not name %s", commands[i].name);
	assert_non_null(strstr(text, "boundby 9.9"));
	free(text);
}

/* Each shell offers each command, each option and each value of which there is a list. */
static void test_completions_name_everything(void **state)
{
	static const char *const before[] = { "--", "--", "-l " };
	const char *shell, *value;
	char *text;
	size_t s, i, v;

	for (s = 0; (shell = shell_name(s)); s++) {
		text = printed(print_completion, shell);
		for (i = 0; i < option_row_count; i++) {
			if (!names(text, before[s], option_rows[i].name))
				fail_msg("%s: no --%s", shell, option_rows[i].name);
			for (v = 0; option_rows[i].choice && (value = option_rows[i].choice(v));
			     v++)
				if (!names(text, "", value))
					fail_msg("%s: no value %s", shell, value);
		}
		for (i = 0; i < NR_COMMANDS; i++)
			if (!names(text, "", commands[i].name))
				fail_msg("%s: no command %s", shell, commands[i].name);
		free(text);
	}
	assert_int_equal(completion_print("csh", stdout), -1);
}

/* Each command is explained, and its examples are taken as they stand. */
static void test_every_command_is_whole(void **state)
{
	const struct command *command;
	char line[256], *end;
	size_t i;

	for (command = commands; command < commands + NR_COMMANDS; command++) {
		assert_true(command->help && command->help[0]);
		assert_int_equal(command->complete == COMPLETE_CHOICE, command->choice != NULL);
		if (!command->examples[0].line)
			fail_msg("%s has no example", command->name);
		for (i = 0; i < COMMAND_MAX_EXAMPLES && command->examples[i].line; i++) {
			assert_non_null(command->examples[i].purpose);
			snprintf(line, sizeof(line), "%s", command->examples[i].line);
			/* what a shell would not hand over, or makes a list of PIDs of */
			if ((end = strstr(line, "$(pidof ")))
				strcpy(end, "12 34");
			line[strcspn(line, "|>)")] = '\0';
			end = strstr(line, "boundby");
			if (!end)
				fail_msg("'%s' does not call boundby", command->examples[i].line);
			taken(end + strlen("boundby"));
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_option_is_whole),
		cmocka_unit_test(test_every_command_is_whole),
		cmocka_unit_test(test_help_names_every_option),
		cmocka_unit_test(test_manual_names_everything),
		cmocka_unit_test(test_completions_name_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
