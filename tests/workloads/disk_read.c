// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads random blocks of a private file, bypassing the page cache. Truth by construction: every
 * wait is disk.
 */
#include "workload.h"

#define FILE_BYTES (64UL << 20)
#define BLOCK 4096UL

int main(int argc, char **argv)
{
	uint64_t *reads;
	void *block;
	int fd;

	workload_begin(argc, argv);
	reads = truth("reads");
	fd = temporary_file(FILE_BYTES, O_DIRECT);
	if (posix_memalign(&block, BLOCK, BLOCK))
		die("posix_memalign");
	ready();
	while (running()) {
		if (pread(fd, block, BLOCK, (off_t)(pick(FILE_BYTES / BLOCK) * BLOCK)) !=
		    (ssize_t)BLOCK)
			die("pread");
		truth_add(reads, 1);
	}
	truths_print();
	return 0;
}
