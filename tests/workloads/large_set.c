// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An event loop with argv[2] members in its epoll set (15,000): large_set SECONDS MEMBERS. A thread
 * makes one of two of them ready every 5 ms. Truth: none of its own; the test reads what boundby does.
 */
#include "workload.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

static int wake[2];

static void *feed(void *arg)
{
	uint64_t one = 1;
	int i;

	(void)arg;
	for (i = 0;; i = !i) {
		sleep_ns(5 * MS);
		if (write(wake[i], &one, sizeof(one)) < 0)
			die("write");
	}
	return NULL;
}

int main(int argc, char **argv)
{
	struct epoll_event event = { .events = EPOLLIN }, got[8];
	unsigned long members, i;
	struct rlimit limit;
	uint64_t value;
	int set, fd, found;

	workload_begin(argc, argv);
	members = argument(argc, argv, 2, 15000);
	limit.rlim_cur = limit.rlim_max = members + 100;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		skip("the number of fds cannot be raised");
	set = epoll_create1(EPOLL_CLOEXEC);
	for (i = 0; i < members; i++) {
		fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		event.data.fd = fd;
		if (fd < 0 || epoll_ctl(set, EPOLL_CTL_ADD, fd, &event))
			die("epoll set");
		wake[i % 2] = fd;
	}
	start_thread(feed, NULL);
	ready();
	while (running()) {
		found = epoll_wait(set, got, 8, -1);
		while (found-- > 0)
			if (read(got[found].data.fd, &value, sizeof(value)) < 0 && errno != EAGAIN)
				die("read");
	}
	return 0;
}
