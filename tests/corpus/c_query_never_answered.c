// SPDX-License-Identifier: GPL-2.0-or-later
/* A client without a timeout asks for what a server does not answer. Advised: it asks for something else. */
#include "lib/corpus.h"

#define NEVER_MS 3600000

int main(int argc, char **argv)
{
	bool advised = corpus_begin(argc, argv);
	uint64_t *done = truth("done");
	int fd = corpus_connect();

	ready();
	for (;;) {
		corpus_get(fd, advised ? 1 : NEVER_MS);
		truth_add(done, 1);
	}
}
