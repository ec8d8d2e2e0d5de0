// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Repeatedly writes a block to a private file and forces it to disk. Truth by construction: every
 * wait is disk.
 */
#include "workload.h"

int main(int argc, char **argv)
{
	static char block[4096];
	uint64_t *syncs;
	int fd;

	workload_begin(argc, argv);
	syncs = truth("syncs");
	fd = temporary_file(1 << 20, 0);
	ready();
	while (running()) {
		if (pwrite(fd, block, sizeof(block), (off_t)(pick(256) * sizeof(block))) !=
			    (ssize_t)sizeof(block) ||
		    fsync(fd))
			die("pwrite, fsync");
		truth_add(syncs, 1);
	}
	truths_print();
	return 0;
}
