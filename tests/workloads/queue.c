// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Four workers at a queue (mutex and condition variable) into which the first thread puts one item
 * every 5 ms; it signals after releasing the mutex. Truth by construction: the workers are idle, no
 * thread holds what another waits for: contention is zero.
 */
#include "workload.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
static int items;

static void *work(void *arg)
{
	for (;;) {
		pthread_mutex_lock(&mutex);
		while (!items)
			pthread_cond_wait(&filled, &mutex);
		items--;
		pthread_mutex_unlock(&mutex);
		spin_ns(MS / 10);
	}
	return arg;
}

int main(int argc, char **argv)
{
	uint64_t *put;
	int i;

	workload_begin(argc, argv);
	put = truth("put");
	for (i = 0; i < 4; i++)
		start_thread(work, NULL);
	ready();
	for (;;) {
		sleep_ns(5 * MS);
		pthread_mutex_lock(&mutex);
		items++;
		pthread_mutex_unlock(&mutex);
		pthread_cond_signal(&filled);
		truth_add(put, 1);
	}
	return 0;
}
