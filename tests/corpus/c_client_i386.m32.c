// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A 32-bit program that asks a server and waits in recv, one request after the other. Advised: four
 * threads, four requests at a time.
 */
#include "lib/corpus.h"

static uint64_t *done;

static void *ask(void *unused)
{
	int fd = corpus_connect();

	for (;;) {
		corpus_get(fd, 10);
		truth_add(done, 1);
	}
	return unused;
}

int main(int argc, char **argv)
{
	int threads = corpus_begin(argc, argv) ? 4 : 1, i;

	done = truth("done");
	for (i = 1; i < threads; i++)
		start_thread(ask, NULL);
	ready();
	ask(NULL);
	return 0;
}
