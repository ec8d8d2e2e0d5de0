// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A thread pool of two that asks a server which takes 40 ms, fed by a queue that is always full.
 * Advised: a pool of eight.
 */
#include "lib/corpus.h"

#define PLACES 16

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t more = PTHREAD_COND_INITIALIZER, less = PTHREAD_COND_INITIALIZER;
static uint64_t *done;
static int queued;

static void *worker(void *unused)
{
	int server = corpus_connect();

	for (;;) {
		pthread_mutex_lock(&mutex);
		while (!queued)
			pthread_cond_wait(&more, &mutex);
		queued--;
		pthread_cond_signal(&less);
		pthread_mutex_unlock(&mutex);
		corpus_get(server, 40);
		truth_add(done, 1);
	}
	return unused;
}

int main(int argc, char **argv)
{
	int workers = corpus_begin(argc, argv) ? 8 : 2;

	done = truth("done");
	while (workers-- > 0)
		start_thread(worker, NULL);
	ready();
	for (;;) {
		pthread_mutex_lock(&mutex);
		while (queued == PLACES)
			pthread_cond_wait(&less, &mutex);
		queued++;
		pthread_cond_signal(&more);
		pthread_mutex_unlock(&mutex);
	}
}
