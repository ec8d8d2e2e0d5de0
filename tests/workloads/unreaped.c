// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * argv[2] children (3) that have exited and are never waited for, created by a separate thread, and
 * as many other threads asleep. Truth by construction, and "unreaped".
 */
#include "workload.h"

static void *asleep(void *arg)
{
	(void)arg;
	sleep_to_end();
	return NULL;
}

static void *fork_all(void *arg)
{
	unsigned long count = *(unsigned long *)arg, i;
	siginfo_t info;
	pid_t child;

	for (i = 0; i < count; i++) {
		child = fork();
		if (child < 0)
			die("fork");
		if (!child)
			_exit(0);
		/* it has ended, and stays */
		if (waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT))
			die("waitid");
	}
	truth_add(truth("unreaped"), count);
	ready();
	return asleep(NULL);
}

int main(int argc, char **argv)
{
	unsigned long count, i;

	workload_begin(argc, argv);
	count = argument(argc, argv, 2, 3);
	for (i = 0; i < count; i++)
		start_thread(asleep, NULL);
	start_thread(fork_all, &count);
	sleep_to_end();
	return 0;
}
