/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What test_sandbox.c and test_sandbox_layers.c share: actions in a child, and what became of it. */
#ifndef TEST_SANDBOX_FIXTURE_H
#define TEST_SANDBOX_FIXTURE_H

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "lib/process/sandbox.h"

#define MB (1024 * 1024)
#define CONTENT "opened before"
#define NO_LAYER 0
#define CANNOT_ENTER 199 /* no errno */
#define WRONG_RESULT 198

struct fixture {
	char folder[64];
	char name[96]; /* a file of that folder that no one made yet */
	int input; /* holds CONTENT, open for both */
	int answer[2]; /* what a child prints */
	int listening;
};

static struct fixture fixture;

/* ---- actions: 0 or an errno; they run in a child ---------------------------------------------- */
static inline int outcome(bool worked)
{
	return worked ? 0 : errno;
}

static inline int open_for_reading(void)
{
	return outcome(open("/etc/passwd", O_RDONLY) >= 0);
}

static inline int open_for_writing(void)
{
	return outcome(open(fixture.name, O_WRONLY | O_CREAT | O_EXCL, 0600) >= 0);
}

static inline int open_folder(void)
{
	return outcome(open(fixture.folder, O_RDONLY | O_DIRECTORY) >= 0);
}

static inline int make_folder(void)
{
	return outcome(!mkdir(fixture.name, 0700));
}

static inline int make_socket(void)
{
	return outcome(socket(AF_INET, SOCK_STREAM, 0) >= 0);
}

static inline int make_child(void)
{
	pid_t child = fork();

	if (!child)
		_exit(0);
	return outcome(child > 0 && waitpid(child, NULL, 0) == child);
}

static inline int read_input(void)
{
	char text[32] = "";
	FILE *file = fdopen(fixture.input, "r");

	if (!file)
		return errno;
	if (!fgets(text, sizeof(text), file) || strcmp(text, CONTENT))
		return WRONG_RESULT;
	memset(text, 0, sizeof(text));
	return outcome(!fseek(file, 0, SEEK_SET) && fgets(text, sizeof(text), file) &&
		       pread(fixture.input, text, 4, 7) == 4 && !memcmp(text, "befo", 4) &&
		       !fclose(file));
}

/* ---- running them ----------------------------------------------------------------------------- */
/* Wait status of a child that enters and acts. */
static inline int try_in(unsigned int layers, int (*action)(void))
{
	const struct rlimit no_core = { 0, 0 };
	struct err e = { 0 };
	int status;
	pid_t child;

	fflush(NULL); /* a child that exits as usual prints what is left */
	child = fork();
	assert_true(child >= 0);
	lseek(fixture.input, 0, SEEK_SET); /* children share it */
	if (!child) {
		setrlimit(RLIMIT_CORE, &no_core);
		if (layers && (layers == SANDBOX_ALL ? sandbox_enter(&e) :
						       sandbox_enter_layers(layers, &e))) {
			dprintf(2, "%s\n", e.text);
			_exit(CANNOT_ENTER);
		}
		_exit(action());
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	remove(fixture.name); /* what the action may have made */
	return status;
}

static const char *told(int status)
{
	static char text[64];

	if (WIFSIGNALED(status))
		snprintf(text, sizeof(text), "killed by %s", strsignal(WTERMSIG(status)));
	else
		snprintf(text, sizeof(text), "%d (%s)", WEXITSTATUS(status),
			 strerror(WEXITSTATUS(status)));
	return text;
}

struct row {
	const char *name;
	int (*action)(void);
};

#define ROW(action)             \
	{                       \
#action, action \
	}
#define ROWS(list) list, sizeof(list) / sizeof((list)[0])

/* Every action works without a sandbox, and ends with this error or signal in these layers. */
static inline void expect_rows(const struct row *rows, size_t count, unsigned int layers, int error,
			       int signal)
{
	size_t i;
	int status;

	for (i = 0; i < count; i++) {
		status = try_in(NO_LAYER, rows[i].action);
		if (status)
			fail_msg("%s without a sandbox: %s", rows[i].name, told(status));
		status = try_in(layers, rows[i].action);
		if (signal ? !WIFSIGNALED(status) || WTERMSIG(status) != signal :
			     !WIFEXITED(status) || WEXITSTATUS(status) != error)
			fail_msg("%s in layers %u: %s", rows[i].name, layers, told(status));
	}
}

static inline int set_up(void **state)
{
	snprintf(fixture.folder, sizeof(fixture.folder), "/tmp/boundby-sandbox-XXXXXX");
	if (!mkdtemp(fixture.folder) || pipe2(fixture.answer, O_CLOEXEC | O_NONBLOCK))
		return -1;
	snprintf(fixture.name, sizeof(fixture.name), "%s/new", fixture.folder);
	fixture.input = memfd_create("input", MFD_CLOEXEC);
	return write(fixture.input, CONTENT, sizeof(CONTENT) - 1) < 0 ||
	       lseek(fixture.input, 0, SEEK_SET);
}

static inline int tear_down(void **state)
{
	close(fixture.input);
	close(fixture.answer[0]);
	close(fixture.answer[1]);
	return rmdir(fixture.folder);
}

#endif
