// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A parent and two processes that accept; each request writes a line to a pipe whose reader does not read.
 * Advised: a line that finds no room is dropped.
 */
#include "lib/prefork.h"

#define PORT 23119

static int log_pipe[2];
static uint64_t *done, *dropped;

static __attribute__((noinline)) void write_log(const char *line, size_t length)
{
	if (write(log_pipe[1], line, length) < 0)
		truth_add(dropped, 1);
}

static void answer(int fd)
{
	char text[256] = "";

	if (read(fd, text, sizeof(text)) > 0)
		write_log(text, sizeof(text));
	truth_add(done, 1);
}

int main(int argc, char **argv)
{
	bool advised = corpus_begin(argc, argv);

	done = truth("done");
	dropped = truth("dropped");
	if (pipe2(log_pipe, advised ? O_NONBLOCK : 0) || fcntl(log_pipe[1], F_SETPIPE_SZ, 4096) < 0)
		die("pipe");
	if (!fork_child()) {
		close(log_pipe[1]);
		sleep_to_end(); /* has the other end, and does not read it */
	}
	close(log_pipe[0]);
	prefork_serve(PORT, 2, answer);
}
