// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Starts /bin/true and waits for it, again and again. Truth: "children" counts them; the process's
 * own waits are child.
 */
#include "workload.h"

extern char **environ;

int main(int argc, char **argv)
{
	char *command[] = { (char *)"true", NULL };
	uint64_t *children;
	pid_t child;

	workload_begin(argc, argv);
	children = truth("children");
	ready();
	while (running()) {
		child = fork_child();
		if (!child) {
			execve("/bin/true", command, environ);
			_exit(127);
		}
		if (waitpid(child, NULL, 0) != child)
			die("waitpid");
		truth_add(children, 1);
	}
	truths_print();
	return 0;
}
