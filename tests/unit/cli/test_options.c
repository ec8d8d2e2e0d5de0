// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of cli/options: what command lines mean and which are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/options.h"
#include "exit_codes.h"

#define WORDS_MAX 16

static struct options options;
static struct err error;
static char line_copy[512];

/* Parses "boundby LINE", split at blanks; '' stands for an empty word. */
static int parse(const char *line)
{
	char *argv[WORDS_MAX + 2] = { "boundby" }, *word, *rest;
	int argc = 1;

	snprintf(line_copy, sizeof(line_copy), "%s", line);
	for (word = strtok_r(line_copy, " ", &rest); word && argc <= WORDS_MAX;
	     word = strtok_r(NULL, " ", &rest))
		argv[argc++] = strcmp(word, "''") ? word : "";
	memset(&error, 0, sizeof(error));
	return options_parse(argc, argv, &options, &error);
}

static void taken(const char *line)
{
	if (parse(line))
		fail_msg("'%s' was refused: %s", line, error.text);
}

static void test_bare_pid(void **state)
{
	taken("4242");
	assert_string_equal(options.command, "attach");
	assert_int_equal(options.pid_count, 1);
	assert_int_equal(options.pids[0], 4242);
	assert_int_equal(options.depth, DEPTH_SYSCALLS);
	assert_int_equal(options.stall_ns, 10000000);
	assert_int_equal(options.duration_ns, 0);
	taken("4242 -d 5 -j");
	assert_int_equal(options.duration_ns, 5000000000);
	assert_true(options.json);
}

static void test_command_may_be_left_out(void **state)
{
	taken("-p 1 -d 500ms");
	assert_string_equal(options.command, "attach");
	assert_int_equal(options.duration_ns, 500000000);
}

static void test_targets(void **state)
{
	taken("attach -p 1,2 --pid 3 --pid=2 -t 9 -n redis -n nginx -c /a");
	assert_int_equal(options.pid_count, 3); /* 2 was said twice */
	assert_int_equal(options.pids[2], 3);
	assert_int_equal(options.tid_count, 1);
	assert_int_equal(options.tids[0], 9);
	assert_int_equal(options.name_count, 2);
	assert_string_equal(options.names[1], "nginx");
	assert_int_equal(options.cgroup_count, 1);
	taken("attach --all --no-children");
	assert_true(options.all && options.no_children);
}

static void test_too_many_targets(void **state)
{
	char list[OPTIONS_MAX_TARGETS * 6 + 32] = "1";
	char *argv[] = { "boundby", "attach", "-p", list, NULL };
	size_t used = 1;
	int i;

	for (i = 2; i <= OPTIONS_MAX_TARGETS; i++)
		used += (size_t)snprintf(list + used, sizeof(list) - used, ",%d", i);
	assert_int_equal(options_parse(4, argv, &options, &error), 0);
	assert_int_equal(options.pid_count, OPTIONS_MAX_TARGETS);
	snprintf(list + used, sizeof(list) - used, ",%d", i);
	assert_int_equal(options_parse(4, argv, &options, &error), -1);
	assert_int_equal(error.exit_code, EXIT_USAGE);
}

static void test_run_keeps_its_command(void **state)
{
	taken("run -d 3 -- ls -l --json");
	assert_string_equal(options.command, "run");
	assert_int_equal(options.rest_count, 3);
	assert_string_equal(options.rest[0], "ls");
	assert_string_equal(options.rest[2], "--json");
	assert_false(options.json);
	/* without --, options end at the first word that is none */
	taken("run ls -j");
	assert_int_equal(options.rest_count, 2);
	assert_false(options.json);
}

static void test_common_options(void **state)
{
	taken("attach -p 1 -i 100ms -d 1 --depth sched --stall 5ms -vv "
	      "--fail-on io-bound,cpu-bound --fail-on mixed --set io-ratio=0.5");
	assert_int_equal(options.interval_ns, 100000000);
	assert_int_equal(options.depth, DEPTH_SCHED);
	assert_int_equal(options.stall_ns, 5000000);
	assert_int_equal(options.verbose, 2);
	assert_int_equal(options.fail_on, 1u << verdict_class_parse("io-bound") |
						  1u << verdict_class_parse("cpu-bound") |
						  1u << verdict_class_parse("mixed"));
}

static void test_traces(void **state)
{
	taken("record -p 1 -o a.bbt --events");
	assert_string_equal(options.output, "a.bbt");
	assert_int_equal(options.events_ns, 1000000);
	taken("attach -p 1 --events=200us -o a.bbt -i 1");
	assert_int_equal(options.events_ns, 200000);
	/* options may come after the files */
	taken("report a.bbt b.bbt --at 14:03 -j --set starvation=0.2");
	assert_int_equal(options.rest_count, 2);
	assert_string_equal(options.rest[1], "b.bbt");
	assert_int_equal(options.at_count, 1);
	assert_true(options.json);
	assert_int_equal(options.set, 1u << THRESHOLD_STARVATION);
	taken("report a.bbt -p 4 -t 5 --from +1s --to -1s");
	assert_int_equal(options.from[0].kind, WHEN_AFTER_BEGIN);
	assert_int_equal(options.to[0].kind, WHEN_BEFORE_END);
	taken("export a.bbt --format csv -o out");
	assert_string_equal(options.format->name, "csv");
	assert_true(options.format->windows);
	taken("diff a.bbt b.bbt");
	taken("diff a.bbt --at 14:03 --at 14:10");
	assert_int_equal(options.at_count, 2);
	taken("diff a.bbt --to 14:03 --from 14:10");
	/* the command of run keeps what follows it */
	taken("run -o a.bbt -- ls -o x");
	assert_string_equal(options.output, "a.bbt");
	assert_int_equal(options.rest_count, 3);
}

static void test_words_that_answer_at_once(void **state)
{
	taken("--help");
	assert_string_equal(options.command, "help");
	taken("-V");
	assert_string_equal(options.command, "version");
	taken("attach --help -p x"); /* what follows does not matter any more */
	assert_string_equal(options.command, "help");
	taken("explain io-bound");
	assert_int_equal(options.rest_count, 1);
	taken("check");
}

static void test_refused(void **state)
{
	static const struct {
		const char *line, *names; /* names: what the sentence must name */
	} rows[] = {
		{ "", "target" },
		{ "nonsense", "'nonsense'" },
		{ "0", "'0'" },
		{ "-1", "-1" },
		{ "12x", "'12x'" },
		{ "''", "''" },
		{ "1 2", "'2'" },
		{ "attach", "target" },
		{ "attach -p", "-p" },
		{ "attach --pid", "--pid" },
		{ "attach -p 0", "--pid" },
		{ "attach -p -5", "--pid" },
		{ "attach -p 1,", "--pid" },
		{ "attach -p 99999999999", "--pid" },
		{ "attach -p 2147483648", "--pid" },
		{ "attach -t x", "--tid" },
		{ "attach -n ''", "--name" },
		{ "attach -n a-name-longer-than-any", "--name" },
		{ "attach -c ''", "--cgroup" },
		{ "attach -a -p 1", "--all" },
		{ "attach -p 1 extra", "'extra'" },
		{ "attach -p 1 -d 0", "--duration" },
		{ "attach -p 1 -i x", "--interval" },
		{ "attach -p 1 -i 1ms", "interval" },
		{ "attach -p 1 -d 1 -i 2", "interval" },
		{ "attach -p 1 --stall 0", "--stall" },
		{ "attach -p 1 --depth deep", "--depth" },
		{ "attach -p 1 --set io-ratio", "io-ratio" },
		{ "attach -p 1 --set nonsense=1", "nonsense" },
		{ "attach -p 1 --set io-ratio=x", "io-ratio" },
		{ "attach -p 1 --fail-on nonsense", "nonsense" },
		{ "attach -p 1 --fail-on io-bound,", "--fail-on" },
		{ "attach -p 1 --nonsense", "--nonsense" },
		{ "attach -p 1 -Z", "-Z" },
		{ "attach -p 1 --json=yes", "--json" },
		{ "attach -Zj", "'-Z'" },
		{ "-jZa", "'-Z'" },
		{ "attach -jp", "'-p'" },
		{ "attach -p 1 --d", "'--d'" },
		{ "run", "CMD" },
		{ "run -p 1 -- true", "-p" },
		{ "check extra", "'extra'" },
		{ "check -p 1", "target" },
		{ "explain a b", "explain" },
		{ "report", "report FILE" },
		{ "report a -n redis", "trace" },
		{ "report a -d 3", "--from" },
		{ "report a --at 9am", "'9am'" },
		{ "report a --at 14:00 --from 13:00", "--at" },
		{ "report a --at 14:00 --at 13:00", "once" },
		{ "report a -o b", "> FILE" },
		{ "report a --calibrate", "check" },
		{ "record -p 1", "-o FILE" },
		{ "record -o a", "target" },
		{ "record -p 1 -o a b", "'b'" },
		{ "record -p 1 -o a --events=x", "'x'" },
		{ "attach -p 1 --events", "-o FILE" },
		{ "attach -p 1 -o -", "stdout" },
		{ "attach -p 1 --from 14:00", "trace" },
		{ "attach -p 1 -F csv", "export" },
		{ "export a", "--format" },
		{ "export a -F svg", "'svg'" },
		{ "diff a", "two ranges" },
		{ "diff a --at 14:00", "two ranges" },
		{ "diff a b c", "two traces" },
		{ "check -o a", "check" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!parse(rows[i].line))
			fail_msg("'%s' was taken", rows[i].line);
		assert_int_equal(error.exit_code, EXIT_USAGE);
		if (!strstr(error.text, rows[i].names) || strchr(error.text, '\n'))
			fail_msg("'%s' is answered with: %s", rows[i].line, error.text);
	}
}

/* --help names every option that is taken. */
static void test_help(void **state)
{
	static const char *const words[] = {
		"--pid",	 "--tid",      "--name", "--cgroup", "--all",	  "--depth",
		"--duration",	 "--interval", "--json", "--set",    "--fail-on", "--stall",
		"--no-children", "attach",     "run",	 "check",    "explain",	  "exit status"
	};
	char *text = NULL;
	size_t size, i;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	options_help(out);
	fclose(out);
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		assert_non_null(strstr(text, words[i]));
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bare_pid),
		cmocka_unit_test(test_command_may_be_left_out),
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_too_many_targets),
		cmocka_unit_test(test_run_keeps_its_command),
		cmocka_unit_test(test_common_options),
		cmocka_unit_test(test_traces),
		cmocka_unit_test(test_words_that_answer_at_once),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
