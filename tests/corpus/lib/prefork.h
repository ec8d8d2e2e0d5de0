/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A server whose processes share a listener: a parent that only waits, and workers that accept. */
#ifndef CORPUS_PREFORK_H
#define CORPUS_PREFORK_H

#include "corpus.h"

/* answer() answers one connection, which is closed after it. Does not return. */
static inline void prefork_serve(uint16_t port, int workers, void (*answer)(int fd))
{
	struct sockaddr_in address = loopback(port);
	int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1, fd;

	setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listening, (struct sockaddr *)&address, sizeof(address)) || listen(listening, 64))
		die("listen");
	while (workers--) {
		if (fork_child())
			continue;
		for (;;) {
			fd = accept(listening, NULL, NULL);
			answer(fd);
			close(fd);
		}
	}
	ready();
	sleep_to_end();
	exit(0);
}

#endif
