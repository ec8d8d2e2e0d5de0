// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The server that corpus programs ask: HTTP/1.1 with keep-alive on a free port of 127.0.0.1.
 * `GET /wait/MS` answers after MS milliseconds, `GET /wait/MS/BYTES` with that many bytes. One
 * thread that waits in epoll: it holds thousands of requests and takes next to no CPU. Prints
 * "ready PID PORT"; ends when its standard input does.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_CONNECTIONS 8192
#define MAX_REQUEST 2048
#define MAX_BODY (1 << 20)

struct connection {
	uint64_t due_ns; /* when it is to be answered, 0: nothing in flight */
	size_t have; /* bytes of the request that came */
	size_t body; /* bytes to answer with */
	bool open;
	char request[MAX_REQUEST];
};

static struct connection connections[MAX_CONNECTIONS];
static char answer[MAX_BODY + 256];
static int poller, highest;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return (uint64_t)at.tv_sec * 1000000000ULL + (uint64_t)at.tv_nsec;
}

static void watch(int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event))
		die("epoll_ctl");
}

static void forget(int fd)
{
	close(fd);
	memset(&connections[fd], 0, sizeof(*connections));
}

static void welcome(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), one = 1;

	if (fd < 0)
		return;
	if (fd >= MAX_CONNECTIONS) {
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	connections[fd].open = true;
	if (fd > highest)
		highest = fd;
	watch(fd);
}

/* A whole request: when is it due, and with how much? */
static void take(struct connection *one)
{
	unsigned long wait = 0, body = 2;

	sscanf(one->request, "%*s /wait/%lu/%lu", &wait, &body);
	one->body = body < MAX_BODY ? body : MAX_BODY;
	one->due_ns = now_ns() + wait * 1000000ULL;
	one->have = 0;
}

static void receive(int fd)
{
	struct connection *one = &connections[fd];
	ssize_t got = read(fd, one->request + one->have, sizeof(one->request) - 1 - one->have);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		forget(fd);
		return;
	}
	one->have += (size_t)got;
	one->request[one->have] = '\0';
	if (strstr(one->request, "\r\n\r\n"))
		take(one);
	else if (one->have == sizeof(one->request) - 1)
		forget(fd);
}

static void respond(int fd)
{
	struct connection *one = &connections[fd];
	size_t head = (size_t)sprintf(answer,
				      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
				      "Content-Length: %zu\r\n\r\n",
				      one->body),
	       sent = 0;
	ssize_t wrote;

	memset(answer + head, 'x', one->body);
	one->due_ns = 0;
	while (sent < head + one->body) {
		wrote = write(fd, answer + sent, head + one->body - sent);
		if (wrote < 0 && errno == EAGAIN) {
			usleep(100);
			continue;
		}
		if (wrote < 0) {
			forget(fd);
			return;
		}
		sent += (size_t)wrote;
	}
}

/* Answers what is due; hands back ms to the next, -1 none. */
static int answer_all(void)
{
	uint64_t now = now_ns(), next = UINT64_MAX;
	int fd;

	for (fd = 0; fd <= highest; fd++) {
		if (!connections[fd].open || !connections[fd].due_ns)
			continue;
		if (connections[fd].due_ns <= now)
			respond(fd);
		else if (connections[fd].due_ns < next)
			next = connections[fd].due_ns;
	}
	return next == UINT64_MAX ? -1 : (int)((next - now) / 1000000) + 1;
}

int main(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	struct epoll_event events[256];
	struct rlimit files = { MAX_CONNECTIONS, MAX_CONNECTIONS };
	socklen_t length = sizeof(address);
	int listener, count, i, wait = -1;

	setrlimit(RLIMIT_NOFILE, &files);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(listener, 4096) || getsockname(listener, (struct sockaddr *)&address, &length))
		die("listen");
	poller = epoll_create1(EPOLL_CLOEXEC);
	watch(listener);
	watch(STDIN_FILENO);
	printf("ready %d %d\n", getpid(), ntohs(address.sin_port));
	fflush(stdout);
	for (;;) {
		count = epoll_wait(poller, events, 256, wait);
		for (i = 0; i < count; i++) {
			if (events[i].data.fd == STDIN_FILENO)
				return 0;
			if (events[i].data.fd == listener)
				welcome(listener);
			else
				receive(events[i].data.fd);
		}
		wait = answer_all();
	}
}
