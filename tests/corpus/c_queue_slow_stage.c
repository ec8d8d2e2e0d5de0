// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Three threads in a row with queues of four places: one makes pieces, one computes 5 ms at
 * each, one counts them. Advised: two compute.
 */
#include "lib/corpus.h"

#define PLACES 4

static struct queue {
	pthread_mutex_t mutex;
	pthread_cond_t more, less;
	int filled;
} made = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER, 0 },
  computed = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER, 0 };

static void put(struct queue *queue)
{
	pthread_mutex_lock(&queue->mutex);
	while (queue->filled == PLACES)
		pthread_cond_wait(&queue->less, &queue->mutex);
	queue->filled++;
	pthread_cond_signal(&queue->more);
	pthread_mutex_unlock(&queue->mutex);
}

static void take(struct queue *queue)
{
	pthread_mutex_lock(&queue->mutex);
	while (!queue->filled)
		pthread_cond_wait(&queue->more, &queue->mutex);
	queue->filled--;
	pthread_cond_signal(&queue->less);
	pthread_mutex_unlock(&queue->mutex);
}

static void *make(void *unused)
{
	for (;;)
		put(&made);
	return unused;
}

static void *compute(void *unused)
{
	for (;;) {
		take(&made);
		spin_ns(5 * MS);
		put(&computed);
	}
	return unused;
}

int main(int argc, char **argv)
{
	int computing = corpus_begin(argc, argv) ? 2 : 1;
	uint64_t *done = truth("done");

	start_thread(make, NULL);
	while (computing-- > 0)
		start_thread(compute, NULL);
	ready();
	for (;;) {
		take(&computed);
		truth_add(done, 1);
	}
}
