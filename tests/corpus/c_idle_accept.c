// SPDX-License-Identifier: GPL-2.0-or-later
/* A server without clients: it waits in accept. */
#include "lib/corpus.h"

int main(int argc, char **argv)
{
	struct sockaddr_in address;
	int listener, client;

	corpus_begin(argc, argv);
	listener = serve(SOCK_STREAM, &address);
	ready();
	for (;;) {
		client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (client >= 0)
			close(client);
	}
}
