// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads random blocks of 256 KiB past the page cache, one after another. Advised: on eight threads. */
#include "lib/corpus.h"

#define PAGE 4096
#define BLOCK 262144
#define BLOCKS 512

static uint64_t *done;
static int fd;

static void *read_blocks(void *unused)
{
	void *block;

	if (posix_memalign(&block, PAGE, BLOCK))
		die("posix_memalign");
	for (;;) {
		if (pread(fd, block, BLOCK, (off_t)(random() % BLOCKS) * BLOCK) != BLOCK)
			die("pread");
		truth_add(done, 1);
	}
	return unused;
}

int main(int argc, char **argv)
{
	int threads = corpus_begin(argc, argv) ? 8 : 1;

	done = truth("done");
	setenv("WORKLOAD_DIR", ".", 0);
	fd = temporary_file(BLOCK * BLOCKS, O_DIRECT);
	ready();
	while (--threads > 0)
		start_thread(read_blocks, NULL);
	read_blocks(NULL);
	return 0;
}
