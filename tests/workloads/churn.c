// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * argv[2] threads (200) are born and gone each second, each computing for 1 ms. Truth: "created"
 * and "ended" count them; the process's CPU clock holds what they used.
 */
#include "workload.h"

static uint64_t *ended;

static void *brief(void *arg)
{
	spin_cpu_ns(MS);
	truth_add(ended, 1);
	return arg;
}

int main(int argc, char **argv)
{
	struct timespec next;
	uint64_t *created;
	unsigned long rate;

	workload_begin(argc, argv);
	rate = argument(argc, argv, 2, 200);
	created = truth("created");
	ended = truth("ended");
	clock_gettime(CLOCK_MONOTONIC, &next);
	ready();
	while (running()) {
		pthread_detach(start_thread(brief, NULL));
		truth_add(created, 1);
		next.tv_nsec += (long)(SECOND / rate);
		if (next.tv_nsec >= (long)SECOND) {
			next.tv_nsec -= (long)SECOND;
			next.tv_sec++;
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
	}
	truths_print();
	return 0;
}
