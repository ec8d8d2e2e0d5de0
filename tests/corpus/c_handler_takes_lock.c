// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A signal handler writes a log line under the lock that the interrupted thread has. Advised: the handler
 * only counts.
 */
#include <pthread.h>
#include <signal.h>

#include "lib/corpus.h"

static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static volatile sig_atomic_t signals;
static bool advised;

static __attribute__((noinline)) void log_line(bool from_signal)
{
	pthread_mutex_lock(&log_lock);
	if (!from_signal)
		raise(SIGUSR1);
	pthread_mutex_unlock(&log_lock);
}

static void on_signal(int number)
{
	signals++;
	if (!advised)
		log_line(true);
}

int main(int argc, char **argv)
{
	uint64_t *done;

	advised = corpus_begin(argc, argv);
	done = truth("done");
	signal(SIGUSR1, on_signal);
	ready();
	for (;;) {
		log_line(false);
		truth_add(done, 1);
		sleep_ns(MS);
	}
}
