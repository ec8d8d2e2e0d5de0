// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Six threads read a configuration under a read-write lock every millisecond; one reloads it from a
 * server that takes 20 ms and holds the lock for writing during that time, with 2 ms in between.
 * Advised: it loads first, then takes the lock to swap the copy in.
 */
#include "lib/corpus.h"

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static uint64_t *done, version;
static bool advised;

static void *reader(void *unused)
{
	volatile uint64_t seen;

	for (;;) {
		pthread_rwlock_rdlock(&lock);
		seen = version;
		pthread_rwlock_unlock(&lock);
		truth_add(done, 1);
		sleep_ns(MS);
	}
	(void)seen;
	return unused;
}

int main(int argc, char **argv)
{
	int i, server;

	advised = corpus_begin(argc, argv);
	done = truth("done");
	server = corpus_connect();
	for (i = 0; i < 6; i++)
		start_thread(reader, NULL);
	ready();
	for (;;) {
		if (advised)
			corpus_get(server, 20);
		pthread_rwlock_wrlock(&lock);
		if (!advised)
			corpus_get(server, 20);
		version++;
		pthread_rwlock_unlock(&lock);
		sleep_ns(2 * MS);
	}
}
