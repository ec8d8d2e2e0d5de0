// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of cli/metrics_server and metrics_http over local sockets: valid and broken HTTP requests,
 * and the rights of the processes that answer.
 */
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
#define WANTS_OPENMETRICS "Accept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5\r\n"

struct fixture {
	struct metrics_server *server;
	struct folder_fixture fixture;
	char *answer;
	size_t length;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	folder_fixture_open(&fixture->fixture);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
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

static void start_limited(struct fixture *fixture, const struct metrics_http_limits *limits)
{
	struct err e = { 0 };

	if (metrics_server_start("0", limits, &fixture->server, &e))
		fail_msg("%s", e.text);
}

static void start(struct fixture *fixture, const char *address)
{
	struct err e = { 0 };

	if (metrics_server_start(address, &metrics_http_limits, &fixture->server, &e))
		fail_msg("%s", e.text);
}

static void start_unix(struct fixture *fixture)
{
	char address[128];

	snprintf(address, sizeof(address), "unix:%s", fixture->fixture.path);
	start(fixture, address);
}

static void put(struct fixture *fixture, const char *openmetrics, const char *plain)
{
	struct err e = { 0 };

	assert_int_equal(metrics_server_put(fixture->server, openmetrics, plain, 60 * S, &e), 0);
}

static void nap(int ms)
{
	const struct timespec time = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&time, NULL);
}

/* ---- a client -------------------------------------------------------------------------------- */
/* -1: not accepted. */
static int try_connect(const struct fixture *fixture)
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

/* Does a process listen there? */
static bool is_listening(const char *path)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool listens;

	snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
	listens = !connect(fd, (struct sockaddr *)&name, sizeof(name));
	close(fd);
	return listens;
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* Reads until the other side closes; the length, or -1 when that took too long. Ends fd. */
static ssize_t hear(struct fixture *fixture, int fd, int timeout_ms)
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

static const char *ask(struct fixture *fixture, const char *method, const char *path,
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

static const char *body_of(const struct fixture *fixture)
{
	const char *body = strstr(fixture->answer, "\r\n\r\n");

	assert_non_null(body);
	return body + 4;
}

static void assert_status(const struct fixture *fixture, int status)
{
	char begin[32];

	snprintf(begin, sizeof(begin), "HTTP/1.1 %d ", status);
	if (strncmp(fixture->answer, begin, strlen(begin)))
		fail_msg("not %d: %.100s", status, fixture->answer);
}

static void assert_serves(struct fixture *fixture)
{
	ask(fixture, "GET", "/metrics", "");
	assert_status(fixture, 200);
	assert_string_equal(body_of(fixture), PLAIN);
}

/* ---- answers --------------------------------------------------------------------------------- */
static void check_answers(struct fixture *fixture)
{
	ask(fixture, "GET", "/metrics", "");
	assert_status(fixture, 200);
	assert_string_equal(body_of(fixture), "# EOF\n");
	ask(fixture, "GET", "/-/healthy", "");
	assert_status(fixture, 503);
	put(fixture, "old", "old");
	put(fixture, OPENMETRICS, PLAIN);
	assert_serves(fixture);
	assert_non_null(strstr(fixture->answer, "Content-Type: text/plain; version=0.0.4"));
	ask(fixture, "GET", "/metrics", WANTS_OPENMETRICS);
	assert_string_equal(body_of(fixture), OPENMETRICS);
	assert_non_null(strstr(fixture->answer, "Content-Type: application/openmetrics-text; "
						"version=1.0.0; charset=utf-8\r\n"));
	ask(fixture, "HEAD", "/metrics", "");
	assert_status(fixture, 200);
	assert_string_equal(body_of(fixture), "");
	ask(fixture, "GET", "/-/healthy", "");
	assert_status(fixture, 200);
	ask(fixture, "GET", "/", "");
	assert_status(fixture, 200);
	assert_non_null(strstr(body_of(fixture), "/metrics"));
	ask(fixture, "GET", "/etc/passwd", "");
	assert_status(fixture, 404);
	ask(fixture, "POST", "/metrics", "Content-Length: 5\r\n");
	assert_status(fixture, 405);
	assert_non_null(strstr(fixture->answer, "Allow: GET, HEAD\r\n"));
	ask(fixture, "DELETE", "/", "");
	assert_status(fixture, 405);
}

static void test_tcp(void **state)
{
	start(*state, "0");
	check_answers(*state);
}

static void test_tcp6(void **state)
{
	struct fixture *fixture = *state;
	struct err e = { 0 };

	if (metrics_server_start("[::1]:0", &metrics_http_limits, &fixture->server, &e))
		skip(); /* this machine has no IPv6 */
	check_answers(fixture);
}

static void test_unix(void **state)
{
	struct fixture *fixture = *state;
	struct stat info;

	start_unix(fixture);
	assert_int_equal(stat(fixture->fixture.path, &info), 0);
	assert_int_equal(info.st_mode & 07777, 0660);
	check_answers(fixture);
	metrics_server_stop(fixture->server);
	fixture->server = NULL;
	assert_int_equal(access(fixture->fixture.path, F_OK), -1);
}

static void test_health(void **state)
{
	struct fixture *fixture = *state;
	struct err e;

	start(fixture, "127.0.0.1:0");
	assert_int_equal(metrics_server_put(fixture->server, OPENMETRICS, PLAIN, S / 5, &e), 0);
	ask(fixture, "GET", "/-/healthy", "");
	assert_status(fixture, 200);
	nap(250);
	ask(fixture, "GET", "/-/healthy", "");
	assert_status(fixture, 503);
	assert_serves(fixture); /* it still serves the text it has */
}

static void test_accept(void **state)
{
	static const struct {
		const char *accept;
		bool openmetrics;
	} rows[] = {
		{ NULL, false },
		{ "", false },
		{ "*/*", false },
		{ "text/plain", false },
		{ "application/openmetrics-text", true },
		{ "Application/OpenMetrics-Text; version=1.0.0", true },
		{ "application/openmetrics-text;version=1.0.0,application/openmetrics-text;"
		  "version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
		  true },
		{ "application/openmetrics-text;q=0.2, text/plain;q=0.7", false },
		{ "application/openmetrics-text;q=0", false },
		{ "application/openmetrics-text;q=nan", false },
		{ "application/openmetrics-text;q=9e99", false },
		{ "text/html,application/openmetrics-textual", false },
		{ ",,;;,=,q=,;q", false },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (metrics_http_prefers_openmetrics(rows[i].accept) != rows[i].openmetrics)
			fail_msg("Accept: %s", rows[i].accept);
}

/* ---- clients that are no good ---------------------------------------------------------------- */
static void test_bad_requests(void **state)
{
	static const char *const requests[] = {
		"\r\n\r\n",
		"GET\r\n\r\n",
		"GET /metrics HTTP/9.9\r\n\r\n",
		"\x16\x03\x01\x02",
		"GET /metrics HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
		"GET /%00%ff/../metrics?a=%zz HTTP/1.0\r\n\r\n",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
	};
	struct fixture *fixture = *state;
	size_t i;
	int fd;

	start_limited(fixture, &short_limits);
	put(fixture, OPENMETRICS, PLAIN);
	for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		fd = try_connect(fixture);
		say(fd, requests[i]);
		shutdown(fd, SHUT_WR);
		assert_true(hear(fixture, fd, 8000) >= 0);
	}
	assert_serves(fixture);
}

/* A head without end is not read for ever. */
static void test_large_request(void **state)
{
	struct fixture *fixture = *state;
	char line[1024];
	int fd, i;

	start(fixture, "0");
	put(fixture, OPENMETRICS, PLAIN);
	fd = try_connect(fixture);
	say(fd, "GET /metrics HTTP/1.1\r\nHost: x\r\n");
	memset(line, 'a', sizeof(line));
	memcpy(line, "X-", 2);
	memcpy(line + 30, ": ", 2);
	memcpy(line + sizeof(line) - 3, "\r\n", 3);
	for (i = 0; i < 1000; i++)
		if (send(fd, line, strlen(line), MSG_NOSIGNAL) < 0)
			break;
	assert_true(i < 1000 || hear(fixture, fd, 3000) >= 0);
	if (i < 1000)
		close(fd);
	assert_serves(fixture);
}

/* Byte by byte is slow, and allowed; an incomplete request is dropped after a while. */
static void test_slow_request(void **state)
{
	static const char request[] = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
	struct fixture *fixture = *state;
	struct timespec begin, end;
	size_t i;
	int fd, half;

	start_limited(fixture, &short_limits);
	put(fixture, OPENMETRICS, PLAIN);
	half = try_connect(fixture);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	say(half, "GET /metrics HT");
	fd = try_connect(fixture);
	for (i = 0; i < sizeof(request) - 1; i++) {
		char byte[2] = { request[i], '\0' };

		say(fd, byte);
		nap(2);
	}
	assert_true(hear(fixture, fd, 3000) > 0);
	assert_string_equal(body_of(fixture), PLAIN);
	assert_true(hear(fixture, half, 12000) >= 0);
	clock_gettime(CLOCK_MONOTONIC, &end);
	assert_in_range((end.tv_sec - begin.tv_sec) * 1000 +
				(end.tv_nsec - begin.tv_nsec) / 1000000,
			900, 6000);
	assert_in_range(metrics_http_limits.silence_s, 3, 10);
}

/* A byte five times a second: the limit of silence alone would never end it. */
static void test_dripping_request(void **state)
{
	struct fixture *fixture = *state;
	struct pollfd wait = { .events = POLLIN };
	int i;

	start_limited(fixture, &short_limits);
	wait.fd = try_connect(fixture);
	say(wait.fd, "GET /metrics HTTP/1.1\r\nX: ");
	for (i = 0; i < 40 && !poll(&wait, 1, 200); i++)
		if (send(wait.fd, "x", 1, MSG_NOSIGNAL) < 0)
			break;
	assert_in_range(i, 5, 30); /* the silence alone would have ended it after 5, were it one */
	assert_in_range(metrics_http_limits.client_ns, 5 * S, 15 * S);
	close(wait.fd);
}

#define CROWD 200

static void crowd(struct fixture *fixture, int least)
{
	int clients[CROWD], i, answered = 0;

	for (i = 0; i < CROWD; i++) {
		clients[i] = try_connect(fixture);
		if (clients[i] >= 0 &&
		    send(clients[i], "GET /metrics HTTP/1.0\r\n\r\n", 25, MSG_NOSIGNAL) != 25) {
			close(clients[i]);
			clients[i] = -1;
		}
	}
	for (i = 0; i < CROWD; i++)
		if (clients[i] >= 0 && hear(fixture, clients[i], 8000) > 0) {
			assert_string_equal(body_of(fixture), PLAIN);
			answered++;
		}
	if (answered < least)
		fail_msg("%d of %d were answered", answered, CROWD);
}

static void test_crowd(void **state)
{
	struct fixture *fixture = *state;
	int idle[CROWD], i;

	start_limited(fixture, &short_limits);
	put(fixture, OPENMETRICS, PLAIN);
	crowd(fixture, 32);
	/*
	 * a client that occupies all connections of an address keeps them for some seconds at most
	 */
	for (i = 0; i < CROWD; i++)
		idle[i] = try_connect(fixture);
	nap(2500);
	assert_serves(fixture);
	for (i = 0; i < CROWD; i++)
		if (idle[i] >= 0)
			close(idle[i]);
	assert_serves(fixture);
}

/* From an address of the loopback network; -1: it was refused. */
static int connect_from(const struct fixture *fixture, const char *source)
{
	struct sockaddr_in from = { .sin_family = AF_INET };
	struct listen_address address;
	struct err e;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0 && inet_pton(AF_INET, source, &from.sin_addr) == 1);
	assert_int_equal(
		listen_address_parse(metrics_server_address(fixture->server), &address, &e), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&from, sizeof(from)), 0);
	if (!connect(fd, &address.any, address.length))
		return fd;
	close(fd);
	return -1;
}

/*
 * A local user has all of 127.0.0.0/8. Silent connections from three of its addresses, renewed as
 * they are closed, do not keep a scraper out: not once, and not for a moment.
 */
static void test_silent_crowd_makes_room(void **state)
{
	static const char *const sources[] = { "127.0.0.1", "127.0.0.2", "127.0.0.3" };
	struct fixture *fixture = *state;
	int silent[CROWD], i, round;

	start_limited(fixture, &metrics_http_limits);
	put(fixture, OPENMETRICS, PLAIN);
	for (i = 0; i < CROWD; i++)
		silent[i] = connect_from(fixture, sources[i % 3]);
	for (round = 0; round < 8; round++) {
		assert_serves(fixture);
		for (i = round; i < CROWD; i += 4) {
			if (silent[i] >= 0)
				close(silent[i]);
			silent[i] = connect_from(fixture, sources[i % 3]);
		}
	}
	for (i = 0; i < CROWD; i++)
		if (silent[i] >= 0)
			close(silent[i]);
	assert_serves(fixture);
}

static void test_crowd_on_unix(void **state)
{
	struct fixture *fixture = *state;

	start_unix(fixture);
	put(fixture, OPENMETRICS, PLAIN);
	crowd(fixture, CROWD);
}

/* ---- texts ----------------------------------------------------------------------------------- */
static char *text_of(char letter, size_t length)
{
	char *text = malloc(length + 1);

	memset(text, letter, length);
	text[length] = '\0';
	return text;
}

static void test_long_texts(void **state)
{
	struct fixture *fixture = *state;
	char *old = text_of('a', 3 << 20), *new = text_of('b', 2 << 20), *longest;
	struct err e;
	int fd;

	start(fixture, "0");
	put(fixture, old, old);
	/* a client that began to read the old text gets all of it */
	fd = try_connect(fixture);
	say(fd, "GET /metrics HTTP/1.0\r\n\r\n");
	nap(100);
	put(fixture, new, new);
	ask(fixture, "GET", "/metrics", "");
	assert_string_equal(body_of(fixture), new);
	assert_true(hear(fixture, fd, 3000) > 0);
	assert_string_equal(body_of(fixture), old);
	longest = text_of('c', EXPOSITION_MAX_BYTES + 1);
	assert_int_equal(metrics_server_put(fixture->server, longest, PLAIN, S, &e), -1);
	assert_int_equal(metrics_server_put(fixture->server, PLAIN, longest, S, &e), -1);
	longest[EXPOSITION_MAX_BYTES] = '\0';
	ask(fixture, "GET", "/metrics", "");
	assert_string_equal(body_of(fixture), new);
	put(fixture, longest, longest);
	ask(fixture, "GET", "/metrics", "");
	assert_int_equal(strlen(body_of(fixture)), EXPOSITION_MAX_BYTES);
	free(longest);
	free(old);
	free(new);
}

/* Thousands of texts, each of one letter, while they are read: no answer mixes two of them. */
static void test_texts_are_whole(void **state)
{
	struct fixture *fixture = *state;
	char *texts[2] = { text_of('a', 300000), text_of('b', 200000) };
	pid_t reader;
	int status, i;

	start(fixture, "0");
	put(fixture, texts[0], texts[0]);
	/* a reader that finds no stable text in time gets the previous one: now there is one */
	ask(fixture, "GET", "/metrics", "");
	reader = fork();
	if (!reader) {
		for (i = 0; i < 100; i++) {
			const char *body;
			size_t length;

			ask(fixture, "GET", "/metrics", "");
			body = body_of(fixture);
			length = strlen(body);
			if (strspn(body, body[0] == 'a' ? "a" : "b") != length ||
			    length != (body[0] == 'a' ? 300000 : 200000))
				_exit(1);
		}
		_exit(0);
	}
	for (i = 1; !waitpid(reader, &status, WNOHANG); i++)
		put(fixture, texts[i & 1], texts[i & 1]);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_true(i > 100);
	free(texts[0]);
	free(texts[1]);
}

/* ---- processes ------------------------------------------------------------------------------- */
/* The first child of a process; 0: none. */
static pid_t child_of(pid_t pid)
{
	char path[64], text[64] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
	file = fopen(path, "r");
	if (!file)
		return 0;
	if (!fgets(text, sizeof(text), file))
		text[0] = '\0';
	fclose(file);
	return (pid_t)strtol(text, NULL, 10);
}

static long status_of(pid_t pid, const char *key, int base)
{
	char path[64], line[256];
	long value = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, key, strlen(key)) && line[strlen(key)] == ':')
			value = strtol(line + strlen(key) + 1, NULL, base);
	fclose(file);
	return value;
}

static int count_descriptors(pid_t pid)
{
	char path[64];
	struct dirent *entry;
	int count = 0;
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	folder = opendir(path);
	if (!folder)
		return -1;
	while ((entry = readdir(folder)))
		count += entry->d_name[0] != '.';
	closedir(folder);
	return count;
}

static void test_no_rights(void **state)
{
	struct fixture *fixture = *state;
	int secret = open("/etc/passwd", O_RDONLY); /* not for the children */
	pid_t supervisor, server;
	int i;

	start(fixture, "0");
	supervisor = child_of(getpid());
	server = child_of(supervisor);
	assert_true(supervisor > 0 && server > 0);
	assert_int_equal(status_of(supervisor, "CapPrm", 16), 0);
	assert_int_equal(status_of(server, "CapPrm", 16), 0);
	assert_int_equal(status_of(server, "CapEff", 16), 0);
	assert_int_equal(status_of(server, "CapInh", 16), 0);
	assert_int_equal(status_of(server, "CapAmb", 16), 0);
	assert_int_equal(status_of(server, "NoNewPrivs", 10), 1);
	assert_int_equal(status_of(server, "Seccomp", 10), 2);
	if (!geteuid()) {
		assert_int_equal(status_of(server, "CapBnd", 16), 0);
		assert_int_equal(status_of(supervisor, "Uid", 10), 65534);
		assert_int_equal(status_of(server, "Uid", 10), 65534);
		assert_int_equal(status_of(server, "Gid", 10), 65534);
		assert_int_equal(status_of(server, "Groups", 10), 0);
		/* with the server's pidfd, which it opens only after the server has begun */
		for (i = 0; i < 400 && count_descriptors(supervisor) != 6; i++)
			nap(5);
		assert_int_equal(count_descriptors(supervisor), 6);
		assert_in_range(count_descriptors(server), 6, 7); /* with epoll's */
	}
	close(secret);
}

static pid_t wait_server(pid_t supervisor, pid_t other_than)
{
	pid_t server = 0;
	int i;

	for (i = 0; i < 400; i++) {
		server = child_of(supervisor);
		if (server && server != other_than)
			return server;
		nap(5);
	}
	fail_msg("no server after 2 s");
	return 0;
}

static void test_restart(void **state)
{
	struct fixture *fixture = *state;
	pid_t supervisor, server;
	int i;

	start(fixture, "0");
	put(fixture, OPENMETRICS, PLAIN);
	supervisor = child_of(getpid());
	server = child_of(supervisor);
	assert_int_equal(kill(server, SIGTERM), 0); /* of systemd: boundby decides */
	nap(50);
	assert_int_equal(child_of(supervisor), server);
	assert_int_equal(kill(server, SIGKILL), 0);
	server = wait_server(supervisor, server);
	assert_serves(fixture); /* with the text that was there */
	/* not twice in a minute */
	assert_int_equal(kill(server, SIGKILL), 0);
	nap(300);
	assert_int_equal(child_of(supervisor), 0);
	/* the supervisor as well: boundby notices with the next text */
	assert_int_equal(kill(supervisor, SIGKILL), 0);
	for (i = 0; i < 100 && child_of(getpid()) == supervisor; i++) {
		nap(10);
		put(fixture, OPENMETRICS, PLAIN);
	}
	supervisor = child_of(getpid());
	assert_true(supervisor > 0);
	wait_server(supervisor, 0);
	assert_serves(fixture);
}

/* Requests already received are answered; later ones are refused. */
static void test_request_during_stop(void **state)
{
	struct fixture *fixture = *state;
	int asked, silent;

	start_unix(fixture);
	put(fixture, OPENMETRICS, PLAIN);
	silent = try_connect(fixture);
	asked = try_connect(fixture);
	say(asked, "GET /metrics HTTP/1.0\r\n\r\n");
	metrics_server_stop(fixture->server);
	fixture->server = NULL;
	assert_true(hear(fixture, asked, 1000) > 0);
	assert_string_equal(body_of(fixture), PLAIN);
	assert_int_equal(hear(fixture, silent, 1000), 0);
	assert_int_equal(child_of(getpid()), 0);
}

/* boundby is killed: no process remains. */
static void test_killed(void **state)
{
	struct fixture *fixture = *state;
	pid_t owner = fork(), supervisor, server = 0;
	int i;

	if (!owner) {
		start_unix(fixture);
		for (;;)
			pause();
	}
	for (i = 0; i < 400 && !server; i++) {
		nap(10);
		supervisor = child_of(owner);
		server = supervisor ? child_of(supervisor) : 0;
	}
	assert_true(server > 0);
	nap(100);
	assert_int_equal(kill(owner, SIGKILL), 0);
	waitpid(owner, NULL, 0);
	for (i = 0; i < 300 && !kill(server, 0); i++)
		nap(10);
	assert_int_equal(kill(server, 0), -1);
	/* its socket is still there; the next one replaces it */
	assert_int_equal(access(fixture->fixture.path, F_OK), 0);
	for (i = 0; i < 200 && is_listening(fixture->fixture.path); i++)
		nap(10); /* its supervisor may need a moment longer */
	start_unix(fixture);
	put(fixture, OPENMETRICS, PLAIN);
	assert_serves(fixture);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_accept),
		TEST(test_tcp),
		TEST(test_tcp6),
		TEST(test_unix),
		TEST(test_health),
		TEST(test_bad_requests),
		TEST(test_large_request),
		TEST(test_slow_request),
		TEST(test_dripping_request),
		TEST(test_crowd),
		TEST(test_silent_crowd_makes_room),
		TEST(test_crowd_on_unix),
		TEST(test_long_texts),
		TEST(test_texts_are_whole),
		TEST(test_no_rights),
		TEST(test_restart),
		TEST(test_request_during_stop),
		TEST(test_killed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
