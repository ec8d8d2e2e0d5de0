// SPDX-License-Identifier: GPL-2.0-or-later
/* Writes segments of 1 MiB past the page cache and forces each to disk: a store that loads. */
#include "lib/corpus.h"

#define PAGE 4096
#define SEGMENT (1 << 20)
#define SEGMENTS 16

int main(int argc, char **argv)
{
	uint64_t *done;
	void *segment;
	int fd, i;

	corpus_begin(argc, argv);
	done = truth("done");
	setenv("WORKLOAD_DIR", ".", 0);
	fd = temporary_file(SEGMENT * SEGMENTS, O_DIRECT);
	if (posix_memalign(&segment, PAGE, SEGMENT))
		die("posix_memalign");
	memset(segment, 's', SEGMENT);
	ready();
	for (i = 0;; i = (i + 1) % SEGMENTS) {
		if (pwrite(fd, segment, SEGMENT, (off_t)i * SEGMENT) != SEGMENT || fdatasync(fd))
			die("pwrite, fdatasync");
		truth_add(done, 1);
	}
}
