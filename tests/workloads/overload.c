// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An event loop with more to do than it has time for: overload SECONDS. It would wait for lack of
 * events, but another thread always has more for both of its descriptors, and each turn computes for
 * 40 ms: it never rests. Truth: the newest turns, as truth.py has them.
 */
#include "workload.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#define STALLS 20 /* as in truth.py */

static int wake[2];

static void *feed(void *arg)
{
	uint64_t one = 1;

	(void)arg;
	for (;;) {
		sleep_ns(5 * MS);
		if (write(wake[0], &one, sizeof(one)) < 0 || write(wake[1], &one, sizeof(one)) < 0)
			die("write");
	}
	return NULL;
}

static void note(const char *what, int at, uint64_t value)
{
	char name[24];

	snprintf(name, sizeof(name), "%s%d", what, at);
	*truth(name) = value;
}

int main(int argc, char **argv)
{
	struct epoll_event event = { .events = EPOLLIN }, got[4];
	uint64_t begin, cpu, value;
	int set, at = 0, i, found = 0;

	workload_begin(argc, argv);
	set = epoll_create1(EPOLL_CLOEXEC);
	for (i = 0; i < 2; i++) {
		wake[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (wake[i] < 0 || epoll_ctl(set, EPOLL_CTL_ADD, wake[i], &event))
			die("epoll set");
	}
	start_thread(feed, NULL);
	ready();
	while (running()) {
		/* where the last look found something there may be more: so libuv does it */
		found = epoll_wait(set, got, 4, found > 0 ? 0 : -1);
		if (found < 0 && errno != EINTR)
			die("epoll_wait");
		begin = now_ns();
		cpu = thread_cpu_ns();
		for (i = 0; i < 2; i++)
			if (read(wake[i], &value, sizeof(value)) < 0 && errno != EAGAIN)
				die("read");
		spin_ns(40 * MS);
		note("stall", at, now_ns() - begin);
		note("cpu", at, thread_cpu_ns() - cpu);
		note("end", at, clock_ns(CLOCK_REALTIME));
		at = (at + 1) % STALLS;
	}
	return 0;
}
