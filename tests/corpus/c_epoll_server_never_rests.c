// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An epoll server whose handler asks its database (20 ms) in a blocking call, with more clients
 * than it can serve that way: whenever it returns to epoll, the next ones are ready. Advised: eight
 * threads ask the database and answer, the loop hands them the clients.
 */
#include <sys/epoll.h>

#include "lib/corpus.h"

static uint64_t *done, *wait_ns;
static int queue[2];

static void *client(void *address)
{
	int fd = dial(SOCK_STREAM, address);
	uint64_t from;
	char byte = 'q';

	for (;;) {
		from = now_ns();
		if (write(fd, &byte, 1) != 1 || read(fd, &byte, 1) != 1)
			die("client");
		truth_add(wait_ns, now_ns() - from);
		truth_add(done, 1);
		sleep_ns(20 * MS);
	}
	return NULL;
}

static void clients(void *address)
{
	int i;

	for (i = 0; i < 4; i++)
		start_thread(client, address);
}

static void handle(int fd, int database)
{
	char byte = 'r';

	corpus_get(database, 20);
	if (write(fd, &byte, 1) != 1)
		die("answer");
}

static void *worker(void *unused)
{
	int database = corpus_connect(), fd;

	while (read(queue[0], &fd, sizeof(fd)) == sizeof(fd))
		handle(fd, database);
	return unused;
}

int main(int argc, char **argv)
{
	struct epoll_event event = { .events = EPOLLIN }, events[16];
	bool advised = corpus_begin(argc, argv);
	int listener, database, set, count, i, fd;
	struct sockaddr_in address;
	char byte;

	done = truth("done");
	wait_ns = truth("wait_ns");
	listener = serve(SOCK_STREAM, &address);
	become_target(clients, &address);
	database = corpus_connect();
	set = epoll_create1(EPOLL_CLOEXEC);
	event.data.fd = listener;
	if (pipe2(queue, O_CLOEXEC) || epoll_ctl(set, EPOLL_CTL_ADD, listener, &event))
		die("pipe, epoll_ctl");
	for (i = 0; advised && i < 8; i++)
		start_thread(worker, NULL);
	ready();
	for (;;) {
		count = epoll_wait(set, events, 16, -1);
		for (i = 0; i < count; i++) {
			fd = events[i].data.fd;
			if (fd == listener) {
				event.data.fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
				epoll_ctl(set, EPOLL_CTL_ADD, event.data.fd, &event);
			} else if (read(fd, &byte, 1) != 1) {
				close(fd);
			} else if (advised) {
				if (write(queue[1], &fd, sizeof(fd)) != sizeof(fd))
					die("queue");
			} else {
				handle(fd, database);
			}
		}
	}
}
