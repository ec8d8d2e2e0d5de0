// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Computes on argv[2] threads (1), never waits. Truth by construction: on_cpu or runnable, nothing
 * else; the threads' CPU clocks say how much of which.
 */
#include "workload.h"

static void *compute(void *arg)
{
	while (running())
		spin_ns(10 * MS);
	return arg;
}

int main(int argc, char **argv)
{
	unsigned long threads, i;

	workload_begin(argc, argv);
	threads = argument(argc, argv, 2, 1);
	for (i = 1; i < threads; i++)
		start_thread(compute, NULL);
	ready();
	compute(NULL);
	return 0;
}
