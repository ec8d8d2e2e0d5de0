// SPDX-License-Identifier: GPL-2.0-or-later
/* Computes on one thread, in a group that may use 0.3 of a core. */
#include "lib/corpus.h"

int main(int argc, char **argv)
{
	volatile uint64_t sum = 0;
	uint64_t *done, i;

	corpus_begin(argc, argv);
	done = truth("done");
	ready();
	for (;;) {
		for (i = 0; i < 1000000; i++)
			sum += i * i;
		truth_add(done, 1);
	}
}
