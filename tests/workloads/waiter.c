// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Waits in wait4 for a child that only sleeps. Truth by construction: the parent is in child, one
 * wait from before attach to after the end.
 */
#include "workload.h"

int main(int argc, char **argv)
{
	pid_t child;

	workload_begin(argc, argv);
	child = fork_child();
	if (!child)
		sleep_to_end();
	ready();
	wait4(child, NULL, 0, NULL);
	return 0;
}
