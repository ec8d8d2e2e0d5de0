// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Asks a TCP server, which is another process, again and again; it answers after 20 ms. Truth by
 * construction: network; "wait" is what its own clock says about the reads.
 */
#include "workload.h"

int main(int argc, char **argv)
{
	uint64_t *wait, *requests, from;
	char byte = 'q';
	int fd;

	workload_begin(argc, argv);
	wait = truth("wait");
	requests = truth("requests");
	fd = become_client();
	ready();
	while (running()) {
		if (write(fd, &byte, 1) != 1)
			die("write");
		from = now_ns();
		if (read(fd, &byte, 1) != 1)
			die("read");
		truth_add(wait, now_ns() - from);
		truth_add(requests, 1);
	}
	truths_print();
	return 0;
}
