// SPDX-License-Identifier: GPL-2.0-or-later
/* One thread that holds sixty-four requests to a server that takes 50 ms, in epoll. */
#include <sys/epoll.h>

#include "lib/corpus.h"

#define REQUESTS 64

int main(int argc, char **argv)
{
	struct epoll_event event = { .events = EPOLLIN }, events[REQUESTS];
	int set = epoll_create1(EPOLL_CLOEXEC), i, count;
	uint64_t *done;

	corpus_begin(argc, argv);
	done = truth("done");
	for (i = 0; i < REQUESTS; i++) {
		event.data.fd = corpus_connect();
		if (epoll_ctl(set, EPOLL_CTL_ADD, event.data.fd, &event))
			die("epoll_ctl");
		corpus_ask(event.data.fd, 50);
	}
	ready();
	for (;;) {
		count = epoll_wait(set, events, REQUESTS, -1);
		for (i = 0; i < count; i++) {
			corpus_take(events[i].data.fd);
			corpus_ask(events[i].data.fd, 50);
			truth_add(done, 1);
		}
	}
}
