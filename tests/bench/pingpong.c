// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pingpong [ROUNDS]: two threads on one CPU pass a byte through two pipes. For each line on its
 * input it makes ROUNDS round trips (two switches each) and prints nanoseconds per round trip.
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
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

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

int main(int argc, char **argv)
{
	long rounds = argc > 1 ? atol(argv[1]) : 40000, i;
	char line[16], byte = 0;
	pthread_t thread;
	double begin;

	if (pipe(to_other) || pipe(to_main))
		return 1;
	pin();
	if (pthread_create(&thread, NULL, other, NULL))
		return 1;
	printf("ready %d\n", (int)getpid());
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		begin = now_ns();
		for (i = 0; i < rounds; i++)
			if (write(to_other[1], &byte, 1) != 1 || read(to_main[0], &byte, 1) != 1)
				return 1;
		printf("%.1f\n", (now_ns() - begin) / (double)rounds);
		fflush(stdout);
	}
	return 0;
}
