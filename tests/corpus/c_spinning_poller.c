// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Looks for what comes in two pipes with a poll that never waits: it spins. Every 20 ms something
 * comes. Advised: it waits in poll.
 */
#include <poll.h>

#include "lib/corpus.h"

static int ends[2][2];

static void send_ticks(void *unused)
{
	(void)unused;
	tick(&ends[1][1]);
}

int main(int argc, char **argv)
{
	int timeout = corpus_begin(argc, argv) ? -1 : 0, i;
	uint64_t *done = truth("done");
	char byte;

	if (pipe2(ends[0], O_CLOEXEC) || pipe2(ends[1], O_CLOEXEC))
		die("pipe");
	become_target(send_ticks, NULL);
	ready();
	for (;;) {
		struct pollfd both[2] = { { .fd = ends[0][0], .events = POLLIN },
					  { .fd = ends[1][0], .events = POLLIN } };

		if (poll(both, 2, timeout) <= 0)
			continue;
		for (i = 0; i < 2; i++)
			if (both[i].revents && read(both[i].fd, &byte, 1) == 1)
				truth_add(done, 1);
	}
}
