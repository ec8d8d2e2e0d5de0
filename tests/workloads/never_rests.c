// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loops that never rest at their set: never_rests SECONDS KIND (computes, naps, ready). The first two have
 * work of their own ready at all times, so each look has a timeout of 0 and finds nothing; a turn
 * computes, or sleeps in nanosleep, for 20 ms. The third means to wait for a second, but a pipe is
 * left registered for writing, which it always is, and nothing is done about it. Truth: looks.
 */
#include "workload.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

int main(int argc, char **argv)
{
	struct epoll_event event = { .events = EPOLLIN }, got[8];
	const char *what = argc > 2 ? argv[2] : "computes";
	int set = epoll_create1(EPOLL_CLOEXEC), pipes[2], i, found;
	bool left_ready = !strcmp(what, "ready");
	uint64_t *looks;

	workload_begin(argc, argv);
	looks = truth("looks");
	if (set < 0 || pipe2(pipes, O_CLOEXEC))
		die("epoll set or pipe");
	for (i = 0; i < 2; i++) {
		event.data.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (event.data.fd < 0 || epoll_ctl(set, EPOLL_CTL_ADD, event.data.fd, &event))
			die("eventfd");
	}
	event.events = EPOLLOUT;
	if (left_ready && epoll_ctl(set, EPOLL_CTL_ADD, pipes[1], &event))
		die("epoll_ctl");
	ready();
	while (running()) {
		found = epoll_wait(set, got, 8, left_ready ? 1000 : 0);
		if (found < 0 && errno != EINTR)
			die("epoll_wait");
		truth_add(looks, 1);
		if (!strcmp(what, "computes"))
			spin_ns(20 * MS);
		else if (!left_ready)
			sleep_ns(20 * MS);
	}
	return 0;
}
