// SPDX-License-Identifier: GPL-2.0-or-later
/* Computes on one thread while other CPUs are free. Advised: on all CPUs. */
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
	bool advised = corpus_begin(argc, argv);
	pthread_t other;

	done = truth("done");
	ready();
	if (advised)
		pthread_create(&other, NULL, compute, NULL);
	compute(NULL);
	return 0;
}
