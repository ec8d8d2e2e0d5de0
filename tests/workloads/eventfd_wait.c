// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads an eventfd that another process raises every 20 ms. Truth by construction: every wait is
 * ipc.
 */
#include <sys/eventfd.h>

#include "workload.h"

static void raise_it(void *arg)
{
	do
		sleep_ns(ANSWER_NS);
	while (!eventfd_write(*(int *)arg, 1));
}

int main(int argc, char **argv)
{
	eventfd_t value;
	int fd;

	workload_begin(argc, argv);
	fd = eventfd(0, EFD_CLOEXEC);
	if (fd < 0)
		die("eventfd");
	become_target(raise_it, &fd);
	ready();
	while (running() && !eventfd_read(fd, &value))
		;
	return 0;
}
