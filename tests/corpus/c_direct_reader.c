// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads random blocks of 512 KiB past the page cache, one after another. */
#include "lib/corpus.h"

#define PAGE 4096
#define BLOCK (512 * 1024)
#define BLOCKS 256

int main(int argc, char **argv)
{
	uint64_t *done;
	void *block;
	int fd;

	corpus_begin(argc, argv);
	done = truth("done");
	setenv("WORKLOAD_DIR", ".", 0);
	fd = temporary_file((size_t)BLOCK * BLOCKS, O_DIRECT);
	if (posix_memalign(&block, PAGE, BLOCK))
		die("posix_memalign");
	ready();
	for (;;) {
		if (pread(fd, block, BLOCK, (off_t)pick(BLOCKS) * BLOCK) != BLOCK)
			die("pread");
		truth_add(done, 1);
	}
}
