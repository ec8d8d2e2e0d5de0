// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Computes without end; a test puts it in a cgroup with a CPU quota. Truth: the cgroup's cpu.stat
 * says how long it was throttled.
 */
#include "workload.h"

int main(int argc, char **argv)
{
	workload_begin(argc, argv);
	ready();
	while (running())
		spin_ns(10 * MS);
	return 0;
}
