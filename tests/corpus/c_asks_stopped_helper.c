// SPDX-License-Identifier: GPL-2.0-or-later
/* Asks a helper process over a socket; the helper was stopped by a signal. */
#include <signal.h>

#include "lib/corpus.h"

static __attribute__((noinline)) void ask(int fd)
{
	char answer;

	if (write(fd, "q", 1) != 1 || read(fd, &answer, 1) != 1)
		die("ask");
}

int main(int argc, char **argv)
{
	char question;
	int pair[2];
	pid_t helper;

	corpus_begin(argc, argv);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		die("socketpair");
	helper = fork_child();
	if (!helper) {
		close(pair[0]);
		while (read(pair[1], &question, 1) == 1 && write(pair[1], "a", 1) == 1)
			;
		_exit(0);
	}
	close(pair[1]);
	ask(pair[0]);
	kill(helper, SIGSTOP);
	ready();
	ask(pair[0]);
	return 0;
}
