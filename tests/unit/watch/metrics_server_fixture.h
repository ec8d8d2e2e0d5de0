/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What test_metrics_server.c and test_metrics_crowd.c share. */
#ifndef TEST_METRICS_SERVER_FIXTURE_H
#define TEST_METRICS_SERVER_FIXTURE_H

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "watch/exposition.h"
#include "lib/listen_address.h"
#include "watch/metrics_http.h"
#include "watch/metrics_server.h"
#include "fixtures/folder.h"

#define S 1000000000ULL

#define OPENMETRICS "# TYPE a counter\na_total 1\n# EOF\n"

#define PLAIN "# TYPE a_total counter\na_total 1\n"

struct fixture {
	struct metrics_server *server;
	struct folder_fixture fixture;
	char *answer;
	size_t length;
};

static inline int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	folder_fixture_open(&fixture->fixture);
	*state = fixture;
	return 0;
}

static inline int teardown(void **state)
{
	struct fixture *fixture = *state;

	metrics_server_stop(fixture->server);
	folder_fixture_close(&fixture->fixture);
	free(fixture->answer);
	free(fixture);
	return 0;
}

/* As those of a watch, in a fifth of the time: what is tested is that each of them is kept. */
static const struct metrics_http_limits short_limits = { .silence_s = 1, .client_ns = 2 * S };

static inline void start_limited(struct fixture *fixture, const struct metrics_http_limits *limits)
{
	struct err e = { 0 };

	if (metrics_server_start("0", limits, &fixture->server, &e))
		fail_msg("%s", e.text);
}

static inline void start(struct fixture *fixture, const char *address)
{
	struct err e = { 0 };

	if (metrics_server_start(address, &metrics_http_limits, &fixture->server, &e))
		fail_msg("%s", e.text);
}

static inline void start_unix(struct fixture *fixture)
{
	char address[128];

	snprintf(address, sizeof(address), "unix:%s", fixture->fixture.path);
	start(fixture, address);
}

static inline void put(struct fixture *fixture, const char *openmetrics, const char *plain)
{
	struct err e = { 0 };

	assert_int_equal(metrics_server_put(fixture->server, openmetrics, plain, 60 * S, &e), 0);
}

static inline void nap(int ms)
{
	const struct timespec time = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&time, NULL);
}

/* ---- a client -------------------------------------------------------------------------------- */
/* -1: not accepted. */
static inline int try_connect(const struct fixture *fixture)
{
	struct listen_address address;
	struct err e;
	int fd;

	assert_int_equal(
		listen_address_parse(metrics_server_address(fixture->server), &address, &e), 0);
	fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	if (!connect(fd, &address.any, address.length))
		return fd;
	close(fd);
	return -1;
}

static inline void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* Reads until the other side closes; the length, or -1 when that took too long. Ends fd. */
static inline ssize_t hear(struct fixture *fixture, int fd, int timeout_ms)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	size_t capacity = 1 << 16;
	ssize_t got = -1;
	bool ended;

	free(fixture->answer);
	fixture->answer = calloc(1, capacity + 1);
	fixture->length = 0;
	errno = 0;
	while (poll(&wait, 1, timeout_ms) == 1) {
		got = read(fd, fixture->answer + fixture->length, capacity - fixture->length);
		if (got <= 0)
			break;
		fixture->length += (size_t)got;
		if (fixture->length == capacity) {
			capacity *= 2;
			fixture->answer = realloc(fixture->answer, capacity + 1);
		}
		got = -1;
	}
	/* a reset is an end too */
	ended = !got || errno == ECONNRESET;
	close(fd);
	fixture->answer[fixture->length] = '\0';
	return ended ? (ssize_t)fixture->length : -1;
}

static inline const char *ask(struct fixture *fixture, const char *method, const char *path,
			      const char *headers)
{
	char request[512];
	int fd = try_connect(fixture);

	assert_true(fd >= 0);
	snprintf(request, sizeof(request), "%s %s HTTP/1.1\r\nHost: x\r\n%s\r\n", method, path,
		 headers);
	say(fd, request);
	assert_true(hear(fixture, fd, 3000) >= 0);
	return fixture->answer;
}

static inline const char *body_of(const struct fixture *fixture)
{
	const char *body = strstr(fixture->answer, "\r\n\r\n");

	assert_non_null(body);
	return body + 4;
}

static inline void assert_status(const struct fixture *fixture, int status)
{
	char begin[32];

	snprintf(begin, sizeof(begin), "HTTP/1.1 %d ", status);
	if (strncmp(fixture->answer, begin, strlen(begin)))
		fail_msg("not %d: %.100s", status, fixture->answer);
}

static inline void assert_serves(struct fixture *fixture)
{
	ask(fixture, "GET", "/metrics", "");
	assert_status(fixture, 200);
	assert_string_equal(body_of(fixture), PLAIN);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
