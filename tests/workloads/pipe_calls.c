// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One thread writes a byte to a pipe and reads it back, never blocking; argv[2] "pin" pins it to
 * one CPU. Truth: "ns" on the clock for "rounds" of both calls.
 */
#include "workload.h"

int main(int argc, char **argv)
{
	uint64_t *ns, *rounds, from;
	char byte = 0;
	int ends[2], i;

	workload_begin(argc, argv);
	ns = truth("ns");
	rounds = truth("rounds");
	if (pipe2(ends, O_CLOEXEC))
		die("pipe");
	if (argc > 2 && !strcmp(argv[2], "pin"))
		pin(last_cpu());
	ready();
	while (running()) {
		from = now_ns();
		for (i = 0; i < 1000; i++)
			if (write(ends[1], &byte, 1) != 1 || read(ends[0], &byte, 1) != 1)
				die("pipe");
		truth_add(ns, now_ns() - from);
		truth_add(rounds, 1000);
	}
	truths_print();
	return 0;
}
