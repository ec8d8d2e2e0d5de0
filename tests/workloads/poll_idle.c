// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Waits in epoll on a listener without clients, 20 ms at a time. Truth by construction: every wait
 * is poll_idle: no request is in flight.
 */
#include <sys/epoll.h>

#include "workload.h"

int main(int argc, char **argv)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct sockaddr_in address;
	int set;

	workload_begin(argc, argv);
	event.data.fd = serve(SOCK_STREAM, &address);
	set = epoll_create1(EPOLL_CLOEXEC);
	if (set < 0 || epoll_ctl(set, EPOLL_CTL_ADD, event.data.fd, &event))
		die("epoll");
	ready();
	while (running())
		epoll_wait(set, &event, 1, 20);
	return 0;
}
