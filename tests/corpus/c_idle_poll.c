// SPDX-License-Identifier: GPL-2.0-or-later
/* A server that waits in poll for two listening sockets, and looks at its timers once a second. */
#include <poll.h>

#include "lib/corpus.h"

int main(int argc, char **argv)
{
	struct sockaddr_in address;
	struct pollfd listeners[2] = { { .events = POLLIN }, { .events = POLLIN } };
	int client, i;

	corpus_begin(argc, argv);
	for (i = 0; i < 2; i++)
		listeners[i].fd = serve(SOCK_STREAM, &address);
	ready();
	for (;;) {
		if (poll(listeners, 2, 1000) <= 0)
			continue;
		for (i = 0; i < 2; i++) {
			if (!listeners[i].revents)
				continue;
			client = accept4(listeners[i].fd, NULL, NULL, SOCK_CLOEXEC);
			if (client >= 0)
				close(client);
		}
	}
}
