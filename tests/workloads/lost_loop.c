// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A server that stopped returning to its event loop: lost_loop SECONDS KIND. It accepts two clients
 * and serves each once; then computes: it computes for ever; naps: it sleeps in nanosleep, again and
 * again; calm: it computes, but no client sends anything more. The clients are another process.
 * Truth: served.
 */
#include "workload.h"

#include <sys/epoll.h>

#define CLIENTS 2

static struct sockaddr_in address = { .sin_family = AF_INET };

static void client(const char *kind)
{
	int fds[CLIENTS], i;
	char byte = 'x';

	for (i = 0; i < CLIENTS; i++) {
		fds[i] = socket(AF_INET, SOCK_STREAM, 0);
		if (connect(fds[i], (struct sockaddr *)&address, sizeof(address)) ||
		    write(fds[i], &byte, 1) != 1 || read(fds[i], &byte, 1) != 1)
			die("client");
		/* nothing answers this one */
		if (strcmp(kind, "calm") && write(fds[i], &byte, 1) != 1)
			die("client");
	}
	sleep_to_end();
	_exit(0);
}

static void answer(int set, int listener)
{
	struct epoll_event event = { .events = EPOLLIN }, got[4];
	int served = 0, found, i;
	char byte;

	while (served < CLIENTS) {
		found = epoll_wait(set, got, 4, -1);
		for (i = 0; i < found; i++) {
			if (got[i].data.fd == listener) {
				event.data.fd = accept(listener, NULL, NULL);
				if (epoll_ctl(set, EPOLL_CTL_ADD, event.data.fd, &event))
					die("epoll_ctl");
			} else if (read(got[i].data.fd, &byte, 1) == 1) {
				if (write(got[i].data.fd, &byte, 1) != 1)
					die("write");
				served++;
			}
		}
	}
	*truth("served") = (uint64_t)served;
}

int main(int argc, char **argv)
{
	const char *kind = argc > 2 ? argv[2] : "computes";
	struct epoll_event event = { .events = EPOLLIN };
	socklen_t length = sizeof(address);
	int set = epoll_create1(EPOLL_CLOEXEC), listener;

	workload_begin(argc, argv);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) || listen(listener, 8) ||
	    getsockname(listener, (struct sockaddr *)&address, &length))
		die("listener");
	if (!fork_child()) {
		close(listener);
		close(set);
		client(kind);
	}
	event.data.fd = listener;
	if (epoll_ctl(set, EPOLL_CTL_ADD, listener, &event))
		die("epoll_ctl");
	answer(set, listener);
	sleep_ns(50 * MS); /* what the clients send after that has come in */
	ready();
	while (running())
		if (strcmp(kind, "naps"))
			spin_ns(50 * MS);
		else
			sleep_ns(50 * MS);
	return 0;
}
