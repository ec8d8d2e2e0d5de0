// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A server registers connections for one event (EPOLLONESHOT) and, after the first answer, not again.
 * Advised: again after each.
 */
#include <sys/epoll.h>

#include "lib/corpus.h"

static bool advised;
static uint64_t *done;

static void watch(int set, int how, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.fd = fd };

	if (epoll_ctl(set, how, fd, &event))
		die("epoll_ctl");
}

static void answer(int set, int fd)
{
	char text[64];

	if (read(fd, text, sizeof(text)) <= 0 || write(fd, "a", 1) != 1)
		die("answer");
	truth_add(done, 1);
	if (advised)
		watch(set, EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLONESHOT);
}

static __attribute__((noinline)) void wait_for_one(int set, int listener)
{
	struct epoll_event event;
	int fd;

	if (epoll_wait(set, &event, 1, -1) != 1)
		return;
	if (event.data.fd != listener) {
		answer(set, event.data.fd);
		return;
	}
	fd = accept(listener, NULL, NULL);
	watch(set, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLONESHOT);
}

/* Asks, and asks again when it is answered. */
static void client(void *address)
{
	int fd = dial(SOCK_STREAM, address);
	char byte;

	while (write(fd, "question", 8) == 8 && read(fd, &byte, 1) == 1)
		sleep_ns(MS);
}

int main(int argc, char **argv)
{
	struct sockaddr_in address;
	int listener = serve(SOCK_STREAM, &address), set;

	advised = corpus_begin(argc, argv);
	done = truth("done");
	become_target(client, &address);
	set = epoll_create1(EPOLL_CLOEXEC);
	watch(set, EPOLL_CTL_ADD, listener, EPOLLIN);
	ready();
	for (;;)
		wait_for_one(set, listener);
}
