// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of cli/listen_address: which addresses are bound, which are refused, and that the socket
 * file is removed.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/listen_address.h"
#include "fixtures/folder.h"

static int setup(void **state)
{
	struct folder_fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	folder_fixture_open(fixture);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	folder_fixture_close(*state);
	free(*state);
	return 0;
}

static void test_addresses(void **state)
{
	static const char *const rows[][2] = {
		{ "9464", "127.0.0.1:9464" },
		{ "127.0.0.1:9464", "127.0.0.1:9464" },
		{ "localhost:1", "127.0.0.1:1" },
		{ "0.0.0.0:65535", "0.0.0.0:65535" },
		{ "[::1]:9464", "[::1]:9464" },
		{ "[::]:0", "[::]:0" },
		{ "unix:/run/boundby.sock", "unix:/run/boundby.sock" },
		{ "127.0.0.1", NULL },
		{ "localhost", NULL },
		{ "example.org:9464", NULL },
		{ ":9464", NULL },
		{ "127.0.0.1:", NULL },
		{ "127.0.0.1:65536", NULL },
		{ "127.0.0.1:-1", NULL },
		{ "127.0.0.1: 80", NULL },
		{ "1.2.3.4.5:80", NULL },
		{ "::1:80", NULL },
		{ "[::1]", NULL },
		{ "[::1]80", NULL },
		{ "[::1:80", NULL },
		{ "[1234567890123456789012345678901234567890123456789012345678901234]:80", NULL },
		{ "", NULL },
		{ "unix:", NULL },
		{ "unix:relative", NULL },
		{ "unix:/123456789012345678901234567890123456789012345678901234567890123456789012"
		  "34567890123456789012345678901234567890",
		  NULL },
	};
	struct listen_address address;
	char text[160];
	struct err e;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int failed = listen_address_parse(rows[i][0], &address, &e);

		if (!failed != !!rows[i][1])
			fail_msg("'%s'", rows[i][0]);
		if (failed)
			assert_int_equal(e.kind, ERR_USAGE);
		else
			assert_string_equal(listen_address_text(&address, text, sizeof(text)),
					    rows[i][1]);
	}
	assert_int_equal(listen_address_parse("99999", &address, &e), -1);
	assert_non_null(strstr(e.text, "up to 65535"));
	assert_int_equal(listen_address_parse("0.0.0.0", &address, &e), -1);
	assert_non_null(strstr(e.text, "the port is missing"));
}

static int listen_at(const char *path, struct listen_socket *ret, struct err *e)
{
	struct listen_address address;
	char text[160];

	snprintf(text, sizeof(text), "unix:%s", path);
	assert_int_equal(listen_address_parse(text, &address, e), 0);
	return listen_socket_open(&address, ret, e);
}

static void assert_refused(const char *path, const char *word)
{
	struct listen_socket socket;
	struct err e = { 0 };

	assert_int_equal(listen_at(path, &socket, &e), -1);
	assert_int_equal(socket.fd, -1);
	if (!strstr(e.text, word))
		fail_msg("does not say '%s': %s", word, e.text);
}

static void test_port(void **state)
{
	struct listen_socket one, other;
	struct listen_address address;
	char text[160];
	struct err e;

	assert_int_equal(listen_address_parse("0", &address, &e), 0);
	assert_int_equal(listen_socket_open(&address, &one, &e), 0);
	assert_int_not_equal(one.address.in.sin_port, 0);
	assert_int_equal(listen_socket_open(&one.address, &other, &e), -1);
	assert_int_equal(e.kind, ERR_FAILED);
	assert_non_null(strstr(e.text, listen_address_text(&one.address, text, sizeof(text))));
	assert_non_null(strstr(e.text, "in use"));
	listen_socket_close(&one);
}

/* A file other than a socket is left alone, also a link to one; so is a socket with a listener. */
static void test_refused(void **state)
{
	struct folder_fixture *fixture = *state;
	struct listen_socket socket;
	char beside[128];
	struct stat info;
	struct err e;
	int fd;

	fd = open(fixture->path, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_refused(fixture->path, "not a socket");
	assert_int_equal(unlink(fixture->path), 0);
	snprintf(beside, sizeof(beside), "%s/beside", fixture->folder);
	assert_int_equal(listen_at(beside, &socket, &e), 0);
	assert_int_equal(symlink(beside, fixture->path), 0);
	assert_refused(fixture->path, "not a socket");
	assert_refused(beside, "another process");
	assert_int_equal(lstat(fixture->path, &info), 0);
	assert_int_equal(stat(beside, &info), 0);
	assert_int_equal(info.st_mode & 07777, 0660);
	listen_socket_close(&socket);
	assert_int_equal(access(beside, F_OK), -1);
	assert_int_equal(unlink(fixture->path), 0);
	snprintf(beside, sizeof(beside), "%s/none/socket", fixture->folder);
	assert_refused(beside, "folder");
}

static void nap(void)
{
	const struct timespec time = { .tv_nsec = 20000000 };

	nanosleep(&time, NULL);
}

/*
 * A socket without a listener is replaced; the file of another process is not removed at the end.
 */
static void test_stale(void **state)
{
	struct folder_fixture *fixture = *state;
	struct listen_socket killed, socket;
	struct err e;
	int fd;

	assert_int_equal(listen_at(fixture->path, &killed, &e), 0);
	close(killed.fd);
	killed.fd = -1;
	nap(); /* longer than two files may seem to be of one time */
	assert_int_equal(listen_at(fixture->path, &socket, &e), 0);
	listen_socket_close(&killed);
	assert_int_equal(access(fixture->path, F_OK), 0);
	assert_int_equal(unlink(fixture->path), 0);
	fd = open(fixture->path, O_WRONLY | O_CREAT, 0600);
	listen_socket_close(&socket);
	assert_int_equal(access(fixture->path, F_OK), 0);
	close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_addresses),
		TEST(test_port),
		TEST(test_refused),
		TEST(test_stale),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
