// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two processes in a pipeline: one makes blocks and writes them into a pipe, the other reads
 * them and computes 5 ms at each. Advised: two processes read and compute.
 */
#include "lib/corpus.h"

#define BLOCK 65536

static uint64_t *done;

static void pack(int from)
{
	static char block[BLOCK];
	size_t have = 0;
	ssize_t got;

	while ((got = read(from, block, BLOCK)) > 0) {
		/* what a block costs is counted by its bytes, as reads may come in parts */
		for (have += (size_t)got; have >= BLOCK; have -= BLOCK) {
			spin_ns(5 * MS);
			truth_add(done, 1);
		}
	}
}

int main(int argc, char **argv)
{
	int readers = corpus_begin(argc, argv) ? 2 : 1, ends[2];
	static char block[BLOCK];

	done = truth("done");
	if (pipe2(ends, O_CLOEXEC))
		die("pipe");
	while (readers-- > 0)
		if (!fork_child()) {
			close(ends[1]);
			pack(ends[0]);
			_exit(0);
		}
	close(ends[0]);
	ready();
	for (;;) {
		memset(block, 'b', BLOCK);
		if (write(ends[1], block, BLOCK) < 0)
			die("write");
	}
}
