// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Wants a file lock that another process holds for 20 ms at a time. Truth by construction: every
 * wait is lock.
 */
#include <sys/file.h>

#include "workload.h"

static char lock_path[] = "/proc/self/fd/0000000000";

/* flock belongs to the open file: each side needs its own fd. */
static int open_again(void)
{
	int fd = open(lock_path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		die("open");
	return fd;
}

static void hold(void *arg)
{
	int fd = *(int *)arg;

	for (;;) {
		if (flock(fd, LOCK_EX))
			die("flock");
		sleep_ns(ANSWER_NS);
		flock(fd, LOCK_UN);
	}
}

int main(int argc, char **argv)
{
	uint64_t *taken;
	int fd, mine;

	workload_begin(argc, argv);
	taken = truth("taken");
	fd = temporary_file(0, 0);
	snprintf(lock_path, sizeof(lock_path), "/proc/self/fd/%d", fd);
	mine = open_again();
	if (flock(fd, LOCK_EX)) /* held before the other side asks for the first time */
		die("flock");
	become_target(hold, &fd);
	close(fd);
	ready();
	while (running()) {
		if (flock(mine, LOCK_EX))
			die("flock");
		flock(mine, LOCK_UN);
		truth_add(taken, 1);
	}
	truths_print();
	return 0;
}
