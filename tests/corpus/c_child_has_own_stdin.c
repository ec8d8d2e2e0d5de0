// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A child reads its standard input to the end, which does not come: it has inherited the writing end. Its
 * parent waits for it. Advised: the child closes that end.
 */
#include "lib/corpus.h"

static __attribute__((noinline)) void read_input(void)
{
	char text[4096];

	while (read(0, text, sizeof(text)) > 0)
		;
}

int main(int argc, char **argv)
{
	bool advised = corpus_begin(argc, argv);
	uint64_t *done = truth("done");
	int ends[2];
	pid_t pid;

	ready();
	for (;;) {
		if (pipe(ends))
			die("pipe");
		pid = fork_child();
		if (!pid) {
			dup2(ends[0], 0);
			close(ends[0]);
			if (advised)
				close(ends[1]);
			read_input();
			_exit(0);
		}
		close(ends[0]);
		if (write(ends[1], "work\n", 5) != 5)
			die("write");
		close(ends[1]);
		waitpid(pid, NULL, 0);
		truth_add(done, 1);
	}
}
