// SPDX-License-Identifier: GPL-2.0-or-later
/* Workers take turns by a record lock of a file; one was stopped by a signal while it had the lock. */
#include <fcntl.h>
#include <signal.h>

#include "lib/corpus.h"

static __attribute__((noinline)) void lock_record(int fd)
{
	struct flock whole = { .l_type = F_WRLCK };

	if (fcntl(fd, F_SETLKW, &whole))
		die("fcntl");
}

static void hold(int fd, int held)
{
	lock_record(fd);
	if (write(held, "x", 1) != 1)
		die("write");
	raise(SIGSTOP);
}

int main(int argc, char **argv)
{
	char name[] = "/tmp/boundby-corpus-XXXXXX", byte;
	int fd, held[2];

	corpus_begin(argc, argv);
	fd = mkstemp(name);
	if (fd < 0 || unlink(name) || pipe(held))
		die("file or pipe");
	if (!fork_child())
		hold(fd, held[1]);
	if (read(held[0], &byte, 1) != 1)
		die("read");
	if (!fork_child())
		lock_record(fd);
	ready();
	lock_record(fd);
	return 0;
}
