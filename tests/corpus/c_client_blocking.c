// SPDX-License-Identifier: GPL-2.0-or-later
/* Asks a server that takes 20 ms, one request after another, on one thread. Advised: on eight. */
#include "lib/corpus.h"

static uint64_t *done;

static void *ask(void *unused)
{
	int server = corpus_connect();

	for (;;) {
		corpus_get(server, 20);
		truth_add(done, 1);
	}
	return unused;
}

int main(int argc, char **argv)
{
	int threads = corpus_begin(argc, argv) ? 8 : 1;

	done = truth("done");
	ready();
	while (--threads > 0)
		start_thread(ask, NULL);
	ask(NULL);
	return 0;
}
