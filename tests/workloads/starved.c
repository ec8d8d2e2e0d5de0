// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Four computing threads on one CPU. Truth by construction: each has at most a quarter of it, so
 * three quarters and more of their time are runnable.
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
	int i;

	workload_begin(argc, argv);
	pin(last_cpu());
	for (i = 1; i < 4; i++)
		start_thread(compute, NULL);
	ready();
	compute(NULL);
	return 0;
}
