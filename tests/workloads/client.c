// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Asks a TCP server, which is another process, again and again; it answers after 20 ms. Truth by
 * construction: network; "wait" is what its own clock says about the reads.
 */
#include "workload.h"

int main(int argc, char **argv)
{
	uint64_t *wait, *requests;
	int fd;

	workload_begin(argc, argv);
	wait = truth("wait");
	requests = truth("requests");
	fd = become_client();
	ready();
	while (running()) {
		truth_add(wait, ask_server(fd));
		truth_add(requests, 1);
	}
	truths_print();
	return 0;
}
