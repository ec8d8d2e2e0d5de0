// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads one end of a socket pair; the process at the other end writes a byte every 20 ms. Truth by
 * construction: every wait is ipc.
 */
#include "workload.h"

int main(int argc, char **argv)
{
	int ends[2];
	char byte;

	workload_begin(argc, argv);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		die("socketpair");
	become_target(tick, &ends[1]);
	ready();
	while (running() && read(ends[0], &byte, 1) == 1)
		;
	return 0;
}
