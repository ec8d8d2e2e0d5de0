// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Three stages, threads named first, second and third, with queues of four places between them:
 * pipeline SECONDS SLOW. Stage SLOW (1 to 3, default 2) works 10 ms at each piece, on CPU, the
 * others a tenth of a millisecond. Truth by construction: all wait for the slow one.
 */
#include "workload.h"

#define PLACES 4

static struct queue {
	pthread_mutex_t mutex;
	pthread_cond_t more, less;
	int filled;
} queues[2] = {
	{ PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER, 0 },
	{ PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER, 0 },
};
static unsigned long slow;

static void put(struct queue *queue)
{
	pthread_mutex_lock(&queue->mutex);
	while (queue->filled == PLACES)
		pthread_cond_wait(&queue->less, &queue->mutex);
	queue->filled++;
	pthread_cond_signal(&queue->more);
	pthread_mutex_unlock(&queue->mutex);
}

static void get(struct queue *queue)
{
	pthread_mutex_lock(&queue->mutex);
	while (!queue->filled)
		pthread_cond_wait(&queue->more, &queue->mutex);
	queue->filled--;
	pthread_cond_signal(&queue->less);
	pthread_mutex_unlock(&queue->mutex);
}

static void *stage(void *arg)
{
	unsigned long number = (unsigned long)(uintptr_t)arg;
	static const char *const names[] = { "first", "second", "third" };

	prctl(PR_SET_NAME, names[number - 1]);
	for (;;) {
		if (number > 1)
			get(&queues[number - 2]);
		spin_cpu_ns(number == slow ? 10 * MS : MS / 10);
		if (number < 3)
			put(&queues[number - 1]);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	unsigned long i;

	workload_begin(argc, argv);
	slow = argument(argc, argv, 2, 2);
	for (i = 1; i <= 3; i++)
		start_thread(stage, (void *)(uintptr_t)i);
	ready();
	sleep_to_end();
	return 0;
}
