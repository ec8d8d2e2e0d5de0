// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One thread takes the lock of the order of keys and then that of their values, another the other way
 * round; soon each holds what the other waits for. Advised: both in the same order.
 */
#include "lib/corpus.h"

static pthread_mutex_t keys = PTHREAD_MUTEX_INITIALIZER, values = PTHREAD_MUTEX_INITIALIZER;
static uint64_t *done;

static __attribute__((noinline)) void update(pthread_mutex_t *first, pthread_mutex_t *second)
{
	pthread_mutex_lock(first);
	spin_ns(MS);
	pthread_mutex_lock(second);
	truth_add(done, 1);
	pthread_mutex_unlock(second);
	pthread_mutex_unlock(first);
	sleep_ns(MS);
}

static void *poll_first(void *unused)
{
	for (;;)
		update(&keys, &values);
	return unused;
}

static void *remove_one(void *same_order)
{
	for (;;)
		update(same_order ? &keys : &values, same_order ? &values : &keys);
	return NULL;
}

int main(int argc, char **argv)
{
	bool advised = corpus_begin(argc, argv);

	done = truth("done");
	start_thread(poll_first, NULL);
	start_thread(remove_one, advised ? &keys : NULL);
	ready();
	sleep_to_end();
	return 0;
}
