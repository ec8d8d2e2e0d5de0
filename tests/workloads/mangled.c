// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An event loop that computes 20 ms in turn in a function with a C++ name, demo::block, and one
 * with a Rust name, demo::turn: what their compilers would call them is set by hand.
 */
#include "workload.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>

void block(int ms) __asm__("_ZN4demo5blockEi");
void turn(void) __asm__("_RNvCs1234_4demo4turn");

__attribute__((noinline)) void block(int ms)
{
	spin_ns((uint64_t)ms * MS);
}

__attribute__((noinline)) void turn(void)
{
	spin_ns(20 * MS);
}

int main(int argc, char **argv)
{
	struct itimerspec period = { { 0, 50000000 }, { 0, 50000000 } };
	struct epoll_event event = { .events = EPOLLIN }, got[4];
	int set, timer, wake, count = 0;
	uint64_t value;

	workload_begin(argc, argv);
	set = epoll_create1(EPOLL_CLOEXEC);
	timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (epoll_ctl(set, EPOLL_CTL_ADD, timer, &event) ||
	    epoll_ctl(set, EPOLL_CTL_ADD, wake, &event) || timerfd_settime(timer, 0, &period, NULL))
		die("epoll set");
	ready();
	while (running()) {
		if (epoll_wait(set, got, 4, -1) < 0 && errno != EINTR)
			die("epoll_wait");
		if (read(timer, &value, sizeof(value)) != sizeof(value))
			continue;
		if (count++ % 2)
			block(20);
		else
			turn();
	}
	return 0;
}
