/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Four threads that each keep one mutex while a device settles, 3 ms long. Advised: the mutex is held
 * only while the common state changes.
 */
#ifndef CORPUS_CONVOY_H
#define CORPUS_CONVOY_H

#include "corpus.h"

#define SETTLE_NS (3 * MS)

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static uint64_t *done, state;
static bool advised;

static void *worker(void *unused)
{
	for (;;) {
		if (advised)
			sleep_ns(SETTLE_NS);
		pthread_mutex_lock(&mutex);
		if (!advised)
			sleep_ns(SETTLE_NS);
		state++;
		pthread_mutex_unlock(&mutex);
		truth_add(done, 1);
		spin_ns(MS / 10);
	}
	return unused;
}

static inline void start_convoy(int argc, char **argv)
{
	int i;

	advised = corpus_begin(argc, argv);
	done = truth("done");
	for (i = 0; i < 4; i++)
		start_thread(worker, NULL);
	ready();
}

#endif
