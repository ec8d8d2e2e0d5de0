// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A thread forks a process of 256 MiB over and over; the main one writes to pages, each of which is then to
 * be copied. Truth by construction: fork keeps the address space's lock, for which page faults wait.
 */
#include <sys/mman.h>

#include "workload.h"

#define SIZE (256UL << 20)
#define PAGE 4096

static void *forks(void *arg)
{
	uint64_t *count = arg;
	pid_t pid;

	for (;;) {
		pid = fork();
		if (!pid)
			_exit(0);
		if (pid < 0 || waitpid(pid, NULL, 0) != pid)
			die("fork");
		truth_add(count, 1);
		sleep_ns(MS);
	}
	return arg;
}

int main(int argc, char **argv)
{
	uint64_t *count, *longest, from, took, at;
	volatile char *memory;

	workload_begin(argc, argv);
	count = truth("forks");
	longest = truth("longest");
	memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED || madvise((void *)memory, SIZE, MADV_NOHUGEPAGE))
		die("mmap");
	for (at = 0; at < SIZE; at += PAGE)
		memory[at] = 1;
	start_thread(forks, count);
	ready();
	while (running()) {
		from = now_ns();
		memory[pick(SIZE / PAGE) * PAGE] = 2;
		took = now_ns() - from;
		if (took > *longest)
			truth_add(longest, took - *longest);
	}
	return 0;
}
