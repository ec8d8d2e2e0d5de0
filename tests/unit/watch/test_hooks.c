// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of hooks: what a command gets, and that it is bounded in number and time. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "watch/hooks.h"

#define PATIENCE_MS 10000
#define SHORT_NS 1500000000ULL
#define LONG_NS 60000000000ULL

static char path[64];
static struct hooks *hooks;
static struct err error;

static void begin(const char *user, uint64_t limit_ns)
{
	unlink(path);
	if (hooks_start(user, limit_ns, &hooks, &error))
		fail_msg("%s", error.text);
}

static int teardown(void **state)
{
	hooks_stop(hooks);
	hooks = NULL;
	unlink(path);
	return 0;
}

/* Calls "COMMAND >PATH.new; mv PATH.new PATH". */
static void call(const char *command, const char *event)
{
	char line[512];

	snprintf(line, sizeof(line), "{ %s; } >%s.new 2>&1; mv %s.new %s", command, path, path,
		 path);
	assert_int_equal(hooks_call(hooks, line, event), 0);
}

/* What a command wrote, once it is there. */
static const char *written(void)
{
	const struct timespec step = { .tv_nsec = 5000000 };
	static char text[4096];
	FILE *file = NULL;
	int i;

	for (i = 0; i < PATIENCE_MS / 5 && !file; i++, nanosleep(&step, NULL))
		file = fopen(path, "r");
	assert_non_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	unlink(path);
	return text;
}

static void wait_gone(pid_t pid)
{
	const struct timespec step = { .tv_nsec = 5000000 };
	int i;

	for (i = 0; i < PATIENCE_MS / 5 && !kill(pid, 0); i++)
		nanosleep(&step, NULL);
	assert_int_equal(kill(pid, 0), -1);
}

/* What a parent ignored may be one of the signals that glibc keeps for itself and lets no program set. */
static void ignore_cancel_signal(void)
{
	static const uint64_t ignored[8] = { (uintptr_t)SIG_IGN };

	assert_int_equal(syscall(SYS_rt_sigaction, 32, ignored, NULL, 8), 0);
}

static void test_event_and_environment(void **state)
{
	ignore_cancel_signal();
	begin(NULL, LONG_NS);
	call("cat", "{\"reason\": \"stall\"}\n");
	assert_string_equal(written(), "{\"reason\": \"stall\"}\n");
	setenv("SECRET", "hunter2", 1);
	hooks_stop(hooks);
	begin(NULL, LONG_NS);
	call("env | grep -v -e ^PWD -e ^OLDPWD -e ^SHLVL -e ^_= | sort; pwd; ls /proc/self/fd | wc -l",
	     "");
	assert_string_equal(
		written(),
		"LANG=C.UTF-8\nPATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n/\n4\n");
	/* signals are as in any program, whatever boundby was started with */
	call("grep -E 'SigIgn|SigBlk' /proc/self/status | tr -d '\\t\\n'", "");
	assert_string_equal(written(), "SigBlk:0000000000000000SigIgn:0000000000000000");
}

static void test_time_is_bounded(void **state)
{
	char line[256];
	pid_t pids[2];

	begin(NULL, LONG_NS);
	/* what it leaves in the background belongs to it */
	call("sleep 100 & echo $! $$", "");
	assert_int_equal(sscanf(written(), "%d %d", &pids[0], &pids[1]), 2);
	wait_gone(pids[0]);
	wait_gone(pids[1]);
	/* nor does a command stay that does not end by itself */
	hooks_stop(hooks);
	begin(NULL, SHORT_NS);
	snprintf(line, sizeof(line), "echo $$ >%s.new; mv %s.new %s; trap '' TERM; sleep 100", path,
		 path, path);
	assert_int_equal(hooks_call(hooks, line, ""), 0);
	assert_int_equal(sscanf(written(), "%d", &pids[0]), 1);
	wait_gone(pids[0]);
}

static void test_number_is_bounded(void **state)
{
	const struct timespec while_they_start = { .tv_nsec = 300000000 };
	char line[256], event[HOOK_EVENT_MAX + 2];
	int i, result = 0;

	begin(NULL, LONG_NS);
	snprintf(line, sizeof(line), "echo >>%s; sleep 100", path);
	for (i = 0; i < 1000 && !result; i++)
		result = hooks_call(hooks, line, "event");
	assert_true(i > HOOKS_MAX);
	assert_int_equal(result, -EAGAIN);
	nanosleep(&while_they_start, NULL);
	assert_true(strlen(written()) <= HOOKS_MAX);
	memset(event, 'x', sizeof(event));
	event[sizeof(event) - 1] = '\0';
	assert_int_equal(hooks_call(hooks, line, event), -E2BIG);
}

static void test_users(void **state)
{
	assert_int_equal(hooks_start("nosuchuser", LONG_NS, &hooks, &error), -1);
	assert_int_equal(error.kind, ERR_USAGE);
	assert_non_null(strstr(error.text, "'nosuchuser'"));
	if (geteuid()) {
		assert_int_equal(hooks_start("root", LONG_NS, &hooks, &error), -1);
		assert_int_equal(error.kind, ERR_PERMISSION);
		return;
	}
	begin("nobody", LONG_NS);
	snprintf(path, sizeof(path), "/tmp/boundby-hook-nobody-%d", getpid());
	call("id -u; id -G; grep Cap[IPEA] /proc/self/status | tr -d '0\\t\\n'", "");
	assert_string_equal(written(), "65534\n65534\nCapInh:CapPrm:CapEff:CapAmb:");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_event_and_environment, teardown),
		cmocka_unit_test_teardown(test_time_is_bounded, teardown),
		cmocka_unit_test_teardown(test_number_is_bounded, teardown),
		cmocka_unit_test_teardown(test_users, teardown),
	};

	snprintf(path, sizeof(path), "/tmp/boundby-hook-%d", getpid());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
