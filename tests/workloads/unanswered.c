// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sends a byte to a server that never answers, as to a log, then waits for events on that connection and a
 * listener on which nothing comes. argv[2]: ms between the two; argv[3]: ms after which it sends another byte
 * each time, 0 never. Truth by construction: idle once it is no request in flight any more.
 */
#include <sys/epoll.h>

#include "workload.h"

static void swallow(void *arg)
{
	int client = accept(*(int *)arg, NULL, NULL);

	for (;;)
		pause();
	close(client);
}

int main(int argc, char **argv)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct sockaddr_in address, own;
	int listening, connection, set;
	unsigned long wait_ms, again_ms;
	char byte = 'x';

	workload_begin(argc, argv);
	wait_ms = argument(argc, argv, 2, 0);
	again_ms = argument(argc, argv, 3, 0);
	listening = serve(SOCK_STREAM, &address);
	become_target(swallow, &listening);
	close(listening);
	connection = dial(SOCK_STREAM, &address);
	set = epoll_create1(EPOLL_CLOEXEC);
	if (epoll_ctl(set, EPOLL_CTL_ADD, connection, &event) ||
	    epoll_ctl(set, EPOLL_CTL_ADD, serve(SOCK_STREAM, &own), &event))
		die("epoll");
	if (write(connection, &byte, 1) != 1)
		die("write");
	sleep_ns(wait_ms * MS);
	ready();
	for (;;)
		if (!epoll_wait(set, &event, 1, again_ms ? (int)again_ms : -1) &&
		    write(connection, &byte, 1) != 1)
			die("write");
	return 0;
}
