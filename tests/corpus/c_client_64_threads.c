// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sixty-four threads, each of which waits for its own request to a server that takes 50 ms.
 * Advised: one thread that holds the same requests in epoll.
 */
#include <sys/epoll.h>

#include "lib/corpus.h"

#define REQUESTS 64

static uint64_t *done;

static void *ask(void *unused)
{
	int server = corpus_connect();

	for (;;) {
		corpus_get(server, 50);
		truth_add(done, 1);
	}
	return unused;
}

static void ask_from_one(void)
{
	struct epoll_event event = { .events = EPOLLIN }, events[REQUESTS];
	int set = epoll_create1(EPOLL_CLOEXEC), i, count;

	for (i = 0; i < REQUESTS; i++) {
		event.data.fd = corpus_connect();
		if (epoll_ctl(set, EPOLL_CTL_ADD, event.data.fd, &event))
			die("epoll_ctl");
		corpus_ask(event.data.fd, 50);
	}
	for (;;) {
		count = epoll_wait(set, events, REQUESTS, -1);
		for (i = 0; i < count; i++) {
			corpus_take(events[i].data.fd);
			corpus_ask(events[i].data.fd, 50);
			truth_add(done, 1);
		}
	}
}

int main(int argc, char **argv)
{
	bool advised = corpus_begin(argc, argv);
	int i;

	done = truth("done");
	ready();
	if (advised)
		ask_from_one();
	for (i = 0; i < REQUESTS; i++)
		start_thread(ask, NULL);
	sleep_to_end();
	return 0;
}
