// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Four workers, a pool of four connections: a transaction takes one, and a query inside of it another.
 * Once four transactions are open no query gets a connection. Advised: the query uses the
 * transaction's own.
 */
#include <semaphore.h>

#include "lib/corpus.h"

#define CONNECTIONS 4

static sem_t connections;
static bool advised;
static uint64_t *done;

static __attribute__((noinline)) void take_connection(void)
{
	while (sem_wait(&connections))
		;
}

static void query(void)
{
	if (!advised)
		take_connection();
	sleep_ns(2 * MS);
	if (!advised)
		sem_post(&connections);
}

static void *transactions(void *unused)
{
	for (;;) {
		take_connection();
		sleep_ns(2 * MS);
		query();
		sem_post(&connections);
		truth_add(done, 1);
	}
	return unused;
}

int main(int argc, char **argv)
{
	int i;

	advised = corpus_begin(argc, argv);
	done = truth("done");
	sem_init(&connections, 0, CONNECTIONS);
	for (i = 0; i < CONNECTIONS; i++)
		start_thread(transactions, NULL);
	ready();
	sleep_to_end();
	return 0;
}
