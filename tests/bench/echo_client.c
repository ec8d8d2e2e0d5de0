// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loads an echo server: echo_client PORT. Sixteen connections, each with one byte on its way, from
 * the last CPU. For each line on stdin it makes 20,000 echoes and prints ns for one.
 */
#include "../workloads/workload.h"

#include <sys/epoll.h>

#define CONNECTIONS 16
#define ECHOES 20000

static int connections[CONNECTIONS];

static double run(int set)
{
	struct epoll_event events[CONNECTIONS];
	uint64_t from = now_ns();
	int done = 0, count, i;
	char byte;

	for (i = 0; i < CONNECTIONS; i++)
		if (write(connections[i], "x", 1) != 1)
			die("write");
	while (done < ECHOES) {
		count = epoll_wait(set, events, CONNECTIONS, -1);
		for (i = 0; i < count; i++, done++)
			if (read(events[i].data.fd, &byte, 1) != 1 ||
			    write(events[i].data.fd, "x", 1) != 1)
				die("echo");
	}
	from = now_ns() - from;
	for (i = 0; i < CONNECTIONS; i++)
		if (read(connections[i], &byte, 1) != 1)
			die("read");
	return (double)from / ECHOES;
}

int main(int argc, char **argv)
{
	struct sockaddr_in server = loopback(htons((uint16_t)argument(argc, argv, 1, 0)));
	int set = epoll_create1(EPOLL_CLOEXEC), i;
	char line[16];

	pin(last_cpu());
	for (i = 0; i < CONNECTIONS; i++) {
		struct epoll_event event = { .events = EPOLLIN };

		connections[i] = dial(SOCK_STREAM, &server);
		event.data.fd = connections[i];
		epoll_ctl(set, EPOLL_CTL_ADD, connections[i], &event);
	}
	while (fgets(line, sizeof(line), stdin)) {
		printf("%.1f\n", run(set));
		fflush(stdout);
	}
	return 0;
}
