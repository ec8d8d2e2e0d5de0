// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Four workers; each task splits itself, puts the half into the same pool and waits for it. With four
 * such tasks in flight there is no worker for the halves. Advised: a task does its half itself.
 */
#include "lib/corpus.h"

#define WORKERS 4
#define TASKS 1024

struct task {
	bool is_half, done;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER, finished = PTHREAD_COND_INITIALIZER;
static struct task *queue[TASKS];
static unsigned head, tail;
static bool advised;
static uint64_t *done;

static void put(struct task *task)
{
	pthread_mutex_lock(&mutex);
	queue[tail++ % TASKS] = task;
	pthread_cond_signal(&filled);
	pthread_mutex_unlock(&mutex);
}

static struct task *take(void)
{
	struct task *task;

	pthread_mutex_lock(&mutex);
	while (head == tail)
		pthread_cond_wait(&filled, &mutex);
	task = queue[head++ % TASKS];
	pthread_mutex_unlock(&mutex);
	return task;
}

static __attribute__((noinline)) void wait_for_half(struct task *half)
{
	pthread_mutex_lock(&mutex);
	while (!half->done)
		pthread_cond_wait(&finished, &mutex);
	pthread_mutex_unlock(&mutex);
}

static void *worker(void *unused)
{
	for (;;) {
		struct task *task = take(), half = { true, false };

		spin_ns(MS);
		if (!task->is_half && advised)
			spin_ns(MS);
		if (!task->is_half && !advised) {
			put(&half);
			wait_for_half(&half);
		}
		pthread_mutex_lock(&mutex);
		task->done = true;
		pthread_cond_broadcast(&finished);
		pthread_mutex_unlock(&mutex);
		truth_add(done, 1);
	}
	return unused;
}

int main(int argc, char **argv)
{
	static struct task tasks[WORKERS];
	int i;

	advised = corpus_begin(argc, argv);
	done = truth("done");
	for (i = 0; i < WORKERS; i++)
		start_thread(worker, NULL);
	ready();
	for (;;) {
		for (i = 0; i < WORKERS; i++) {
			tasks[i] = (struct task){ false, false };
			put(&tasks[i]);
		}
		for (i = 0; i < WORKERS; i++)
			wait_for_half(&tasks[i]);
		sleep_ns(10 * MS);
	}
}
