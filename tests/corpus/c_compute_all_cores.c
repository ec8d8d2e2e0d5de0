// SPDX-License-Identifier: GPL-2.0-or-later
/* Computes on all cores of a machine with two, one thread for each: there is none left to add. */
#include "lib/corpus.h"

static uint64_t *done;

static void *compute(void *unused)
{
	volatile uint64_t sum = 0;
	uint64_t i;

	for (;;) {
		for (i = 0; i < 1000000; i++)
			sum += i * i;
		truth_add(done, 1);
	}
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t other;

	corpus_begin(argc, argv);
	done = truth("done");
	pthread_create(&other, NULL, compute, NULL);
	ready();
	compute(NULL);
	return 0;
}
