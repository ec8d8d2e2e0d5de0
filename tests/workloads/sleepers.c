// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * argv[2] threads (1000) asleep, half in nanosleep, half in pause, never woken; with argv[3] the
 * first computes for 10 % of the time instead. Truth by construction: that many threads, each in
 * one state from before attach to after the end.
 */
#include "workload.h"

static void *asleep(void *arg)
{
	if (arg)
		sleep_ns(1000000 * SECOND);
	sleep_to_end();
	return NULL;
}

int main(int argc, char **argv)
{
	unsigned long threads, i;
	static char yes;

	workload_begin(argc, argv);
	threads = argument(argc, argv, 2, 1000);
	for (i = 1; i < threads; i++)
		start_thread(asleep, i % 2 ? &yes : NULL);
	sleep_ns(100 * MS); /* until the last of them sleeps */
	ready();
	while (argument(argc, argv, 3, 0)) {
		spin_cpu_ns(5 * MS);
		sleep_ns(45 * MS);
	}
	asleep(NULL);
	return 0;
}
