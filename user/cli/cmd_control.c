// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * boundby control: sends one command to the control socket of a running watch and prints the answer.
 * Returns the exit status: 1 where the watch says that it could not.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/options/option_set.h"
#include "exit_codes.h"
#include "watch/control_socket.h"

/* A watch looks at its socket with each tick; writing an incident takes longer than that. */
static const struct timeval patience = { .tv_sec = 30 };

static int refuse(struct err *e, const char *path, int error)
{
	if (error == ENOENT || error == ECONNREFUSED)
		return err_set(e, ERR_NO_TARGET,
			       "no watch listens at '%s'; name its socket with --control PATH or "
			       "--dir DIR, as `boundby watch` was started",
			       path);
	if (error == EACCES || error == EPERM)
		return err_set(e, ERR_PERMISSION,
			       "'%s' is for root and the user of the watch; use sudo", path);
	if (error == EAGAIN)
		return err_set(e, ERR_FAILED, "the watch at '%s' did not answer within %d s", path,
			       (int)patience.tv_sec);
	return err_set(e, ERR_FAILED, "cannot ask the watch at '%s': %s", path, strerror(error));
}

/* A connection to the socket, or -1 with e filled. */
static int reach(const char *path, struct err *e)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, error;

	if (strlen(path) >= sizeof(address.sun_path))
		return err_set(e, ERR_USAGE, "'%s' is longer than the name of a socket can be",
			       path);
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return refuse(e, path, errno);
	if (!setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) &&
	    !setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) &&
	    !connect(fd, (const struct sockaddr *)&address, sizeof(address)))
		return fd;
	error = errno;
	close(fd);
	return refuse(e, path, error);
}

/* Sends the command and takes the one line that answers it, without its end. 0, or -errno. */
static int ask(int fd, const char *command, char *answer, size_t size)
{
	char line[CONTROL_MAX_LINE];
	int length = snprintf(line, sizeof(line), "%s\n", command);
	size_t used = 0;
	ssize_t got;

	if (send(fd, line, (size_t)length, MSG_NOSIGNAL) != length)
		return -errno;
	while (used < size - 1) {
		got = recv(fd, answer + used, size - 1 - used, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got ? -errno : -ECONNRESET;
		used += (size_t)got;
		if (answer[used - 1] == '\n')
			break;
	}
	answer[used - 1] = '\0';
	return 0;
}

int cmd_control(const struct options *options)
{
	const char *command = options->rest_count ? options->rest[0] : control_command_name(0);
	char of_directory[PATH_MAX], answer[sizeof(CONTROL_ERROR) + CONTROL_MAX_ANSWER + 1];
	const char *path = options->control ? options->control : CONTROL_DEFAULT_PATH;
	struct err e = { 0 };
	int fd, error;

	if (!options->control && options->directory) {
		if (control_path(options->directory, of_directory, sizeof(of_directory), &e))
			return exit_codes_fail(&e);
		path = of_directory;
	}
	fd = reach(path, &e);
	if (fd < 0)
		return exit_codes_fail(&e);
	error = ask(fd, command, answer, sizeof(answer));
	close(fd);
	if (error)
		refuse(&e, path, -error);
	else if (!strncmp(answer, CONTROL_ERROR, strlen(CONTROL_ERROR)))
		err_set(&e, ERR_FAILED, "%s", answer + strlen(CONTROL_ERROR));
	else if (printf("%s\n", answer) < 0 || fflush(stdout))
		err_set_output(&e, "the answer");
	return e.kind ? exit_codes_fail(&e) : EXIT_REPORT;
}
