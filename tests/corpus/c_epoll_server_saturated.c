// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An epoll server that is busy all the time, but with 2 ms of computing for each of four clients in
 * turn: saturated, not blocked. Advised: two such loops, with half of the clients each.
 */
#include <sys/epoll.h>

#include "lib/corpus.h"

static uint64_t *done;

static void *client(void *address)
{
	int fd = dial(SOCK_STREAM, address);
	char byte = 'q';

	while (write(fd, &byte, 1) == 1 && read(fd, &byte, 1) == 1)
		;
	return NULL;
}

static void clients(void *address)
{
	int i;

	for (i = 0; i < 4; i++)
		start_thread(client, address);
}

static void *serve_all(void *list)
{
	int *fds = list, set = epoll_create1(EPOLL_CLOEXEC), i;
	struct epoll_event event = { .events = EPOLLIN };
	char byte;

	for (i = 0; i < 4 && fds[i] >= 0; i++) {
		event.data.fd = fds[i];
		epoll_ctl(set, EPOLL_CTL_ADD, fds[i], &event);
	}
	for (;;) {
		if (epoll_wait(set, &event, 1, -1) != 1)
			continue;
		if (read(event.data.fd, &byte, 1) != 1)
			die("read");
		spin_ns(2 * MS);
		if (write(event.data.fd, &byte, 1) != 1)
			die("write");
		truth_add(done, 1);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	static int fds[6] = { -1, -1, -1, -1, -1, -1 };
	bool advised = corpus_begin(argc, argv);
	struct sockaddr_in address;
	int listener, i;

	done = truth("done");
	listener = serve(SOCK_STREAM, &address);
	become_target(clients, &address);
	/* advised: two, an end mark, two */
	for (i = 0; i < 4; i++)
		fds[advised && i > 1 ? i + 1 : i] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	ready();
	if (advised)
		start_thread(serve_all, fds + 3);
	serve_all(fds);
	return 0;
}
