// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A step of a computation ends when five workers have met; one of the five left after an error.
 * Advised: it stays, and reports the error after the step.
 */
#include "lib/corpus.h"

#define WORKERS 5

static pthread_barrier_t step;
static uint64_t *done;

static __attribute__((noinline)) void meet(void)
{
	pthread_barrier_wait(&step);
	__asm__ volatile(""); /* no tail call: it is on the stack */
}

static void *worker(void *leaves)
{
	int steps = 0;

	for (;; steps++) {
		spin_ns(MS);
		if (leaves && steps == 3)
			return NULL;
		meet();
		truth_add(done, 1);
		sleep_ns(MS);
	}
}

int main(int argc, char **argv)
{
	bool advised = corpus_begin(argc, argv);
	int i;

	done = truth("done");
	pthread_barrier_init(&step, NULL, WORKERS);
	for (i = 0; i < WORKERS; i++)
		start_thread(worker, i || advised ? NULL : &step);
	ready();
	sleep_to_end();
	return 0;
}
