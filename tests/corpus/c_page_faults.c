// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Looks things up in a mapped file that is not in the page cache: each look-up is a page fault that
 * reads the disk, and what lies around it.
 */
#include "lib/corpus.h"

#define PAGE 4096UL
#define PAGES 32768UL
#define LOOK_UPS 8

int main(int argc, char **argv)
{
	volatile const char *map;
	uint64_t *done;
	char sum = 0;
	int fd, i;

	corpus_begin(argc, argv);
	done = truth("done");
	setenv("WORKLOAD_DIR", ".", 0);
	fd = temporary_file(PAGE * PAGES, 0);
	map = mmap(NULL, PAGE * PAGES, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		die("mmap");
	ready();
	while (sum != 1) {
		/* what was read is forgotten: the file stands for one much larger than memory */
		madvise((void *)map, PAGE * PAGES, MADV_DONTNEED);
		posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
		for (i = 0; i < LOOK_UPS; i++)
			sum = map[pick(PAGES) * PAGE];
		truth_add(done, LOOK_UPS);
	}
	return 1;
}
