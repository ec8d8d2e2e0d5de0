// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of notify: what arrives at the socket of a service manager, by file name and abstract name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "watch/notify.h"

static int manager = -1;
static char heard[2048];

/* A manager's socket; name is what NOTIFY_SOCKET says, '@' first for an abstract one. */
static void listen_at(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = strlen(name);

	if (manager >= 0)
		close(manager);
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_true(manager >= 0);
	memcpy(address.sun_path, name, length);
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	else
		length++;
	assert_int_equal(bind(manager, (struct sockaddr *)&address,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)),
			 0);
	setenv("NOTIFY_SOCKET", name, 1);
}

/* The next message; "" when there is none. */
static const char *hear(void)
{
	ssize_t got = recv(manager, heard, sizeof(heard) - 1, 0);

	heard[got > 0 ? got : 0] = '\0';
	return heard;
}

static void test_messages(void **state)
{
	char folder[] = "/tmp/test-notify-XXXXXX", name[64];
	unsigned long long at_us;

	assert_non_null(mkdtemp(folder));
	snprintf(name, sizeof(name), "%s/socket", folder);
	listen_at(name);
	notify_ready("watching");
	assert_string_equal(hear(), "READY=1\nSTATUS=watching");
	notify_alive();
	assert_string_equal(hear(), "WATCHDOG=1");
	notify_reloading();
	assert_int_equal(sscanf(hear(), "RELOADING=1\nMONOTONIC_USEC=%llu", &at_us), 1);
	assert_true(at_us > 0);
	notify_stopping();
	assert_string_equal(hear(), "STOPPING=1");
	assert_string_equal(hear(), "");
	unlink(name);
	rmdir(folder);
}

static void test_abstract_name(void **state)
{
	char name[64];

	snprintf(name, sizeof(name), "@boundby-test-notify-%d", (int)getpid());
	listen_at(name);
	notify_status("io-bound");
	assert_string_equal(hear(), "STATUS=io-bound");
}

/* What a program calls itself cannot say READY, STOPPING or anything else in our name. */
static void test_status_is_one_line(void **state)
{
	char name[64];

	snprintf(name, sizeof(name), "@boundby-test-notify-line-%d", (int)getpid());
	listen_at(name);
	notify_status("x\nSTOPPING=1");
	assert_string_equal(hear(), "STATUS=x?STOPPING=1");
}

static void test_nobody_listens(void **state)
{
	char name[200];

	unsetenv("NOTIFY_SOCKET");
	notify_ready("watching");
	setenv("NOTIFY_SOCKET", "", 1);
	notify_ready("watching");
	setenv("NOTIFY_SOCKET", "vsock:2:1234", 1);
	notify_ready("watching");
	setenv("NOTIFY_SOCKET", "/nonexistent/socket", 1);
	notify_ready("watching");
	memset(name, 'x', sizeof(name) - 1);
	name[0] = '/';
	name[sizeof(name) - 1] = '\0';
	setenv("NOTIFY_SOCKET", name, 1);
	notify_ready("watching");
	assert_string_equal(hear(), "");
}

static void test_watchdog(void **state)
{
	char pid[32];

	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	assert_int_equal(notify_alive_period_ns(), 0);
	setenv("WATCHDOG_USEC", "30000000", 1);
	assert_int_equal(notify_alive_period_ns(), 15000000000);
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("WATCHDOG_PID", pid, 1);
	assert_int_equal(notify_alive_period_ns(), 15000000000);
	setenv("WATCHDOG_PID", "1", 1);
	assert_int_equal(notify_alive_period_ns(), 0);
	unsetenv("WATCHDOG_PID");
	setenv("WATCHDOG_USEC", "soon", 1);
	assert_int_equal(notify_alive_period_ns(), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages),	   cmocka_unit_test(test_abstract_name),
		cmocka_unit_test(test_status_is_one_line), cmocka_unit_test(test_nobody_listens),
		cmocka_unit_test(test_watchdog),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
