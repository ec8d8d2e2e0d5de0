// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of the file of watch --config: what it says, what the command line says against it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/options/config_file.h"
#include "cli/options/options.h"

#define WORDS_MAX 16

static char path[64];
static struct options options, before;
static struct err error;
static char line_copy[512];

static void write_file(const char *text)
{
	FILE *file;

	unlink(path);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* Parses "boundby watch --config PATH LINE", split at blanks. */
static int parse(const char *line)
{
	char *argv[WORDS_MAX + 4] = { "boundby", "watch", "--config", path }, *word, *rest;
	int argc = 4;

	free(options.config_text);
	snprintf(line_copy, sizeof(line_copy), "%s", line);
	for (word = strtok_r(line_copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		argv[argc++] = word;
	memset(&error, 0, sizeof(error));
	return options_parse(argc, argv, &options, &error);
}

static void taken(const char *text, const char *line)
{
	write_file(text);
	if (parse(line))
		fail_msg("'%s' was refused: %s", text, error.text);
}

/* The sentence begins with file and line. */
static void refused(const char *text, unsigned int line, const char *word)
{
	char place[96];

	write_file(text);
	assert_int_equal(parse(""), -1);
	assert_int_equal(error.kind, ERR_USAGE);
	snprintf(place, sizeof(place), "%s:%u: ", path, line);
	if (strncmp(error.text, place, strlen(place)) || !strstr(error.text, word))
		fail_msg("'%s': %s", text, error.text);
}

static void test_lines(void **state)
{
	taken("# a comment\n\n  all\nbudget = 2%\n\tset=starvation=0.5\nset = long-stall=3\r\n"
	      "dir = /var/lib/with a space\nlisten=127.0.0.1:9464",
	      "");
	assert_true(options.all);
	assert_true(options.budget == 0.02);
	assert_true(options.verdict.threshold[THRESHOLD_STARVATION] == 0.5);
	assert_true(options.verdict.threshold[THRESHOLD_LONG_STALL_S] == 3);
	assert_string_equal(options.directory, "/var/lib/with a space");
	assert_string_equal(options.listen, "127.0.0.1:9464");
	taken("pid = 12\npid = 34,56\n", "");
	assert_int_equal(options.pid_count, 3);
	assert_false(options.all);
}

static void test_command_line_wins(void **state)
{
	const char *text = "all\nbudget = 2%\nset = starvation=0.5\nset = contention=0.6\n"
			   "keep = 1h\n";

	taken(text, "--budget 3% --set starvation=0.4 -p 12");
	assert_true(options.budget == 0.03);
	assert_true(options.verdict.threshold[THRESHOLD_STARVATION] == 0.4);
	assert_true(options.verdict.threshold[THRESHOLD_CONTENTION] == 0.6);
	assert_int_equal(options.keep_ns, 3600 * 1000000000ULL);
	assert_false(options.all);
	assert_int_equal(options.pid_count, 1);
}

static void test_refusals(void **state)
{
	refused("all\nbugdet = 2%\n", 2, "did you mean 'budget'?");
	refused("all\n\nbudget = much\n", 3, "--budget");
	refused("all = yes\n", 1, "takes no value");
	refused("dir\n", 1, "dir = DIR");
	refused("all\nconfig = other\n", 2, "no option 'config'");
	refused("output = x\n", 1, "no option 'output'");
	refused("help\n", 1, "no option");
	refused("man\n", 1, "no option 'man'");
	/* what only all of them together can tell */
	write_file("per-thread\nall\n");
	assert_int_equal(parse(""), -1);
	assert_non_null(strstr(error.text, "--listen"));
}

static void test_files(void **state)
{
	unlink(path);
	assert_int_equal(parse(""), -1);
	assert_non_null(strstr(error.text, "cannot read"));
	write_file("all\n");
	assert_int_equal(chmod(path, 0646), 0);
	assert_int_equal(parse(""), -1);
	assert_non_null(strstr(error.text, "others can change"));
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(parse(""), -1);
	assert_non_null(strstr(error.text, "not a regular file"));
	assert_int_equal(rmdir(path), 0);
}

static void changed(const char *reloads, const char *others)
{
	char text[128];

	assert_string_equal(config_file_changes(&before, &options, true, text, sizeof(text)),
			    reloads);
	assert_string_equal(config_file_changes(&before, &options, false, text, sizeof(text)),
			    others);
}

static void test_changes(void **state)
{
	taken("all\nbudget = 2%\nset = starvation=0.5\n", "");
	before = options;
	before.config_text = NULL;
	taken("budget = 2%\n# moved\nset = starvation=0.5\nall\n", "");
	changed("", "");
	taken("all\nbudget = 3%\nkeep = 2h\nlisten = 9464\n", "");
	changed("set, budget, keep", "listen");
	/* what the command line decides does not change */
	taken("all\nbudget = 4%\nset = starvation=0.5\n", "--budget 2%");
	before = options;
	before.config_text = NULL;
	taken("all\nbudget = 5%\nset = starvation=0.5\n", "--budget 2%");
	changed("", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),	 cmocka_unit_test(test_command_line_wins),
		cmocka_unit_test(test_refusals), cmocka_unit_test(test_files),
		cmocka_unit_test(test_changes),
	};
	int failed;

	snprintf(path, sizeof(path), "/tmp/boundby-config-%d", getpid());
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	free(options.config_text);
	unlink(path);
	return failed;
}
