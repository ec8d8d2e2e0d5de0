// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Starts a thread for each session, five a second, and none ever ends: each waits for a close that
 * is never signalled. Advised: sessions are closed.
 */
#include "lib/corpus.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t closing = PTHREAD_COND_INITIALIZER;
static int closed;

static void *session(void *unused)
{
	pthread_mutex_lock(&mutex);
	while (!closed)
		pthread_cond_wait(&closing, &mutex);
	closed--;
	pthread_mutex_unlock(&mutex);
	return unused;
}

int main(int argc, char **argv)
{
	bool advised = corpus_begin(argc, argv);
	int i;

	for (i = 0; i < 4; i++)
		pthread_detach(start_thread(session, NULL));
	ready();
	for (;;) {
		pthread_detach(start_thread(session, NULL));
		sleep_ns(200 * MS);
		if (advised) {
			pthread_mutex_lock(&mutex);
			closed++;
			pthread_cond_signal(&closing);
			pthread_mutex_unlock(&mutex);
		}
	}
}
