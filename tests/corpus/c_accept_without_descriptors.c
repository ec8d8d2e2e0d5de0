// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A server has no descriptors left: accept fails with EMFILE, the connection stays in the queue, and
 * poll reports the listener again at once. Advised: after EMFILE it waits for 10 ms.
 */
#include <poll.h>
#include <sys/resource.h>

#include "lib/corpus.h"

int main(int argc, char **argv)
{
	bool advised = corpus_begin(argc, argv);
	uint64_t *wakeups = truth("wakeups");
	struct sockaddr_in address;
	struct rlimit few;
	struct pollfd two[2];
	int quiet[2], fd;

	two[0] = (struct pollfd){ .fd = serve(SOCK_STREAM, &address), .events = POLLIN };
	if (pipe(quiet))
		die("pipe");
	two[1] = (struct pollfd){ .fd = quiet[0], .events = POLLIN };
	dial(SOCK_STREAM, &address);
	few = (struct rlimit){ (rlim_t)quiet[1] + 2, (rlim_t)quiet[1] + 2 };
	setrlimit(RLIMIT_NOFILE, &few);
	ready();
	for (;;) {
		if (poll(two, 2, -1) < 0)
			die("poll");
		truth_add(wakeups, 1);
		fd = accept(two[0].fd, NULL, NULL);
		if (fd < 0 && advised)
			sleep_ns(10 * MS);
	}
}
