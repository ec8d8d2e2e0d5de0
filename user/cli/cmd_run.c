// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * boundby run -- CMD: starts a command and watches it to its end. The report goes to stderr (stdout
 * is the command's); returns the command's own exit status.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/live_run.h"
#include "collect/host/host_check.h"
#include "exit_codes.h"
#include "lib/process/core_limit.h"
#include "lib/log.h"

#define STATUS_NOT_STARTED 125 /* of the child that never became the command */

struct child {
	pid_t pid;
	int release; /* closing it, or writing to it, lets the child go on */
	int failure; /* errno of a failed exec comes from here; its end: the exec went well */
	const char *name;
};

/* Waits for the word to go, then becomes the command. Does not return. */
static void child_main(char **command, int release, int failure)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	struct pollfd word = { .fd = release, .events = POLLIN };
	char go;
	int error;

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGPIPE, &action, NULL);
	core_limit_restore();
	/* in an event wait, which is rest: a read of a pipe would count as I/O of the command */
	while (poll(&word, 1, -1) < 0 && errno == EINTR)
		;
	if (read(release, &go, 1) == 1) {
		execvp(command[0], command);
		error = errno;
		if (write(failure, &error, sizeof(error)) < 0)
			_exit(STATUS_NOT_STARTED);
	}
	_exit(STATUS_NOT_STARTED); /* boundby could not attach: there is no command */
}

static int start(char **command, struct child *child, struct err *e)
{
	int release[2], failure[2];

	if (pipe2(release, O_CLOEXEC))
		return err_set(e, ERR_FAILED, "cannot start the command: %s", strerror(errno));
	if (pipe2(failure, O_CLOEXEC)) {
		close(release[0]);
		close(release[1]);
		return err_set(e, ERR_FAILED, "cannot start the command: %s", strerror(errno));
	}
	child->pid = fork();
	if (!child->pid) {
		close(release[1]);
		close(failure[0]);
		child_main(command, release[0], failure[1]);
	}
	close(release[0]);
	close(failure[1]);
	child->release = release[1];
	child->failure = failure[0];
	if (child->pid > 0)
		return 0;
	close(release[1]);
	close(failure[0]);
	return err_set(e, ERR_FAILED, "cannot start the command: %s", strerror(errno));
}

/* The window is open: lets the command start, and waits until it has. */
static int on_started(void *arg, struct err *e)
{
	struct child *child = arg;
	ssize_t got;
	int error;

	if (write(child->release, "g", 1) != 1)
		return err_set(e, ERR_FAILED, "cannot start '%s': %s", child->name,
			       strerror(errno));
	do
		got = read(child->failure, &error, sizeof(error));
	while (got < 0 && errno == EINTR);
	if (got != sizeof(error))
		return 0;
	return err_set(e, error == ENOENT ? ERR_NOT_FOUND : ERR_NOT_EXECUTABLE,
		       "cannot run '%s': %s; check its name and PATH", child->name,
		       strerror(error));
}

int cmd_run(const struct options *options)
{
	struct child child;
	struct live_config config = { .pids = &child.pid,
				      .pid_count = 1,
				      .on_started = on_started,
				      .on_started_arg = &child };
	enum verdict_class class = VERDICT_INSUFFICIENT;
	struct err e = { 0 };
	int status = 0, result;

	live_catch_signals(true);
	if (host_require(options->btf, &e) || start(options->rest, &child, &e))
		return exit_codes_fail(&e);
	child.name = options->rest[0];
	result = live_run(options, &config, stderr, &class, &e);
	close(child.release); /* if it still waits there, it ends without a command */
	close(child.failure);
	while (waitpid(child.pid, &status, 0) < 0 && errno == EINTR)
		;
	if (result) {
		log_error(&e);
		/* not started: our status; it ran, and only the report failed: its own */
		if (WIFEXITED(status) && WEXITSTATUS(status) == STATUS_NOT_STARTED)
			return exit_codes_of(e.kind);
	}
	if (options->fail_on & 1u << class && !result)
		return EXIT_FAIL_ON;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
