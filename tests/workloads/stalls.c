// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An event loop that computes for US (60) microseconds per iteration: stalls SECONDS US. Truth:
 * "iterations"; at a limit below US each iteration is a stall.
 */
#include "workload.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>

int main(int argc, char **argv)
{
	struct epoll_event event = { .events = EPOLLIN }, got[4];
	uint64_t length_ns = argument(argc, argv, 2, 60) * 1000, *iterations, one = 1;
	long rest_ns = 30000; /* it sleeps in between: a loop that never does only spins */
	struct itimerspec period = { 0 };
	int set, wake, timer;

	workload_begin(argc, argv);
	iterations = truth("iterations");
	period.it_value.tv_nsec = period.it_interval.tv_nsec = (long)length_ns + rest_ns;
	set = epoll_create1(EPOLL_CLOEXEC);
	wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (set < 0 || wake < 0 || timer < 0 || epoll_ctl(set, EPOLL_CTL_ADD, wake, &event) ||
	    epoll_ctl(set, EPOLL_CTL_ADD, timer, &event) ||
	    timerfd_settime(timer, 0, &period, NULL))
		die("epoll set");
	ready();
	while (running()) {
		if (epoll_wait(set, got, 4, 1000) < 0 && errno != EINTR)
			die("epoll_wait");
		while (read(timer, &one, sizeof(one)) > 0)
			;
		spin_ns(length_ns);
		truth_add(iterations, 1);
	}
	truths_print();
	return 0;
}
