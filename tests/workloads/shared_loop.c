// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two threads that serve one event set, whose events never run out: shared_loop SECONDS KIND. naps:
 * each sleeps 30 ms in nanosleep for an event; computes: 30 ms of CPU time; quick: it reads and waits
 * again. Truth: events.
 */
#include "workload.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

static const char *kind = "naps";
static uint64_t *events;
static int set, fds[2];

static void *serve_set(void *arg)
{
	struct epoll_event got;
	uint64_t value;

	(void)arg;
	for (;;) {
		if (epoll_wait(set, &got, 1, -1) != 1)
			continue;
		if (read(got.data.fd, &value, sizeof(value)) < 0 && errno != EAGAIN)
			die("read");
		truth_add(events, 1);
		if (!strcmp(kind, "naps"))
			sleep_ns(30 * MS);
		else if (!strcmp(kind, "computes"))
			spin_cpu_ns(30 * MS);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	struct epoll_event event = { .events = EPOLLIN };
	uint64_t one = 1;
	int i;

	if (argc > 2)
		kind = argv[2];
	workload_begin(argc, argv);
	events = truth("events");
	set = epoll_create1(EPOLL_CLOEXEC);
	for (i = 0; i < 2; i++) {
		event.data.fd = fds[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (fds[i] < 0 || epoll_ctl(set, EPOLL_CTL_ADD, fds[i], &event))
			die("eventfd");
	}
	for (i = 0; i < 2; i++)
		start_thread(serve_set, NULL);
	ready();
	while (running()) {
		sleep_ns(5 * MS);
		for (i = 0; i < 2; i++)
			if (write(fds[i], &one, sizeof(one)) < 0)
				die("write");
	}
	return 0;
}
