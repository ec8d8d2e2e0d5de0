// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sleeps 2 ms at a time in nanosleep. Truth by construction: every wait is sleep; "wait" is what
 * its own clock says about the sleeps.
 */
#include "workload.h"

int main(int argc, char **argv)
{
	uint64_t *wait, from;

	workload_begin(argc, argv);
	wait = truth("wait");
	ready();
	while (running()) {
		from = now_ns();
		sleep_ns(2 * MS);
		truth_add(wait, now_ns() - from);
	}
	truths_print();
	return 0;
}
