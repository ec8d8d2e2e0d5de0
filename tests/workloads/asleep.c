// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sleeps in one call from before attach to after the end: a read of an empty pipe, or what argv[2]
 * names: pause, nanosleep, poll. Truth by construction: one state, the whole window.
 */
#include <poll.h>

#include "workload.h"

int main(int argc, char **argv)
{
	const char *how = argc > 2 ? argv[2] : "read";
	struct pollfd poll_fd;
	int ends[2];
	char byte;

	workload_begin(argc, argv);
	if (pipe2(ends, O_CLOEXEC))
		die("pipe");
	ready();
	if (!strcmp(how, "pause"))
		sleep_to_end();
	if (!strcmp(how, "nanosleep"))
		sleep_ns(1000000 * SECOND);
	poll_fd = (struct pollfd){ .fd = ends[0], .events = POLLIN };
	if (!strcmp(how, "poll"))
		poll(&poll_fd, 1, -1);
	if (read(ends[0], &byte, 1) != 1)
		die("read");
	return 0;
}
