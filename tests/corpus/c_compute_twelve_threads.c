// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Twelve threads compute on two cores, each one job after another. Advised: as many as cores; a job
 * is then done without waiting for its turn.
 */
#include "lib/corpus.h"

static uint64_t *done, *took_ns;

static void *compute(void *unused)
{
	volatile uint64_t sum = 0;
	uint64_t i, from;

	for (;;) {
		from = now_ns();
		for (i = 0; i < 10000000; i++)
			sum += i * i;
		truth_add(took_ns, now_ns() - from);
		truth_add(done, 1);
	}
	return unused;
}

int main(int argc, char **argv)
{
	int threads = corpus_begin(argc, argv) ? 2 : 12;
	pthread_t thread;

	done = truth("done");
	took_ns = truth("took_ns");
	while (--threads > 0)
		pthread_create(&thread, NULL, compute, NULL);
	ready();
	compute(NULL);
	return 0;
}
