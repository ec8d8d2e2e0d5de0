// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Queries a UDP server, another process, through a connected socket; the answer takes 20 ms. Truth
 * by construction: every wait is network.
 */
#include "workload.h"

static void answer(void *arg)
{
	struct sockaddr_in from;
	socklen_t length;
	int fd = *(int *)arg;
	char byte;

	for (;;) {
		length = sizeof(from);
		if (recvfrom(fd, &byte, 1, 0, (struct sockaddr *)&from, &length) != 1)
			return;
		sleep_ns(ANSWER_NS);
		sendto(fd, &byte, 1, 0, (struct sockaddr *)&from, length);
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_in address;
	uint64_t *requests;
	char byte = 'q';
	int server, fd;

	workload_begin(argc, argv);
	requests = truth("requests");
	server = serve(SOCK_DGRAM, &address);
	become_target(answer, &server);
	close(server);
	fd = dial(SOCK_DGRAM, &address);
	ready();
	while (running()) {
		if (send(fd, &byte, 1, 0) != 1 || recv(fd, &byte, 1, 0) != 1)
			die("send, recv");
		truth_add(requests, 1);
	}
	truths_print();
	return 0;
}
