// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Asks its server, then computes for as long as the answer took, by its CPU clock. Truth: "wait"
 * and "cpu" are what its own clocks say; the ratio is one half.
 */
#include "workload.h"

int main(int argc, char **argv)
{
	uint64_t *wait, *cpu, from, waited = 0, computed = 0;
	int fd;

	workload_begin(argc, argv);
	wait = truth("wait");
	cpu = truth("cpu");
	fd = become_client();
	ready();
	while (running()) {
		waited += ask_server(fd);
		from = thread_cpu_ns();
		if (waited > computed)
			spin_cpu_ns(waited - computed);
		computed += thread_cpu_ns() - from;
		*wait = waited;
		*cpu = computed;
	}
	truths_print();
	return 0;
}
