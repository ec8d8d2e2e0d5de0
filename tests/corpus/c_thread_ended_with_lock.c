// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A worker returns early, on an error, with a lock that it took; the others wait for it. Advised: it
 * releases the lock on that path too.
 */
#include "lib/corpus.h"

static pthread_mutex_t table = PTHREAD_MUTEX_INITIALIZER;
static uint64_t *done;
static bool advised;

static void *one_time(void *unused)
{
	pthread_mutex_lock(&table);
	sleep_ns(5 * MS);
	if (advised)
		pthread_mutex_unlock(&table);
	return unused;
}

static void *worker(void *unused)
{
	for (;;) {
		sleep_ns(2 * MS);
		pthread_mutex_lock(&table);
		truth_add(done, 1);
		pthread_mutex_unlock(&table);
	}
	return unused;
}

int main(int argc, char **argv)
{
	int i;

	advised = corpus_begin(argc, argv);
	done = truth("done");
	for (i = 0; i < 4; i++)
		start_thread(worker, NULL);
	start_thread(one_time, NULL);
	ready();
	sleep_to_end();
	return 0;
}
