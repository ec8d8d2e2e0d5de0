/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared code of the C corpus programs: variant, server, figures. Reads CORPUS_SERVER (host:port),
 * WORKLOAD_TRUTH and argv[1]: "advised" selects the variant that follows the advice.
 */
#ifndef CORPUS_H
#define CORPUS_H

#include <netinet/tcp.h>

#include "../../workloads/workload.h"

/* Begins a program that runs until it is killed; true: the advised variant. */
static inline bool corpus_begin(int argc, char **argv)
{
	static char *forever[] = { "corpus", "0", NULL };

	workload_begin(2, forever);
	return argc > 1 && !strcmp(argv[1], "advised");
}

/* A connection to the runner's server. */
static inline int corpus_connect(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	const char *server = getenv("CORPUS_SERVER"), *colon = server ? strchr(server, ':') : NULL;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	if (!colon)
		die("CORPUS_SERVER");
	address.sin_port = htons((uint16_t)atoi(colon + 1));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)))
		die("connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

static inline void corpus_ask(int fd, int wait_ms)
{
	char text[80];
	int length =
		snprintf(text, sizeof(text), "GET /wait/%d HTTP/1.1\r\nHost: x\r\n\r\n", wait_ms);

	if (write(fd, text, (size_t)length) != length)
		die("write");
}

/* Reads one answer, which fits one segment. */
static inline void corpus_take(int fd)
{
	char text[512];

	if (read(fd, text, sizeof(text)) <= 0)
		die("read");
}

/* One request and its answer. */
static inline void corpus_get(int fd, int wait_ms)
{
	corpus_ask(fd, wait_ms);
	corpus_take(fd);
}

#endif
