// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Processes share a mutex in shared memory; one was killed while it had it. Advised: the mutex is
 * robust, and the next owner makes it consistent.
 */
#include "lib/corpus.h"

static __attribute__((noinline)) void with_lock(pthread_mutex_t *shared, uint64_t ns)
{
	if (pthread_mutex_lock(shared) == EOWNERDEAD)
		pthread_mutex_consistent(shared);
	sleep_ns(ns);
	pthread_mutex_unlock(shared);
}

int main(int argc, char **argv)
{
	bool advised = corpus_begin(argc, argv);
	uint64_t *done = truth("done");
	pthread_mutex_t *shared =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_t attributes;
	pid_t pid;
	int i;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	if (advised)
		pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(shared, &attributes);
	pid = fork_child();
	if (!pid)
		with_lock(shared, 100 * SECOND);
	sleep_ns(50 * MS);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	for (i = 0; i < 2; i++)
		if (!fork_child())
			for (;;) {
				with_lock(shared, MS);
				truth_add(done, 1);
				sleep_ns(5 * MS);
			}
	ready();
	sleep_to_end();
	return 0;
}
