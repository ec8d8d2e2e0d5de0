// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One thread that moves itself to another CPU after every 2 ms of computing. Truth: "hops" counts
 * the moves; nothing else moves it, since each time one CPU alone is allowed.
 */
#include "workload.h"

int main(int argc, char **argv)
{
	int cpus[CPU_SETSIZE], count, at = 0;
	uint64_t *hops;

	workload_begin(argc, argv);
	count = allowed_cpus(cpus, CPU_SETSIZE);
	if (count < 2)
		skip("one CPU leaves nowhere to hop to");
	hops = truth("hops");
	pin(cpus[at]);
	ready();
	while (running()) {
		spin_ns(2 * MS);
		at = (at + 1) % count;
		pin(cpus[at]);
		truth_add(hops, 1);
	}
	truths_print();
	return 0;
}
