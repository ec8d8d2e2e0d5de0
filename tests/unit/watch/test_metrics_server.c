// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests of cli/metrics_server and metrics_http over local sockets: valid and broken HTTP requests,
 * and the rights of the processes that answer.
 */
#include "watch/metrics_server_fixture.h"

#define WANTS_OPENMETRICS "Accept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5\r\n"

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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_accept),	  TEST(test_tcp),
		TEST(test_tcp6),	  TEST(test_unix),
		TEST(test_health),	  TEST(test_bad_requests),
		TEST(test_large_request), TEST(test_no_rights),
		TEST(test_restart),	  TEST(test_request_during_stop),
		TEST(test_killed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
