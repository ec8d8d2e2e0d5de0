// SPDX-License-Identifier: GPL-2.0-or-later
/* Starts a helper five times a second and never asks how it ended. Advised: it does. */
#include "lib/corpus.h"

int main(int argc, char **argv)
{
	bool advised = corpus_begin(argc, argv);

	ready();
	for (;;) {
		pid_t pid = fork();

		if (!pid)
			_exit(0);
		if (pid < 0)
			die("fork");
		sleep_ns(200 * MS);
		if (advised)
			waitpid(pid, NULL, 0);
	}
}
