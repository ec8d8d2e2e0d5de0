// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads from a connection that it accepted; the client, another process, sends a byte every
 * 20 ms. With a second argument of 1 it listens no more then. Truth by construction: request.
 */
#include "workload.h"

static void send_to(void *arg)
{
	int fd = dial(SOCK_STREAM, arg);

	tick(&fd);
}

int main(int argc, char **argv)
{
	struct sockaddr_in address;
	int listener, fd;
	char byte;

	workload_begin(argc, argv);
	listener = serve(SOCK_STREAM, &address);
	become_target(send_to, &address);
	fd = accept(listener, NULL, NULL);
	if (argument(argc, argv, 2, 0))
		close(listener);
	ready();
	while (read(fd, &byte, 1) == 1)
		;
	return 0;
}
