// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * switchers THREADS RATE IDLE: THREADS threads that alternately sleep and compute briefly, RATE
 * switches a second in total, and IDLE threads that only sleep. Prints "ready PID". Ends when its
 * input is closed.
 */
#include "../workloads/workload.h"

static uint64_t period_ns;

static void *switcher(void *arg)
{
	uint64_t next = now_ns() + (uint64_t)(uintptr_t)arg;
	struct timespec at;

	for (;; next += period_ns) {
		at.tv_sec = (time_t)(next / SECOND);
		at.tv_nsec = (long)(next % SECOND);
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
		spin_cpu_ns(5000);
	}
	return NULL;
}

static void *idler(void *arg)
{
	(void)arg;
	for (;;)
		pause();
	return NULL;
}

int main(int argc, char **argv)
{
	unsigned long threads = argument(argc, argv, 1, 100), rate = argument(argc, argv, 2, 10000);
	unsigned long idle = argument(argc, argv, 3, 0), i;

	period_ns = threads * SECOND / rate;
	for (i = 0; i < threads; i++)
		start_thread(switcher, (void *)(uintptr_t)(i * period_ns / threads));
	for (i = 0; i < idle; i++)
		start_thread(idler, NULL);
	printf("ready %d\n", getpid());
	fflush(stdout);
	while (getchar() != EOF)
		;
	return 0;
}
