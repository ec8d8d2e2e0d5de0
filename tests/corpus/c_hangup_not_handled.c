// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A loop wants nothing from a connection for now, events = 0, and its other end is closed: EPOLLHUP is
 * reported whatever is wanted, and is not handled. Advised: it is taken out of the set.
 */
#include <sys/epoll.h>

#include "lib/corpus.h"

int main(int argc, char **argv)
{
	bool advised = corpus_begin(argc, argv);
	uint64_t *wakeups = truth("wakeups");
	struct epoll_event event = { .events = 0 };
	int set = epoll_create1(EPOLL_CLOEXEC), closed[2], quiet[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, closed) || pipe(quiet))
		die("socketpair");
	close(closed[1]);
	event.data.fd = closed[0];
	epoll_ctl(set, EPOLL_CTL_ADD, closed[0], &event);
	event.events = EPOLLIN;
	event.data.fd = quiet[0];
	epoll_ctl(set, EPOLL_CTL_ADD, quiet[0], &event);
	ready();
	for (;;) {
		if (epoll_wait(set, &event, 1, 1000) < 0)
			die("epoll_wait");
		truth_add(wakeups, 1);
		if (advised && event.events & EPOLLHUP)
			epoll_ctl(set, EPOLL_CTL_DEL, event.data.fd, NULL);
	}
}
