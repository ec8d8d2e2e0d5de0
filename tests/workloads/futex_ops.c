// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Waits at one futex word by an operation of the kernel's own, not by a library: futex_ops SECONDS
 * OP. wait, bitset, waitv, wait2 (the call of 6.7), requeue: one thread waits, another lets it go
 * every 5 ms. pi, pi2: three contend for a PI lock that each holds for 1 ms. timeout: two try for
 * 20 ms at a time to get a mutex that is never given back. signal: four contend for a mutex and
 * are hit by a signal every 2 ms. spurious: the waiter is woken nine times of ten for nothing.
 * Truth: "wait" ns by the waiters' own clocks, "waits", and "address".
 */
#include "workload.h"

#include <linux/futex.h>
#include <sys/syscall.h>

#ifndef FUTEX_LOCK_PI2
#define FUTEX_LOCK_PI2 13
#endif
#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif
#define SYS_FUTEX_WAIT2 455
#define FUTEX2_U32 2
#define FUTEX2_IS_PRIVATE 128
#define GO_NS (5 * MS)

struct waitv {
	uint64_t value, address;
	uint32_t flags, pad;
};

static uint32_t word, lock_word; /* lock_word: PI lock that a requeue goes to */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static uint64_t *wait_ns, *waits;
static const char *name;

static long futex(uint32_t *address, int command, uint32_t value, void *more, void *other,
		  uint32_t last)
{
	return syscall(SYS_futex, address, command | FUTEX_PRIVATE_FLAG, value, more, other, last);
}

static bool is(const char *other)
{
	return !strcmp(name, other);
}

/* Until the word is no longer `value`, in one wait or more. */
static void wait_while(uint32_t value)
{
	struct waitv vector = { value, (uintptr_t)&word, FUTEX2_U32 | FUTEX2_IS_PRIVATE, 0 };
	long result = 0;

	while (__atomic_load_n(&word, __ATOMIC_ACQUIRE) == value) {
		errno = 0;
		if (is("wait") || is("spurious"))
			result = futex(&word, FUTEX_WAIT, value, NULL, NULL, 0);
		else if (is("bitset"))
			result = futex(&word, FUTEX_WAIT_BITSET, value, NULL, NULL,
				       FUTEX_BITSET_MATCH_ANY);
		else if (is("waitv"))
			result = syscall(SYS_futex_waitv, &vector, 1, 0, NULL, CLOCK_MONOTONIC);
		else if (is("wait2"))
			result = syscall(SYS_FUTEX_WAIT2, &word, (unsigned long)value,
					 (unsigned long)FUTEX_BITSET_MATCH_ANY,
					 FUTEX2_U32 | FUTEX2_IS_PRIVATE, NULL, CLOCK_MONOTONIC);
		else if (is("requeue"))
			result = futex(&word, FUTEX_WAIT_REQUEUE_PI, value, NULL, &lock_word, 0);
		if (result < 0 && errno == ENOSYS)
			skip("this kernel has no such futex call");
		if (result < 0 && errno != EAGAIN && errno != EINTR)
			die("futex wait");
		if (is("requeue") && !result)
			futex(&lock_word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0);
	}
}

static void *wait_for_go(void *arg)
{
	uint64_t from;
	uint32_t value;

	(void)arg;
	for (;;) {
		value = __atomic_load_n(&word, __ATOMIC_ACQUIRE);
		from = now_ns();
		wait_while(value);
		truth_add(wait_ns, now_ns() - from);
		truth_add(waits, 1);
	}
	return NULL;
}

static void *let_go(void *arg)
{
	int i;

	(void)arg;
	for (;;) {
		sleep_ns(GO_NS);
		for (i = 0; is("spurious") && i < 9; i++) {
			futex(&word, FUTEX_WAKE, 1, NULL, NULL, 0);
			sleep_ns(GO_NS);
		}
		__atomic_fetch_add(&word, 1, __ATOMIC_RELEASE);
		if (is("requeue")) /* wakes one and moves none: the lock is free */
			futex(&word, FUTEX_CMP_REQUEUE_PI, 1, NULL, &lock_word, word);
		else
			futex(&word, FUTEX_WAKE, 1, NULL, NULL, 0);
	}
	return NULL;
}

static void *contend_pi(void *arg)
{
	uint32_t own = (uint32_t)syscall(SYS_gettid), free_ = 0;
	int command = is("pi2") ? FUTEX_LOCK_PI2 : FUTEX_LOCK_PI;
	uint64_t from;

	(void)arg;
	for (;;) {
		free_ = 0;
		if (!__atomic_compare_exchange_n(&word, &free_, own, false, __ATOMIC_ACQUIRE,
						 __ATOMIC_RELAXED)) {
			from = now_ns();
			while (futex(&word, command, 0, NULL, NULL, 0))
				if (errno == ENOSYS)
					skip("this kernel has no such futex operation");
				else if (errno != EAGAIN && errno != EINTR)
					die("FUTEX_LOCK_PI");
			truth_add(wait_ns, now_ns() - from);
			truth_add(waits, 1);
		}
		sleep_ns(MS);
		free_ = own;
		if (!__atomic_compare_exchange_n(&word, &free_, 0, false, __ATOMIC_RELEASE,
						 __ATOMIC_RELAXED))
			futex(&word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0);
		sleep_ns(MS / 4);
	}
	return NULL;
}

static void *try_for_a_while(void *arg)
{
	struct timespec until;
	uint64_t from;

	(void)arg;
	for (;;) {
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += (long)(20 * MS);
		until.tv_sec += until.tv_nsec / (long)SECOND;
		until.tv_nsec %= (long)SECOND;
		from = now_ns();
		if (pthread_mutex_timedlock(&mutex, &until) != ETIMEDOUT)
			die("the mutex was free");
		truth_add(wait_ns, now_ns() - from);
		truth_add(waits, 1);
		sleep_ns(MS);
	}
	return NULL;
}

static void *contend_mutex(void *arg)
{
	uint64_t from;

	(void)arg;
	for (;;) {
		from = now_ns();
		pthread_mutex_lock(&mutex);
		truth_add(wait_ns, now_ns() - from);
		truth_add(waits, 1);
		sleep_ns(4 * MS);
		pthread_mutex_unlock(&mutex);
		sleep_ns(MS);
	}
	return NULL;
}

static void nothing(int number)
{
	(void)number;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = nothing };
	pthread_t threads[4];
	int i, count = 0;

	workload_begin(argc, argv);
	name = argc > 2 ? argv[2] : "wait";
	wait_ns = truth("wait");
	waits = truth("waits");
	*truth("address") = (uint64_t)(uintptr_t)&word;
	sigaction(SIGUSR1, &action, NULL); /* without SA_RESTART: calls end with EINTR */
	if (is("pi") || is("pi2")) {
		for (; count < 3; count++)
			threads[count] = start_thread(contend_pi, NULL);
	} else if (is("timeout")) {
		*truth("address") = (uint64_t)(uintptr_t)&mutex;
		pthread_mutex_lock(&mutex);
		for (; count < 2; count++)
			threads[count] = start_thread(try_for_a_while, NULL);
	} else if (is("signal")) {
		*truth("address") = (uint64_t)(uintptr_t)&mutex;
		for (; count < 4; count++)
			threads[count] = start_thread(contend_mutex, NULL);
	} else {
		threads[count++] = start_thread(wait_for_go, NULL);
		start_thread(let_go, NULL);
	}
	ready();
	for (;;) {
		sleep_ns(2 * MS);
		for (i = 0; is("signal") && i < count; i++)
			pthread_kill(threads[i], SIGUSR1);
	}
	return 0;
}
