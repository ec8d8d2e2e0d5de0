// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * argv[2] child processes (1000) asleep in pause, never woken; they end with their parent. Truth by
 * construction: that many processes of one thread each, none of which runs after "ready".
 */
#include "workload.h"

int main(int argc, char **argv)
{
	unsigned long count, i;
	pid_t child;

	workload_begin(argc, argv);
	count = argument(argc, argv, 2, 1000);
	for (i = 0; i < count; i++) {
		child = fork();
		if (child < 0)
			die("fork");
		if (!child) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			sleep_to_end();
		}
	}
	sleep_ns(500 * MS); /* until the last of them sleeps */
	ready();
	sleep_to_end();
}
