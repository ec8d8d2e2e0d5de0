// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A server gives each connection to a thread and has eight places; the places of connections that
 * ended are not given back, so that in the end it waits for one and takes no connection. Advised: they
 * are given back.
 */
#include <semaphore.h>

#include "lib/corpus.h"

#define PLACES 8
#define PORT 23117

static sem_t places;
static bool advised;
static uint64_t *done;

static void *serve_one(void *argument)
{
	int fd = (int)(intptr_t)argument;
	char text[64];

	while (read(fd, text, sizeof(text)) > 0)
		truth_add(done, 1);
	close(fd);
	if (advised)
		sem_post(&places);
	return NULL;
}

static __attribute__((noinline)) void take_place(void)
{
	while (sem_wait(&places))
		;
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = loopback(PORT);
	int listening, one = 1, fd;

	advised = corpus_begin(argc, argv);
	done = truth("done");
	sem_init(&places, 0, PLACES);
	listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listening, (struct sockaddr *)&address, sizeof(address)) || listen(listening, 64))
		die("listen");
	ready();
	for (;;) {
		take_place();
		fd = accept(listening, NULL, NULL);
		start_thread(serve_one, (void *)(intptr_t)fd);
	}
}
