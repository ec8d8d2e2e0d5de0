// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pingpong pipe|futex [ROUNDS]: two threads on one CPU pass a byte through two pipes, or take turns
 * at a futex word each. For each line on its input it makes ROUNDS round trips (two switches each)
 * and prints nanoseconds per round trip.
 */
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int to_other[2], to_main[2];

static void pin(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void *other(void *arg)
{
	char byte;

	(void)arg;
	pin();
	while (read(to_other[0], &byte, 1) == 1)
		if (write(to_main[1], &byte, 1) != 1)
			break;
	return NULL;
}

static int turn[2]; /* 1: it is that thread's turn */

static void await(int *word)
{
	while (!__atomic_exchange_n(word, 0, __ATOMIC_ACQUIRE))
		syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
}

static void pass_on(int *word)
{
	__atomic_store_n(word, 1, __ATOMIC_RELEASE);
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void *other_futex(void *arg)
{
	(void)arg;
	pin();
	for (;;) {
		await(&turn[1]);
		pass_on(&turn[0]);
	}
	return NULL;
}

static int round_trip(int futex)
{
	char byte = 0;

	if (!futex)
		return write(to_other[1], &byte, 1) == 1 && read(to_main[0], &byte, 1) == 1;
	pass_on(&turn[1]);
	await(&turn[0]);
	return 1;
}

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

int main(int argc, char **argv)
{
	int futex = argc > 1 && !strcmp(argv[1], "futex");
	long rounds = argc > 2 ? atol(argv[2]) : 40000, i;
	char line[16];
	pthread_t thread;
	double begin;

	if (pipe(to_other) || pipe(to_main))
		return 1;
	pin();
	if (pthread_create(&thread, NULL, futex ? other_futex : other, NULL))
		return 1;
	printf("ready %d\n", (int)getpid());
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		begin = now_ns();
		for (i = 0; i < rounds; i++)
			if (!round_trip(futex))
				return 1;
		printf("%.1f\n", (now_ns() - begin) / (double)rounds);
		fflush(stdout);
	}
	return 0;
}
