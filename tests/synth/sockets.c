// SPDX-License-Identifier: GPL-2.0-or-later
/* Connections, messages on them, and the server that a plan's other end is. */
#include <netinet/tcp.h>
#include <sys/un.h>

#include "player.h"

void send_message(int fd, uint64_t wait_us)
{
	struct message message = { wait_us, now_ns() };

	/* the other end may have been ended before this one */
	if (send(fd, &message, sizeof(message), MSG_NOSIGNAL) < 0 && errno != EPIPE &&
	    errno != ECONNRESET)
		die("send");
}

bool take_message(int fd, struct message *ret)
{
	return recv(fd, ret, sizeof(*ret), MSG_WAITALL) == sizeof(*ret);
}

union address {
	struct sockaddr any;
	struct sockaddr_in inet;
	struct sockaddr_un local;
};

static socklen_t inet_address(long port, union address *ret)
{
	*ret = (union address){ .inet = { .sin_family = AF_INET,
					  .sin_port = htons((uint16_t)port),
					  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) } };
	return sizeof(ret->inet);
}

static socklen_t unix_address(long number, union address *ret)
{
	*ret = (union address){ .local.sun_family = AF_UNIX };
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
			   (size_t)snprintf(ret->local.sun_path + 1, 40, "synth-%ld", number));
}

static void at_once(int fd)
{
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)); /* a unix socket refuses it */
}

static int connection(const union address *address, socklen_t length)
{
	int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, &address->any, length))
		die("connect");
	at_once(fd);
	return fd;
}

static int listener(const union address *address, socklen_t length)
{
	int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd < 0 || bind(fd, &address->any, length) || listen(fd, 64))
		die("listen");
	return fd;
}

int connect_inet(long port)
{
	union address address;

	return connection(&address, inet_address(port, &address));
}

int connect_unix(long number)
{
	union address address;

	return connection(&address, unix_address(number, &address));
}

int listen_inet(long port)
{
	union address address;

	return listener(&address, inet_address(port, &address));
}

int listen_unix(long number)
{
	union address address;

	return listener(&address, unix_address(number, &address));
}

int accept_one(int listening)
{
	int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		die("accept");
	at_once(fd);
	return fd;
}

static void *serve_connection(void *argument)
{
	int fd = (int)(intptr_t)argument;
	struct message message;

	while (take_message(fd, &message)) {
		sleep_ns(message.wait_us * 1000);
		send_message(fd, 0);
	}
	close(fd);
	return NULL;
}

void host(int listening)
{
	for (;;)
		start_thread(serve_connection, (void *)(intptr_t)accept_one(listening));
}
