// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Threads that resemble event loops and are none: not_loop SECONDS KIND. zero: polls its set with
 * timeout 0, and computes 0.2 ms in between. one: waits for one fd, and computes 20 ms for each
 * event. shared: two threads alternate on one set, each computes 20 ms per event. request: a server
 * with one client takes one event at a time from a set of three, and computes 20 ms each.
 */
#include "workload.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

static int set, wake[3];
static int most, timeout_ms = -1;

static void *turn(void *arg)
{
	struct epoll_event got[4];
	uint64_t value;
	int i;

	(void)arg;
	for (;;) {
		if (epoll_wait(set, got, most, timeout_ms) < 0 && errno != EINTR)
			die("epoll_wait");
		for (i = 0; i < 3; i++)
			if (wake[i] && read(wake[i], &value, sizeof(value)) < 0 && errno != EAGAIN)
				die("read");
		spin_ns(timeout_ms ? 20 * MS : MS / 5);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	const char *kind = argc > 2 ? argv[2] : "zero";
	int members = !strcmp(kind, "one") ? 1 : !strcmp(kind, "request") ? 3 : 2, i;
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	uint64_t one = 1;

	workload_begin(argc, argv);
	most = strcmp(kind, "request") ? 4 : 1;
	timeout_ms = strcmp(kind, "zero") ? -1 : 0;
	set = epoll_create1(EPOLL_CLOEXEC);
	for (i = 0; i < members; i++) {
		wake[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (wake[i] < 0 || epoll_ctl(set, EPOLL_CTL_ADD, wake[i], &event))
			die("epoll set");
	}
	start_thread(turn, NULL);
	if (!strcmp(kind, "shared"))
		start_thread(turn, NULL);
	ready();
	while (running()) {
		sleep_ns(40 * MS);
		if (write(wake[0], &one, sizeof(one)) < 0 ||
		    (members > 1 && write(wake[1], &one, sizeof(one)) < 0))
			die("write");
	}
	return 0;
}
