// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A pre-fork server: eight workers with a request now and then, and a ninth process that computes a
 * statistic all the time. Advised: the statistic in two processes.
 */
#include "lib/corpus.h"

static uint64_t *done;

static void client(void *address)
{
	char byte = 'q';
	int fd;

	for (;;) {
		fd = dial(SOCK_STREAM, address);
		if (write(fd, &byte, 1) != 1 || read(fd, &byte, 1) != 1)
			die("client");
		close(fd);
		sleep_ns(30 * MS);
	}
}

static void serve_requests(int listener)
{
	char byte;
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		if (read(fd, &byte, 1) == 1 && write(fd, &byte, 1) != 1)
			die("answer");
		close(fd);
	}
}

static void compute(void)
{
	volatile uint64_t sum = 0;
	uint64_t i;

	for (;;) {
		for (i = 0; i < 1000000; i++)
			sum += i * i;
		truth_add(done, 1);
	}
}

int main(int argc, char **argv)
{
	int computing = corpus_begin(argc, argv) ? 2 : 1, i, listener;
	struct sockaddr_in address;

	done = truth("done");
	listener = serve(SOCK_STREAM, &address);
	become_target(client, &address);
	for (i = 0; i < 8; i++)
		if (!fork_child())
			serve_requests(listener);
	while (computing-- > 0)
		if (!fork_child())
			compute();
	ready();
	wait(NULL);
	return 1;
}
