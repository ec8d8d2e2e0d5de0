// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Computes and sleeps in turn; after half of its time becomes another program, named "exe", that
 * goes on so. argv[2] "thread": a thread other than the first does it. Truth: one PID throughout.
 */
#include "workload.h"

static bool second;
static char *self;

static void *go_on(void *arg)
{
	uint64_t half_ns = now_ns() + workload_seconds * SECOND / 2;
	char seconds[24];

	while (running()) {
		spin_ns(2 * MS);
		sleep_ns(5 * MS);
		if (second || !workload_end_ns || now_ns() < half_ns)
			continue;
		snprintf(seconds, sizeof(seconds), "%llu",
			 (unsigned long long)(workload_seconds - workload_seconds / 2));
		execl("/proc/self/exe", self, seconds, "second", (char *)NULL);
		die("exec");
	}
	return arg;
}

int main(int argc, char **argv)
{
	workload_begin(argc, argv);
	self = argv[0];
	second = argc > 2 && !strcmp(argv[2], "second");
	if (!second)
		ready();
	if (argc > 2 && !strcmp(argv[2], "thread"))
		pthread_join(start_thread(go_on, NULL), NULL);
	else
		go_on(NULL);
	return 0;
}
