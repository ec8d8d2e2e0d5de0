// SPDX-License-Identifier: GPL-2.0-or-later
/* The protocol of sd_notify(3): a datagram of KEY=VALUE lines to the socket named by $NOTIFY_SOCKET. */
#include "watch/notify.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/units.h"

#define MESSAGE_LEN 1024

/* A manager that does not read must not hold the watch up for longer than this. */
static const struct timeval patience = { .tv_sec = 1 };

/* Of the socket; 0: there is no service manager. A name that begins with '@' is an abstract one. */
static socklen_t manager_address(struct sockaddr_un *ret)
{
	const char *name = getenv("NOTIFY_SOCKET");
	size_t length = name ? strlen(name) : 0;

	if (!length || (name[0] != '/' && name[0] != '@') || length >= sizeof(ret->sun_path))
		return 0;
	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(ret->sun_path, name, length);
	if (name[0] == '@')
		ret->sun_path[0] = '\0';
	else
		length++; /* the NUL belongs to the name of a file */
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
}

static void tell(const char *message)
{
	struct sockaddr_un address;
	socklen_t length = manager_address(&address);
	int fd;

	if (!length)
		return;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	/* a manager that does not read loses a message; what that means is its own rule */
	(void)sendto(fd, message, strlen(message), MSG_NOSIGNAL, (struct sockaddr *)&address,
		     length);
	close(fd);
}

/* first: lines that go before the status. The status is one line, whatever it quotes. */
static void tell_status(const char *first, const char *status)
{
	char clean[MESSAGE_LEN / 2], message[MESSAGE_LEN];

	units_printable(status, strlen(status), clean, sizeof(clean));
	snprintf(message, sizeof(message), "%sSTATUS=%s", first, clean);
	tell(message);
}

void notify_ready(const char *status)
{
	tell_status("READY=1\n", status);
}

void notify_reloading(void)
{
	char message[MESSAGE_LEN];

	snprintf(message, sizeof(message), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
		 clock_ns(CLOCK_MONOTONIC) / 1000);
	tell(message);
}

void notify_stopping(void)
{
	tell("STOPPING=1");
}

void notify_status(const char *status)
{
	tell_status("", status);
}

uint64_t notify_alive_period_ns(void)
{
	const char *limit = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	unsigned long long limit_us;
	char *end;

	/* meant for another process that we inherited the environment from */
	if (!limit || (pid && strtoull(pid, NULL, 10) != (unsigned long long)getpid()))
		return 0;
	limit_us = strtoull(limit, &end, 10);
	if (*end || limit_us > UINT64_MAX / 1000)
		return 0;
	return limit_us * 1000 / 2; /* twice in each limit, as sd_watchdog_enabled(3) asks for */
}

void notify_alive(void)
{
	tell("WATCHDOG=1");
}
