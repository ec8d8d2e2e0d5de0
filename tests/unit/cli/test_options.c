// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of cli/options/: what a command line is taken as, and what is refused. */
#include "options_fixture.h"

static void test_bare_pid(void **state)
{
	taken("4242");
	assert_int_equal(options.command, COMMAND_ATTACH);
	assert_int_equal(options.pid_count, 1);
	assert_int_equal(options.pids[0], 4242);
	assert_int_equal(options.depth, DEPTH_SYSCALLS);
	assert_int_equal(options.stall_ns, 10000000);
	assert_int_equal(options.duration_ns, 0);
	taken("4242 -d 5 -j");
	assert_int_equal(options.duration_ns, 5000000000);
	assert_true(options.json);
}

static void test_hooks(void **state)
{
	taken("watch -a --hook /etc/boundby/hook --hook-user nobody");
	assert_string_equal(options.hook, "/etc/boundby/hook");
	assert_string_equal(options.hook_user, "nobody");
	assert_int_equal(parse("watch -a --hook-user nobody"), -1);
	assert_non_null(strstr(error.text, "--hook"));
}

static void test_several_pids(void **state)
{
	taken("12 34,56 -d 5 78");
	assert_int_equal(options.command, COMMAND_ATTACH);
	assert_int_equal(options.pid_count, 4);
	assert_int_equal(options.pids[3], 78);
	assert_int_equal(options.duration_ns, 5000000000);
	taken("record -o a.bbt 12,34");
	assert_int_equal(options.command, COMMAND_RECORD);
	assert_int_equal(options.pid_count, 2);
	taken("watch 12");
	assert_int_equal(options.pids[0], 12);
}

static void test_nothing_is_the_host(void **state)
{
	taken("");
	assert_int_equal(options.command, COMMAND_ATTACH);
	assert_true(options.all);
	taken("-d 5 --json");
	assert_true(options.all && options.json);
	taken("-n redis");
	assert_false(options.all);
	taken("12");
	assert_false(options.all);
}

static void test_command_may_be_left_out(void **state)
{
	taken("-p 1 -d 500ms");
	assert_int_equal(options.command, COMMAND_ATTACH);
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
	assert_int_equal(error.kind, ERR_USAGE);
}

static void test_run_keeps_its_command(void **state)
{
	taken("run -d 3 -- ls -l --json");
	assert_int_equal(options.command, COMMAND_RUN);
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
	taken("watch -a --verbose --control /run/boundby.sock");
	assert_int_equal(options.verbose, 1);
	assert_string_equal(options.control, "/run/boundby.sock");
}

static void test_traces(void **state)
{
	taken("record -p 1 -o a.bbt --events");
	assert_string_equal(options.output, "a.bbt");
	assert_int_equal(options.events_ns, 1000000);
	taken("attach -p 1 --events=200us -o a.bbt -i 1");
	assert_int_equal(options.events_ns, 200000);
	taken("diff a.bbt b.bbt --html -");
	assert_string_equal(options.html, "-");
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
	assert_int_equal(options.command, COMMAND_HELP);
	taken("-V");
	assert_int_equal(options.command, COMMAND_VERSION);
	taken("attach --help -p x"); /* what follows does not matter any more */
	assert_int_equal(options.command, COMMAND_HELP);
	taken("explain io-bound");
	assert_int_equal(options.rest_count, 1);
	taken("check");
}

static const struct {
	const char *line, *names; /* names: what the sentence must name */
} refused[] = {
	{ "nonsense", "'nonsense'" },
	{ "0", "'0'" },
	{ "-1", "-1" },
	{ "12x", "'12x'" },
	{ "''", "''" },
	{ "attach", "target" },
	{ "12 x", "'x' is not a PID" },
	{ "12 0", "'0'" },
	{ "record -o a redis", "'redis' is not a PID" },
	{ "12 -a", "other targets" },
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
	{ "report a -d 3", "--from" },
	{ "report a --at 9am", "'9am'" },
	{ "report a --at 14:00 --from 13:00", "--at" },
	{ "report a --at 14:00 --at 13:00", "once" },
	{ "report a -o b", "> FILE" },
	{ "report a --calibrate", "check" },
	{ "run --html - -- true", "stdout" },
	{ "report a --json --html -", "JSON" },
	{ "record -p 1 -o a --html b", "report TRACE" },
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

static void test_refused(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (!parse(refused[i].line))
			fail_msg("'%s' was taken", refused[i].line);
		assert_int_equal(error.kind, ERR_USAGE);
		if (!strstr(error.text, refused[i].names) || strchr(error.text, '\n'))
			fail_msg("'%s' is answered with: %s", refused[i].line, error.text);
	}
}

static void test_near_misses(void **state)
{
	static const struct {
		const char *line, *meant;
	} rows[] = {
		{ "atach -p 1", "boundby attach" },
		{ "rep a", "boundby report" },
		{ "attach -p 1 --durration 3", "--duration" },
		{ "watch -a --max 100", "--max-size" },
		{ "watch -a --max=100", "--max-size" },
		{ "attach -p 1 --js", "--json" },
		{ "attach -p 1 --outpu", "--output" },
		{ "explain cpu-boud", "'cpu-bound'" },
		{ "help atach", "'attach'" },
		{ "completion bahs", "'bash'" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!parse(rows[i].line))
			fail_msg("'%s' was taken", rows[i].line);
		if (!strstr(error.text, "did you mean") || !strstr(error.text, rows[i].meant))
			fail_msg("'%s' is answered with: %s", rows[i].line, error.text);
	}
	/* far from everything: no guess */
	assert_int_equal(parse("attach -p 1 --nonsense"), -1);
	assert_null(strstr(error.text, "did you mean"));
}

/* An option is for the commands that heed it; elsewhere it is refused, not ignored. */
static void test_options_of_other_commands(void **state)
{
	static const char *const lines[] = {
		"attach -p 1 --budget 1%", "report a --stall 5ms",   "report a --depth sched",
		"export a -F csv -j",	   "check --set io-ratio=1", "diff a b --fail-on idle",
		"watch -a --depth sched",  "watch -a --events=1ms",  "version -p 1",
		"run -a -- true",	   "watch -a -o x",	     "watch -a --fail-on idle",
	};
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (!parse(lines[i]))
			fail_msg("'%s' was taken", lines[i]);
		if (!strstr(error.text, "not for `boundby "))
			fail_msg("'%s' is answered with: %s", lines[i], error.text);
	}
	taken("help report");
	assert_int_equal(options.topic, COMMAND_REPORT);
	taken("report --help");
	assert_int_equal(options.topic, COMMAND_REPORT);
	taken("--help");
	assert_int_equal(options.topic, NR_COMMANDS);
	taken("help --man");
	assert_true(options.man);
	taken("completion zsh");
	taken("version");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bare_pid),
		cmocka_unit_test(test_command_may_be_left_out),
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_several_pids),
		cmocka_unit_test(test_hooks),
		cmocka_unit_test(test_nothing_is_the_host),
		cmocka_unit_test(test_too_many_targets),
		cmocka_unit_test(test_run_keeps_its_command),
		cmocka_unit_test(test_common_options),
		cmocka_unit_test(test_traces),
		cmocka_unit_test(test_words_that_answer_at_once),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_near_misses),
		cmocka_unit_test(test_options_of_other_commands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
