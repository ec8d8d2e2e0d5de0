// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Grows a tree three generations deep, again and again: each process computes 5 ms, then waits for
 * its child; the last one sleeps. Truth: "process PID PPID BORN ENDED" lines, wall-clock ns.
 */
#include "workload.h"

#define GENERATIONS 3

static uint64_t *trees;

static void grow(int generations)
{
	uint64_t born;
	pid_t child;

	spin_ns(5 * MS);
	if (!generations) {
		sleep_ns(40 * MS);
		return;
	}
	born = clock_ns(CLOCK_REALTIME);
	child = fork_child();
	if (!child) {
		grow(generations - 1);
		_exit(0);
	}
	if (waitpid(child, NULL, 0) != child)
		die("waitpid");
	dprintf(STDOUT_FILENO, "process %d %d %llu %llu\n", (int)child, (int)getpid(),
		(unsigned long long)born, (unsigned long long)clock_ns(CLOCK_REALTIME));
}

int main(int argc, char **argv)
{
	workload_begin(argc, argv);
	trees = truth("trees");
	ready();
	while (running()) {
		grow(GENERATIONS);
		truth_add(trees, 1);
	}
	truths_print();
	return 0;
}
