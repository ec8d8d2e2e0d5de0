// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A parent reads a child's standard output to its end and only then its standard error; the child
 * writes more to the latter than a pipe holds. Advised: it reads what is ready, of both.
 */
#include <poll.h>

#include "lib/corpus.h"

#define MUCH (256 * 1024)

static __attribute__((noinline)) void write_errors(int fd)
{
	static char text[MUCH];

	if (write(fd, text, sizeof(text)) < 0)
		_exit(1);
}

static void child(int out, int err)
{
	write_errors(err);
	if (write(out, "done\n", 5) < 0)
		_exit(1);
	_exit(0);
}

static void read_to_end(int fd)
{
	char text[4096];

	while (read(fd, text, sizeof(text)) > 0)
		;
}

static void read_both(int out, int err)
{
	struct pollfd two[2] = { { out, POLLIN, 0 }, { err, POLLIN, 0 } };
	char text[4096];
	int open = 2, i;

	while (open && poll(two, 2, -1) > 0)
		for (i = 0; i < 2; i++)
			if (two[i].revents && read(two[i].fd, text, sizeof(text)) <= 0) {
				two[i].fd = -1;
				open--;
			}
}

int main(int argc, char **argv)
{
	bool advised = corpus_begin(argc, argv);
	uint64_t *done = truth("done");
	int out[2], err[2];
	pid_t pid;

	ready();
	for (;;) {
		if (pipe(out) || pipe(err))
			die("pipe");
		pid = fork_child();
		if (!pid)
			child(out[1], err[1]);
		close(out[1]);
		close(err[1]);
		if (advised) {
			read_both(out[0], err[0]);
		} else {
			read_to_end(out[0]);
			read_to_end(err[0]);
		}
		waitpid(pid, NULL, 0);
		close(out[0]);
		close(err[0]);
		truth_add(done, 1);
	}
}
