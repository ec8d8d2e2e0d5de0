// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Listens for a second after it is ready, closes that socket, connects from the same port to a TCP
 * server that answers after 20 ms, and asks that again and again. Truth by construction: network;
 * "wait" is what its own clock says about the reads.
 */
#include "workload.h"

static int dial_from(uint16_t port, const struct sockaddr_in *address)
{
	struct sockaddr_in own = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd < 0 || bind(fd, (struct sockaddr *)&own, sizeof(own)) ||
	    connect(fd, (const struct sockaddr *)address, sizeof(*address)))
		die("connect from a port");
	return fd;
}

int main(int argc, char **argv)
{
	struct sockaddr_in server, own;
	int answering, listener, fd;
	uint64_t *wait;

	workload_begin(argc, argv);
	wait = truth("wait");
	answering = serve(SOCK_STREAM, &server);
	become_target(answer_one_client, &answering);
	close(answering);
	listener = serve(SOCK_STREAM, &own);
	ready();
	sleep_ns(SECOND);
	close(listener);
	fd = dial_from(own.sin_port, &server);
	while (running())
		truth_add(wait, ask_server(fd));
	truths_print();
	return 0;
}
