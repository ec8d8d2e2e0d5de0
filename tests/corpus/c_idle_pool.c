// SPDX-License-Identifier: GPL-2.0-or-later
/* A pool of eight threads with a queue that stays empty: they wait at a condition variable. */
#include "lib/corpus.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t more = PTHREAD_COND_INITIALIZER;
static uint64_t *done;
static int queued;

static void *worker(void *unused)
{
	for (;;) {
		pthread_mutex_lock(&mutex);
		while (!queued)
			pthread_cond_wait(&more, &mutex);
		queued--;
		pthread_mutex_unlock(&mutex);
		truth_add(done, 1);
	}
	return unused;
}

int main(int argc, char **argv)
{
	struct sockaddr_in address;
	int listener, client, i;

	corpus_begin(argc, argv);
	done = truth("done");
	listener = serve(SOCK_STREAM, &address);
	for (i = 0; i < 8; i++)
		start_thread(worker, NULL);
	ready();
	while ((client = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		close(client);
		pthread_mutex_lock(&mutex);
		queued++;
		pthread_cond_signal(&more);
		pthread_mutex_unlock(&mutex);
	}
	return 1;
}
