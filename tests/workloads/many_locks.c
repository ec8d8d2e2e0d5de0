// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A thread waits once at each of N (argv[2], 100000) futex words, another wakes it at each; beside
 * them two threads contend for one mutex, held for 1 ms. Truth: "waits" at the words so far,
 * "mutex" is the mutex's address.
 */
#include "workload.h"

#include <linux/futex.h>
#include <sys/syscall.h>

static uint32_t *words;
static unsigned long count;
static uint64_t *waits;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static long futex(uint32_t *word, int operation, uint32_t value)
{
	return syscall(SYS_futex, word, operation | FUTEX_PRIVATE_FLAG, value, NULL, NULL, 0);
}

static void *sleeper(void *arg)
{
	unsigned long i;

	for (i = 0;; i = (i + 1) % count) {
		while (!__atomic_exchange_n(&words[i], 0, __ATOMIC_ACQ_REL))
			futex(&words[i], FUTEX_WAIT, 0);
		truth_add(waits, 1);
	}
	return arg;
}

static void *waker(void *arg)
{
	unsigned long i;

	for (i = 0;; i = (i + 1) % count) {
		__atomic_store_n(&words[i], 1, __ATOMIC_RELEASE);
		futex(&words[i], FUTEX_WAKE, 1);
		while (__atomic_load_n(&words[i], __ATOMIC_ACQUIRE))
			sched_yield();
	}
	return arg;
}

static void *contend(void *arg)
{
	for (;;) {
		pthread_mutex_lock(&mutex);
		sleep_ns(MS);
		pthread_mutex_unlock(&mutex);
		sleep_ns(MS / 4);
	}
	return arg;
}

int main(int argc, char **argv)
{
	count = argument(argc, argv, 2, 100000);
	workload_begin(argc, argv);
	words = calloc(count, sizeof(*words));
	if (!words)
		die("calloc");
	waits = truth("waits");
	*truth("mutex") = (uint64_t)(uintptr_t)&mutex;
	start_thread(sleeper, NULL);
	start_thread(waker, NULL);
	start_thread(contend, NULL);
	start_thread(contend, NULL);
	ready();
	sleep_to_end();
	return 0;
}
