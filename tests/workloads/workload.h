/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared code of the workloads. Takes argv (seconds to run, 0: until killed) and the environment;
 * prints "ready PID", "name value" lines at its end, and writes the figures it counts itself.
 */
#ifndef WORKLOAD_H
#define WORKLOAD_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MS 1000000ULL
#define SECOND 1000000000ULL
#define ANSWER_NS (20 * MS) /* how long the bundled servers take */
#define EXIT_SKIP 77 /* this machine lacks what the workload needs; stderr says what */
#define TRUTH_MAX 64

/*
 * Figures live in a shared page: WORKLOAD_TRUTH names a file for it, which a test may read at any
 * time without the workload's doing.
 */
struct truth {
	char name[24];
	uint64_t value;
};

static struct truth *workload_truths;
static uint64_t workload_end_ns; /* 0: never */
static uint64_t workload_seconds;

static inline uint64_t clock_ns(clockid_t clock)
{
	struct timespec at;

	clock_gettime(clock, &at);
	return (uint64_t)at.tv_sec * SECOND + (uint64_t)at.tv_nsec;
}

static inline uint64_t now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

static inline uint64_t thread_cpu_ns(void)
{
	return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

static inline void die(const char *what)
{
	fprintf(stderr, "workload: %s: %s\n", what, strerror(errno));
	_exit(1);
}

static inline void skip(const char *why)
{
	fprintf(stderr, "%s\n", why);
	_exit(EXIT_SKIP);
}

/* Computes for this much time on the clock; on CPU or pushed off it. */
static inline void spin_ns(uint64_t ns)
{
	uint64_t end = now_ns() + ns;

	while (now_ns() < end)
		;
}

/* Computes until it has had this much CPU. */
static inline void spin_cpu_ns(uint64_t ns)
{
	uint64_t end = thread_cpu_ns() + ns;

	while (thread_cpu_ns() < end)
		;
}

static inline void sleep_ns(uint64_t ns)
{
	struct timespec left = { .tv_sec = (time_t)(ns / SECOND), .tv_nsec = (long)(ns % SECOND) };

	while (nanosleep(&left, &left) && errno == EINTR)
		;
}

static inline bool running(void)
{
	return !workload_end_ns || now_ns() < workload_end_ns;
}

static inline void sleep_to_end(void)
{
	for (;;)
		pause();
}

/* A figure of the workload's own: a count, or nanoseconds. */
static inline uint64_t *truth(const char *name)
{
	int i;

	for (i = 0; i < TRUTH_MAX; i++) {
		struct truth *row = &workload_truths[i];

		if (!row->name[0])
			memcpy(row->name, name, strnlen(name, sizeof(row->name) - 1));
		if (!strcmp(row->name, name))
			return &row->value;
	}
	errno = ENOSPC;
	die("truth");
	return NULL;
}

static inline void truth_add(uint64_t *value, uint64_t more)
{
	__atomic_fetch_add(value, more, __ATOMIC_RELAXED);
}

static inline void truths_print(void)
{
	int i;

	for (i = 0; i < TRUTH_MAX && workload_truths[i].name[0]; i++)
		dprintf(STDOUT_FILENO, "%s %llu\n", workload_truths[i].name,
			(unsigned long long)workload_truths[i].value);
}

static inline void workload_end(int number)
{
	(void)number;
	truths_print();
	_exit(0);
}

/* The end comes as a signal, so that a workload may wait for what never comes. */
static inline void workload_arm(void)
{
	struct sigaction action = { .sa_handler = workload_end };
	uint64_t left;

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
	if (workload_end_ns) {
		struct itimerval timer = { { 0, 0 }, { 0, 0 } };

		left = now_ns();
		left = (workload_end_ns > left ? workload_end_ns - left : 0) + 1000;
		timer.it_value.tv_sec = (time_t)(left / SECOND);
		timer.it_value.tv_usec = (suseconds_t)(left % SECOND / 1000);
		if (setitimer(ITIMER_REAL, &timer, NULL))
			die("setitimer");
	}
}

static inline void workload_begin(int argc, char **argv)
{
	const char *path = getenv("WORKLOAD_TRUTH");
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	char *end = "";

	workload_seconds = argc > 1 ? strtoul(argv[1], &end, 10) : 10;
	if (*end || (argc > 1 && !*argv[1])) {
		fprintf(stderr, "usage: %s [SECONDS [...]]\n", argv[0]);
		_exit(2);
	}
	if (path && fd < 0)
		die(path);
	workload_truths = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			       MAP_SHARED | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);
	if (workload_truths == MAP_FAILED)
		die("truth page");
	if (fd >= 0)
		close(fd);
	if (workload_seconds)
		workload_end_ns = now_ns() + workload_seconds * SECOND;
	workload_arm();
}

static inline unsigned long argument(int argc, char **argv, int at, unsigned long otherwise)
{
	return argc > at ? strtoul(argv[at], NULL, 10) : otherwise;
}

static inline void ready(void)
{
	dprintf(STDOUT_FILENO, "ready %d\n", (int)getpid());
}

/* Forks a child that does not outlive its parent. */
static inline pid_t fork_child(void)
{
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		die("fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
	}
	return pid;
}

static inline void other_part_end(int number)
{
	(void)number;
	_exit(0);
}

/*
 * Separates the measured process: returns in the child, which has no children and prints "ready".
 * The parent plays the other side, then lives as long as the child does.
 */
static inline void become_target(void (*other_part)(void *), void *arg)
{
	struct sigaction action = { .sa_handler = other_part_end, .sa_flags = SA_NOCLDSTOP };

	sigaction(SIGCHLD, &action, NULL); /* before the child is there to end */
	if (!fork_child()) {
		action.sa_handler = SIG_DFL;
		sigaction(SIGCHLD, &action, NULL);
		workload_arm(); /* timers are not inherited */
		return;
	}
	action.sa_handler = SIG_IGN;
	sigaction(SIGALRM, &action, NULL);
	action.sa_handler = SIG_DFL;
	sigaction(SIGTERM, &action, NULL);
	other_part(arg);
	sleep_to_end();
}

static inline pthread_t start_thread(void *(*body)(void *), void *arg)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 64 * 1024);
	errno = pthread_create(&thread, &attr, body, arg);
	if (errno)
		die("pthread_create");
	pthread_attr_destroy(&attr);
	return thread;
}

static inline void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity");
}

/* The CPUs that this thread may use; returns how many were filled in. */
static inline int allowed_cpus(int *cpus, int max)
{
	int cpu, count = 0;
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		die("sched_getaffinity");
	for (cpu = 0; cpu < CPU_SETSIZE && count < max; cpu++)
		if (CPU_ISSET(cpu, &set))
			cpus[count++] = cpu;
	return count;
}

static inline int last_cpu(void)
{
	int cpus[CPU_SETSIZE];

	return cpus[allowed_cpus(cpus, CPU_SETSIZE) - 1];
}

static inline struct sockaddr_in loopback(uint16_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = port,
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

/* A bound socket of this type; a stream socket listens. Fills its address. */
static inline int serve(int type, struct sockaddr_in *address)
{
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	socklen_t length = sizeof(*address);

	*address = loopback(0);
	if (fd < 0 || bind(fd, (struct sockaddr *)address, sizeof(*address)) ||
	    (type == SOCK_STREAM && listen(fd, 16)) ||
	    getsockname(fd, (struct sockaddr *)address, &length))
		die("server socket");
	return fd;
}

static inline int dial(int type, const struct sockaddr_in *address)
{
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)address, sizeof(*address)))
		die("connect");
	return fd;
}

/* Other part: a TCP server that answers each byte of its one client after ANSWER_NS. */
static inline void answer_one_client(void *arg)
{
	int client = accept4(*(int *)arg, NULL, NULL, SOCK_CLOEXEC);
	char byte;

	while (client >= 0 && read(client, &byte, 1) == 1) {
		sleep_ns(ANSWER_NS);
		if (write(client, &byte, 1) != 1)
			break;
	}
}

/* Becomes a process that is connected to such a server. */
static inline int become_client(void)
{
	struct sockaddr_in address;
	int listener = serve(SOCK_STREAM, &address);

	become_target(answer_one_client, &listener);
	close(listener);
	return dial(SOCK_STREAM, &address);
}

/* Asks a server that answers with a byte. Returns how long the read of the answer took. */
static inline uint64_t ask_server(int fd)
{
	uint64_t from;
	char byte = 'q';

	if (write(fd, &byte, 1) != 1)
		die("write");
	from = now_ns();
	if (read(fd, &byte, 1) != 1)
		die("read");
	return now_ns() - from;
}

/* Other part: a byte into this descriptor every ANSWER_NS. */
static inline void tick(void *arg)
{
	int fd = *(int *)arg;

	do
		sleep_ns(ANSWER_NS);
	while (write(fd, "\n", 1) == 1);
}

/*
 * A file of this size, written out and already unlinked, below WORKLOAD_DIR (/var/tmp). A file
 * system in memory has no disk to wait for.
 */
static inline int temporary_file(size_t bytes, int flags)
{
	const char *dir = getenv("WORKLOAD_DIR");
	static char block[1 << 20];
	struct statfs fs;
	char path[256];
	size_t done;
	int fd, again;

	snprintf(path, sizeof(path), "%s/boundby-workload-XXXXXX", dir ? dir : "/var/tmp");
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0 || fstatfs(fd, &fs))
		die(path);
	again = open(path, O_RDWR | O_CLOEXEC | flags);
	unlink(path);
	if ((unsigned)fs.f_type == TMPFS_MAGIC || (unsigned)fs.f_type == RAMFS_MAGIC)
		skip("the folder for temporary files lies in memory; set WORKLOAD_DIR");
	if (again < 0)
		skip("the file system for temporary files does not open this way");
	memset(block, 'b', sizeof(block));
	for (done = 0; done < bytes; done += sizeof(block))
		if (write(fd, block, sizeof(block)) != (ssize_t)sizeof(block))
			die("write of the temporary file");
	if (fsync(fd))
		die("fsync of the temporary file");
	close(fd);
	return again;
}

/* A number below the limit; the same row of them in each run. */
static inline uint64_t pick(uint64_t limit)
{
	static uint64_t x = 88172645463325252ULL;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x % limit;
}

#endif
