// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A helper reads a pipe whose end tells it that its parent is gone; the parent waits for events. Nothing is
 * wrong.
 */
#include <poll.h>

#include "lib/corpus.h"

int main(int argc, char **argv)
{
	struct sockaddr_in address;
	struct pollfd listener = { .events = POLLIN };
	int life[2];
	char byte;

	corpus_begin(argc, argv);
	if (pipe(life))
		die("pipe");
	if (!fork_child()) {
		close(life[1]);
		while (read(life[0], &byte, 1) > 0)
			;
		_exit(0);
	}
	close(life[0]);
	listener.fd = serve(SOCK_STREAM, &address);
	ready();
	poll(&listener, 1, -1);
	return 1;
}
