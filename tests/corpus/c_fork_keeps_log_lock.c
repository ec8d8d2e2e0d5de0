// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A thread logs under a lock while the main thread forks; the child, which has no such thread, wants
 * to log too, and the parent waits for it. Advised: the fork takes the lock, as pthread_atfork() would.
 */
#include "lib/corpus.h"

static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;

static __attribute__((noinline)) void log_line(uint64_t ns)
{
	pthread_mutex_lock(&log_lock);
	sleep_ns(ns);
	pthread_mutex_unlock(&log_lock);
}

static void *detect(void *unused)
{
	for (;;)
		log_line(20 * MS);
	return unused;
}

int main(int argc, char **argv)
{
	bool advised = corpus_begin(argc, argv);
	uint64_t *done = truth("done");
	pid_t pid;

	start_thread(detect, NULL);
	sleep_ns(50 * MS);
	ready();
	for (;;) {
		if (advised)
			pthread_mutex_lock(&log_lock);
		pid = fork_child();
		if (advised)
			pthread_mutex_unlock(&log_lock);
		if (!pid) {
			log_line(0);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
		truth_add(done, 1);
	}
}
