// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Four threads share one connection to a server that takes 10 ms, and a mutex that is held from the
 * question to the answer. Advised: a connection for each thread, and no mutex.
 */
#include "lib/corpus.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static uint64_t *done;
static int shared;

static void *worker(void *unused)
{
	for (;;) {
		pthread_mutex_lock(&mutex);
		corpus_get(shared, 10);
		pthread_mutex_unlock(&mutex);
		truth_add(done, 1);
		spin_ns(MS / 10);
	}
	return unused;
}

static void *worker_of_its_own(void *unused)
{
	int own = corpus_connect();

	for (;;) {
		corpus_get(own, 10);
		truth_add(done, 1);
		spin_ns(MS / 10);
	}
	return unused;
}

int main(int argc, char **argv)
{
	bool advised = corpus_begin(argc, argv);
	int i;

	done = truth("done");
	shared = corpus_connect();
	for (i = 0; i < 4; i++)
		start_thread(advised ? worker_of_its_own : worker, NULL);
	ready();
	sleep_to_end();
	return 0;
}
