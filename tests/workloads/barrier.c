// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Three threads meet at a barrier, each after a sleep of a different length. Truth by construction:
 * a thread at a barrier waits for the others to arrive, not for a lock: contention is zero.
 */
#include "workload.h"

static pthread_barrier_t barrier;

static void *meet(void *arg)
{
	for (;;) {
		sleep_ns((uint64_t)(uintptr_t)arg * MS);
		pthread_barrier_wait(&barrier);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	uintptr_t i;

	workload_begin(argc, argv);
	pthread_barrier_init(&barrier, NULL, 3);
	for (i = 1; i < 3; i++)
		start_thread(meet, (void *)i);
	ready();
	meet((void *)3);
	return 0;
}
