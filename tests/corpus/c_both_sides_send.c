// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A client sends all requests before it reads an answer, the server sends each answer before it reads
 * on, and both are larger than the socket's buffers. Advised: the client reads after each request.
 */
#include "lib/corpus.h"

#define REQUESTS 64
#define SIZE 16384

static __attribute__((noinline)) void send_all(int fd)
{
	static char bytes[SIZE];
	size_t sent = 0;
	ssize_t count;

	while (sent < SIZE) {
		count = send(fd, bytes, SIZE - sent, MSG_NOSIGNAL);
		if (count <= 0)
			_exit(0);
		sent += (size_t)count;
	}
}

static void receive_all(int fd)
{
	static __thread char bytes[SIZE];

	if (recv(fd, bytes, SIZE, MSG_WAITALL) != SIZE)
		_exit(0);
}

static void echo(int fd)
{
	for (;;) {
		receive_all(fd);
		send_all(fd);
	}
}

int main(int argc, char **argv)
{
	bool advised = corpus_begin(argc, argv);
	uint64_t *done = truth("done");
	int pair[2], i;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		die("socketpair");
	if (!fork_child()) {
		close(pair[0]);
		echo(pair[1]);
	}
	close(pair[1]);
	ready();
	for (;;) {
		for (i = 0; i < REQUESTS; i++) {
			send_all(pair[0]);
			if (advised)
				receive_all(pair[0]);
		}
		for (i = 0; !advised && i < REQUESTS; i++)
			receive_all(pair[0]);
		truth_add(done, REQUESTS);
		sleep_ns(MS);
	}
}
