// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Touches pages of a file mapping that are neither mapped nor in the page cache, in random order.
 * Truth by construction: each touch is a fault that reads the disk, outside any call: page_fault.
 */
#include "workload.h"

#define FILE_BYTES (64UL << 20)
#define PAGE 4096UL
#define TOUCHES 256

int main(int argc, char **argv)
{
	volatile const char *map;
	uint64_t *touches;
	int fd, i;
	char sum = 0;

	workload_begin(argc, argv);
	touches = truth("touches");
	fd = temporary_file(FILE_BYTES, 0);
	map = mmap(NULL, FILE_BYTES, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED || madvise((void *)map, FILE_BYTES, MADV_RANDOM))
		die("mmap, madvise");
	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	ready();
	while (running()) {
		if (madvise((void *)map, FILE_BYTES, MADV_DONTNEED))
			die("madvise");
		posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
		for (i = 0; i < TOUCHES; i++)
			sum += map[pick(FILE_BYTES / PAGE) * PAGE];
		truth_add(touches, TOUCHES);
	}
	truths_print();
	return sum == 1;
}
