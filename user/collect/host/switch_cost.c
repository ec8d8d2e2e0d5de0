// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two on one CPU pass a byte to and fro through pipes. Half a round trip is one write, one read
 * and one switch; what the two calls cost alone is measured and taken off. Each figure is the
 * median of many short runs, so that a neighbour that interrupts some of them does not matter.
 */
#include "collect/host/switch_cost.h"
#include "lib/clock.h"

#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BOOT_ID_FILE "/proc/sys/kernel/random/boot_id"
#define BOOT_ID_LEN 37 /* with the end of line */
#define FILE_FORMAT "boundby switch cost 1\n%36s\n%" SCNu64 " %" SCNu64 "\n"
#define RUNS 31
#define WARM_UP 3
#define ROUNDS 200 /* in a run: about half a millisecond */
/* What cannot be the cost of a switch on any machine is a damaged file. */
#define PLAUSIBLE_MIN_NS 20
#define PLAUSIBLE_MAX_NS 1000000

static bool pass(int from, int to)
{
	char byte;

	return read(from, &byte, 1) == 1 && write(to, &byte, 1) == 1;
}

struct pipes {
	int there[2], back[2];
};

/* Sends every byte back until the pipe ends. */
static void *echo(void *arg)
{
	const struct pipes *pipes = arg;

	while (pass(pipes->there[0], pipes->back[1]))
		;
	return NULL;
}

static int compare(const void *a, const void *b)
{
	uint64_t one = *(const uint64_t *)a, other = *(const uint64_t *)b;

	return (one > other) - (one < other);
}

/* Median nanoseconds of one round: a byte written to `to` and read from `from`. 0: failed. */
static uint64_t round_ns(int to, int from)
{
	uint64_t runs[RUNS];
	int run, i;

	for (run = -WARM_UP; run < RUNS; run++) {
		uint64_t start = clock_ns(CLOCK_MONOTONIC);

		for (i = 0; i < ROUNDS; i++) {
			char byte = 0;

			if (write(to, &byte, 1) != 1 || read(from, &byte, 1) != 1)
				return 0;
		}
		if (run >= 0)
			runs[run] = clock_ns(CLOCK_MONOTONIC) - start;
	}
	qsort(runs, RUNS, sizeof(runs[0]), compare);
	return runs[RUNS / 2] / ROUNDS;
}

/* To the first CPU that it may use, and stay. */
static bool pin(void)
{
	cpu_set_t may, one;
	size_t cpu;

	if (sched_getaffinity(0, sizeof(may), &may))
		return false;
	for (cpu = 0; cpu < CPU_SETSIZE && !CPU_ISSET(cpu, &may); cpu++)
		;
	CPU_ZERO(&one);
	CPU_SET(cpu % CPU_SETSIZE, &one);
	return !sched_setaffinity(0, sizeof(one), &one);
}

static uint64_t between_threads(struct pipes *pipes)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, echo, pipes))
		return 0;
	return round_ns(pipes->there[1], pipes->back[0]);
}

static uint64_t between_processes(struct pipes *pipes)
{
	pid_t parent = getpid(), child = fork();
	uint64_t ns;

	if (child < 0)
		return 0;
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() == parent)
			echo(pipes);
		_exit(0);
	}
	ns = round_ns(pipes->there[1], pipes->back[0]);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return ns;
}

static uint64_t switch_of(uint64_t round, uint64_t calls)
{
	return round / 2 > calls ? round / 2 - calls : 0;
}

/* In a child process, so that pinning and threads stay there. Writes the result to out. */
static void measure_in_child(int out)
{
	struct pipes alone, threads, processes;
	struct switch_cost cost;
	uint64_t calls;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!pin() || pipe2(alone.there, O_CLOEXEC) || pipe2(threads.there, O_CLOEXEC) ||
	    pipe2(threads.back, O_CLOEXEC) || pipe2(processes.there, O_CLOEXEC) ||
	    pipe2(processes.back, O_CLOEXEC))
		return;
	calls = round_ns(alone.there[1], alone.there[0]);
	/* processes first: the thread would be lost in the fork, but its pipes would not */
	cost.other_ns = switch_of(between_processes(&processes), calls);
	cost.same_ns = switch_of(between_threads(&threads), calls);
	if (calls && cost.same_ns && cost.other_ns &&
	    write(out, &cost, sizeof(cost)) != sizeof(cost))
		return;
}

static bool boot_id(char id[BOOT_ID_LEN])
{
	FILE *file = fopen(BOOT_ID_FILE, "re");
	bool got = file && fgets(id, BOOT_ID_LEN, file) && strlen(id) == BOOT_ID_LEN - 1;

	if (file)
		fclose(file);
	return got;
}

/* Where the figures are kept, "" nowhere. Both folders vanish with the boot, or are private. */
static void folder(char *path, size_t size)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");

	path[0] = '\0';
	if (!geteuid())
		snprintf(path, size, "/run/boundby");
	else if (runtime && runtime[0] == '/' && strlen(runtime) < size / 2)
		snprintf(path, size, "%s/boundby", runtime);
}

static bool plausible(uint64_t ns)
{
	return ns >= PLAUSIBLE_MIN_NS && ns <= PLAUSIBLE_MAX_NS;
}

int switch_cost_kept(struct switch_cost *ret)
{
	char path[256], id[BOOT_ID_LEN], kept[BOOT_ID_LEN];
	struct stat about;
	FILE *file;
	int fd, fields;

	folder(path, sizeof(path) - 16);
	if (!path[0] || !boot_id(id))
		return -1;
	strcat(path, "/switch-cost");
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	file = fd < 0 ? NULL : fdopen(fd, "r");
	if (!file) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	fields = fstat(fd, &about) || !S_ISREG(about.st_mode) || about.st_uid != geteuid() ||
				 about.st_mode & (S_IWGRP | S_IWOTH) ?
			 0 :
			 fscanf(file, FILE_FORMAT, kept, &ret->same_ns, &ret->other_ns);
	fclose(file);
	return fields == 3 && !strcmp(id, kept) && plausible(ret->same_ns) &&
			       plausible(ret->other_ns) ?
		       0 :
		       -1;
}

/* Whole or not at all: written beside, then renamed. Not being able to is no error. */
static void keep(const struct switch_cost *cost)
{
	char path[256], other[300], id[BOOT_ID_LEN], text[160];
	int fd, length;
	bool written;

	folder(path, sizeof(path) - 16);
	if (!path[0] || !boot_id(id))
		return;
	mkdir(path, 0755);
	strcat(path, "/switch-cost");
	snprintf(other, sizeof(other), "%s.%d", path, (int)getpid());
	fd = open(other, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return;
	length = snprintf(text, sizeof(text),
			  "boundby switch cost 1\n%s\n%" PRIu64 " %" PRIu64 "\n", id, cost->same_ns,
			  cost->other_ns);
	written = write(fd, text, (size_t)length) == length;
	close(fd);
	if (!written || rename(other, path))
		unlink(other);
}

int switch_cost_measure(struct switch_cost *ret)
{
	int result[2];
	pid_t child;
	bool got;

	if (pipe2(result, O_CLOEXEC))
		return -1;
	child = fork();
	if (!child) {
		measure_in_child(result[1]);
		_exit(0);
	}
	close(result[1]);
	got = child > 0 && read(result[0], ret, sizeof(*ret)) == sizeof(*ret) &&
	      plausible(ret->same_ns) && plausible(ret->other_ns);
	close(result[0]);
	if (child > 0)
		waitpid(child, NULL, 0);
	if (!got)
		return -1;
	keep(ret);
	return 0;
}
