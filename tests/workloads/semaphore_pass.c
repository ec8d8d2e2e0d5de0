// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two threads pass a turn to and fro by two semaphores, each after 1 ms of sleep; and three wait at
 * a third semaphore that the first thread posts. Truth by construction: a semaphore that others
 * post is no lock: contention is zero.
 */
#include "workload.h"

#include <semaphore.h>

static sem_t turn[2], work;

static void *other(void *arg)
{
	for (;;) {
		sem_wait(&turn[1]);
		sleep_ns(MS);
		sem_post(&turn[0]);
	}
	return arg;
}

static void *worker(void *arg)
{
	for (;;)
		sem_wait(&work);
	return arg;
}

int main(int argc, char **argv)
{
	int i;

	workload_begin(argc, argv);
	sem_init(&turn[0], 0, 1);
	sem_init(&turn[1], 0, 0);
	sem_init(&work, 0, 0);
	start_thread(other, NULL);
	for (i = 0; i < 3; i++)
		start_thread(worker, NULL);
	ready();
	for (;;) {
		sem_wait(&turn[0]);
		sem_post(&work);
		sleep_ns(MS);
		sem_post(&turn[1]);
	}
	return 0;
}
