// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Wakes ten times a second, computes for 100 us. Truth by construction: a thousandth of a core,
 * the rest is sleep.
 */
#include "workload.h"

int main(int argc, char **argv)
{
	workload_begin(argc, argv);
	ready();
	while (running()) {
		spin_ns(MS / 10);
		sleep_ns(100 * MS);
	}
	return 0;
}
