// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each of three processes serves a connection at a time, and clients hold theirs without a request, so that
 * others are not accepted. Advised: a request has to come within a time.
 */
#include "lib/prefork.h"

#define PORT 23118

static bool advised;
static uint64_t *done;

static __attribute__((noinline)) ssize_t read_request(int fd, char *text, size_t size)
{
	struct timeval limit = { .tv_usec = 100000 };
	ssize_t length;

	if (advised)
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	length = read(fd, text, size);
	return length < 0 ? 0 : length;
}

static void answer(int fd)
{
	char text[64];

	if (read_request(fd, text, sizeof(text)))
		truth_add(done, 1);
}

int main(int argc, char **argv)
{
	advised = corpus_begin(argc, argv);
	done = truth("done");
	prefork_serve(PORT, 3, answer);
}
