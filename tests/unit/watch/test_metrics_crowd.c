// SPDX-License-Identifier: GPL-2.0-or-later
/* Tests of the metrics server under load: slow and silent clients, many of them, long texts. */
#include "watch/metrics_server_fixture.h"

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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_slow_request),    TEST(test_dripping_request),
		TEST(test_crowd),	    TEST(test_silent_crowd_makes_room),
		TEST(test_crowd_on_unix),   TEST(test_long_texts),
		TEST(test_texts_are_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
