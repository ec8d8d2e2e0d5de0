// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Starts a short program (sleep 0.1) and waits for it, again and again. Advised: eight at a
 * time.
 */
#include <spawn.h>

#include "lib/corpus.h"

extern char **environ;

static void start(void)
{
	char *command[] = { "sleep", "0.1", NULL };
	pid_t pid;

	if (posix_spawn(&pid, "/bin/sleep", NULL, NULL, command, environ))
		die("posix_spawn");
}

int main(int argc, char **argv)
{
	int at_once = corpus_begin(argc, argv) ? 8 : 1;
	uint64_t *done = truth("done");

	ready();
	while (--at_once > 0)
		start();
	for (;;) {
		start();
		if (waitpid(-1, NULL, 0) < 0)
			die("waitpid");
		truth_add(done, 1);
	}
}
