// SPDX-License-Identifier: GPL-2.0-or-later
/* Computes on one thread and fills a buffer of 1 GiB with results, 15 MiB a second. Advised: on two. */
#include "lib/corpus.h"

#define BLOCK 65536
#define BLOCKS 16384ul

static uint64_t *done;

static void *compute(void *buffer)
{
	uint64_t block;

	for (block = 0;; block++) {
		spin_cpu_ns(4000000);
		memset((char *)buffer + block % BLOCKS * BLOCK, 'x', BLOCK);
		truth_add(done, 1);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	bool advised = corpus_begin(argc, argv);
	char *buffer = malloc(BLOCK * BLOCKS);

	if (!buffer)
		die("malloc");
	done = truth("done");
	ready();
	if (advised)
		start_thread(compute, buffer);
	compute(buffer);
	return 0;
}
