// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of the control socket: no client, however it behaves, blocks the watch. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "watch/control_socket.h"

struct fixture {
	char path[64];
	struct control_socket *control;
	unsigned int handled;
	struct err e;
};

static int setup(void **state)
{
	static struct fixture fixture;

	memset(&fixture, 0, sizeof(fixture));
	snprintf(fixture.path, sizeof(fixture.path), "/tmp/boundby-control-%d", getpid());
	unlink(fixture.path);
	*state = &fixture;
	return control_socket_open(fixture.path, &fixture.control, &fixture.e);
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	control_socket_close(fixture->control);
	unlink(fixture->path);
	return 0;
}

static int handle(void *arg, const char *command, char answer[CONTROL_MAX_ANSWER])
{
	struct fixture *fixture = arg;

	fixture->handled++;
	if (!strcmp(command, "long")) {
		memset(answer, 'x', CONTROL_MAX_ANSWER - 1);
		answer[CONTROL_MAX_ANSWER - 1] = '\0';
		return 0;
	}
	if (!strcmp(command, "reload")) {
		snprintf(answer, CONTROL_MAX_ANSWER, "it cannot");
		return 1;
	}
	snprintf(answer, CONTROL_MAX_ANSWER, "did %s", command);
	return strcmp(command, "status") && strcmp(command, "dump") ? -1 : 0;
}

static int come(struct fixture *fixture)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", fixture->path);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static void hold_answer(int fd, const char *want)
{
	char text[2 * CONTROL_MAX_ANSWER];
	ssize_t got = recv(fd, text, sizeof(text) - 1, 0);

	assert_true(got >= 0);
	text[got] = '\0';
	assert_string_equal(text, want);
}

static void hold_gone(int fd)
{
	char byte;
	ssize_t got = recv(fd, &byte, 1, 0);

	assert_true(!got || (got < 0 && errno == ECONNRESET));
	close(fd);
}

static void poll_it(struct fixture *fixture)
{
	control_socket_poll(fixture->control, handle, fixture);
}

static void test_commands(void **state)
{
	struct fixture *fixture = *state;
	int fd = come(fixture);

	poll_it(fixture);
	say(fd, "status\n");
	poll_it(fixture);
	hold_answer(fd, "did status\n");
	say(fd, "du");
	poll_it(fixture);
	say(fd, "mp\r\nstatus\nno");
	poll_it(fixture);
	hold_answer(fd, "did dump\ndid status\n");
	say(fd, "ne\n");
	shutdown(fd, SHUT_WR);
	poll_it(fixture);
	hold_answer(fd, "error: unknown command; there are: status, dump, reload\n");
	hold_gone(fd);
	fd = come(fixture);
	say(fd, "reload\n");
	poll_it(fixture);
	hold_answer(fd, CONTROL_ERROR "it cannot\n");
	close(fd);
	/* all at once, as socat does it */
	fd = come(fixture);
	say(fd, "dump\n");
	shutdown(fd, SHUT_WR);
	poll_it(fixture);
	hold_answer(fd, "did dump\n");
	hold_gone(fd);
}

static void test_long_lines_and_answers(void **state)
{
	struct fixture *fixture = *state;
	char line[CONTROL_MAX_LINE + 1], answer[CONTROL_MAX_ANSWER + 1];
	int fd = come(fixture);

	say(fd, "long\n");
	poll_it(fixture);
	memset(answer, 'x', sizeof(answer));
	answer[CONTROL_MAX_ANSWER - 1] = '\n';
	answer[CONTROL_MAX_ANSWER] = '\0';
	hold_answer(fd, answer);
	memset(line, 'a', sizeof(line));
	line[CONTROL_MAX_LINE] = '\0';
	say(fd, line);
	poll_it(fixture);
	hold_gone(fd);
	assert_int_equal(fixture->handled, 1);
}

static void test_who_does_not_read_is_let_go(void **state)
{
	struct fixture *fixture = *state;
	int fd = come(fixture), i;

	for (i = 0; i < 2000; i++) {
		if (send(fd, "long\n", 5, MSG_NOSIGNAL) < 0)
			break;
		poll_it(fixture);
	}
	assert_true(i < 2000);
	close(fd);
}

static void test_many_clients(void **state)
{
	struct fixture *fixture = *state;
	int fds[CONTROL_MAX_CLIENTS + 2], i;

	for (i = 0; i < CONTROL_MAX_CLIENTS + 2; i++) {
		fds[i] = come(fixture);
		poll_it(fixture);
	}
	hold_gone(fds[0]);
	hold_gone(fds[1]);
	for (i = 2; i < CONTROL_MAX_CLIENTS + 2; i++) {
		say(fds[i], "status\n");
		poll_it(fixture);
		hold_answer(fds[i], "did status\n");
		close(fds[i]);
	}
	poll_it(fixture);
}

static void test_socket_is_private_and_new(void **state)
{
	struct fixture *fixture = *state;
	struct control_socket *other;
	struct stat stat_;
	char long_path[200];
	FILE *file;

	assert_int_equal(stat(fixture->path, &stat_), 0);
	assert_int_equal(stat_.st_mode & 07777, 0600);
	/* one is listened at */
	assert_int_equal(control_socket_open(fixture->path, &other, &fixture->e), -1);
	assert_non_null(strstr(fixture->e.text, "another boundby"));
	assert_int_equal(stat(fixture->path, &stat_), 0);
	/* one was left */
	assert_int_equal(rename(fixture->path, "/tmp/boundby-control-left"), 0);
	control_socket_close(fixture->control);
	assert_int_equal(rename("/tmp/boundby-control-left", fixture->path), 0);
	assert_int_equal(control_socket_open(fixture->path, &fixture->control, &fixture->e), 0);
	control_socket_close(fixture->control);
	fixture->control = NULL;
	assert_int_equal(stat(fixture->path, &stat_), -1);
	/* no socket: left alone */
	file = fopen(fixture->path, "w");
	assert_non_null(file);
	fclose(file);
	assert_int_equal(control_socket_open(fixture->path, &other, &fixture->e), -1);
	assert_non_null(strstr(fixture->e.text, "not a socket"));
	assert_int_equal(stat(fixture->path, &stat_), 0);
	memset(long_path, 'a', sizeof(long_path));
	long_path[sizeof(long_path) - 1] = '\0';
	assert_int_equal(control_socket_open(long_path, &other, &fixture->e), -1);
	assert_int_equal(fixture->e.kind, ERR_USAGE);
	assert_int_equal(control_socket_open("/nowhere/socket", &other, &fixture->e), -1);
}

/* Its directory was removed and created again. Existing connections survive. */
static void test_removed_socket_comes_back(void **state)
{
	struct fixture *fixture = *state;
	struct stat stat_;
	int before = come(fixture), after;
	FILE *file;

	poll_it(fixture);
	assert_int_equal(unlink(fixture->path), 0);
	poll_it(fixture);
	assert_int_equal(stat(fixture->path, &stat_), 0);
	assert_int_equal(stat_.st_mode & 07777, 0600);
	after = come(fixture);
	say(after, "status\n");
	say(before, "dump\n");
	poll_it(fixture);
	hold_answer(after, "did status\n");
	hold_answer(before, "did dump\n");
	close(after);
	close(before);
	/* another's is left alone */
	assert_int_equal(unlink(fixture->path), 0);
	file = fopen(fixture->path, "w");
	assert_non_null(file);
	fclose(file);
	poll_it(fixture);
	assert_int_equal(stat(fixture->path, &stat_), 0);
	assert_true(S_ISREG(stat_.st_mode));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_commands, setup, teardown),
		cmocka_unit_test_setup_teardown(test_long_lines_and_answers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_who_does_not_read_is_let_go, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_clients, setup, teardown),
		cmocka_unit_test_setup_teardown(test_removed_socket_comes_back, setup, teardown),
		cmocka_unit_test_setup_teardown(test_socket_is_private_and_new, setup, teardown),
	};

	return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}
