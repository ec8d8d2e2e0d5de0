// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads a timerfd that fires every 10 ms. Truth by construction: every wait is sleep.
 */
#include <sys/timerfd.h>

#include "workload.h"

int main(int argc, char **argv)
{
	struct itimerspec every = { { 0, 10 * MS }, { 0, 10 * MS } };
	uint64_t fired;
	int fd;

	workload_begin(argc, argv);
	fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	if (fd < 0 || timerfd_settime(fd, 0, &every, NULL))
		die("timerfd");
	ready();
	while (running() && read(fd, &fired, sizeof(fired)) == (ssize_t)sizeof(fired))
		;
	return 0;
}
