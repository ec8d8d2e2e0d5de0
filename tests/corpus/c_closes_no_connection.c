// SPDX-License-Identifier: GPL-2.0-or-later
/* Asks a server on a new connection each time, 40 ms, and closes none. Advised: it closes them. */
#include "lib/corpus.h"

int main(int argc, char **argv)
{
	bool advised = corpus_begin(argc, argv);
	uint64_t *done = truth("done");
	int server;

	ready();
	for (;;) {
		server = corpus_connect();
		corpus_get(server, 40);
		if (advised)
			close(server);
		truth_add(done, 1);
	}
}
