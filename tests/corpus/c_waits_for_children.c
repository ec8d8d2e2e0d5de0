// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Starts a program that sleeps for half a second and waits for it, again and again: it is as idle as
 * the program is.
 */
#include <spawn.h>

#include "lib/corpus.h"

extern char **environ;

static void start(void)
{
	char *command[] = { "sleep", "0.5", NULL };
	pid_t pid;

	if (posix_spawn(&pid, "/bin/sleep", NULL, NULL, command, environ))
		die("posix_spawn");
}

int main(int argc, char **argv)
{
	uint64_t *done;

	corpus_begin(argc, argv);
	done = truth("done");
	ready();
	for (;;) {
		start();
		if (waitpid(-1, NULL, 0) < 0)
			die("waitpid");
		truth_add(done, 1);
	}
}
