// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Looks things up in a mapped file that is not in the page cache: each look-up is a page fault that
 * reads the disk. Advised: on eight threads.
 */
#include "lib/corpus.h"

#define PAGE 4096UL
#define PAGES 32768UL
#define LOOK_UPS 32

static const volatile char *map;
static uint64_t *done;
static int fd;

static void *look_up(void *forget)
{
	char sum = 0;
	int i;

	for (;;) {
		/* what was read is forgotten: the file stands for one much larger than memory */
		if (forget) {
			madvise((void *)map, PAGE * PAGES, MADV_DONTNEED);
			posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
		}
		for (i = 0; i < LOOK_UPS; i++)
			sum += map[(unsigned long)random() % PAGES * PAGE];
		truth_add(done, LOOK_UPS);
	}
	return sum ? NULL : forget;
}

int main(int argc, char **argv)
{
	int threads = corpus_begin(argc, argv) ? 8 : 1;

	done = truth("done");
	setenv("WORKLOAD_DIR", ".", 0);
	fd = temporary_file(PAGE * PAGES, 0);
	map = mmap(NULL, PAGE * PAGES, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		die("mmap");
	ready();
	while (--threads > 0)
		start_thread(look_up, NULL);
	look_up(&fd);
	return 0;
}
