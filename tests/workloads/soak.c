// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A host that never rests: argv[2] processes (200) and argv[3] threads (2000) born and gone each
 * second, argv[4] switches (20000). Each process waits for a lock, a pipe and three times at an
 * epoll set, so that it leaves rows in every table. Truth: "processes", "threads", "switches".
 */
#include <sys/epoll.h>

#include "workload.h"

#define TICK_NS (10 * MS)

static uint64_t *processes, *threads, *switches;

/* What is due by now at the given rate; after a delay at most one tick's worth. */
static uint64_t due(uint64_t begin_ns, uint64_t rate, uint64_t done)
{
	uint64_t wanted = (uint64_t)((double)(now_ns() - begin_ns) / SECOND * (double)rate);
	uint64_t most = rate / (SECOND / TICK_NS) * 10 + 1;

	if (wanted <= done)
		return 0;
	return wanted - done < most ? wanted - done : most;
}

/* ---- processes ------------------------------------------------------------------------------- */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int ends[2];

static void *hold(void *arg)
{
	pthread_mutex_lock(&mutex);
	if (write(ends[1], "x", 1) != 1)
		_exit(1);
	sleep_ns(2 * MS);
	pthread_mutex_unlock(&mutex);
	return arg;
}

static void be_brief(void)
{
	struct epoll_event event = { .events = EPOLLIN };
	int set = epoll_create1(EPOLL_CLOEXEC), i;
	pthread_t holder;
	char byte;

	if (set < 0 || pipe2(ends, O_CLOEXEC))
		_exit(1);
	holder = start_thread(hold, NULL);
	if (read(ends[0], &byte, 1) != 1)
		_exit(1);
	pthread_mutex_lock(&mutex);
	pthread_mutex_unlock(&mutex);
	epoll_ctl(set, EPOLL_CTL_ADD, ends[0], &event);
	for (i = 0; i < 3; i++)
		epoll_wait(set, &event, 1, 1);
	pthread_join(holder, NULL);
	_exit(0);
}

static void make_processes(uint64_t rate)
{
	uint64_t begin = now_ns(), done = 0, count;

	for (;;) {
		for (count = due(begin, rate, done); count; count--, done++) {
			if (!fork_child())
				be_brief();
			truth_add(processes, 1);
		}
		sleep_ns(TICK_NS / 2);
	}
}

/* ---- threads --------------------------------------------------------------------------------- */
static void *brief(void *arg)
{
	sleep_ns(MS / 2);
	truth_add(threads, 1);
	return arg;
}

static void make_threads(uint64_t rate)
{
	uint64_t begin = now_ns(), done = 0, count;

	for (;;) {
		for (count = due(begin, rate, done); count; count--, done++)
			pthread_detach(start_thread(brief, NULL));
		sleep_ns(TICK_NS / 2);
	}
}

/* ---- switches -------------------------------------------------------------------------------- */
static int there[2], back[2];

static void *echo(void *arg)
{
	char byte;

	while (read(there[0], &byte, 1) == 1 && write(back[1], &byte, 1) == 1)
		;
	return arg;
}

/* Each round is two: there and back. */
static void make_switches(uint64_t rate)
{
	uint64_t begin = now_ns(), done = 0, count;
	char byte = 's';

	if (pipe2(there, O_CLOEXEC) || pipe2(back, O_CLOEXEC))
		die("pipe");
	start_thread(echo, NULL);
	for (;;) {
		for (count = due(begin, rate / 2, done); count; count--, done++) {
			if (write(there[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1)
				die("echo");
			truth_add(switches, 2);
		}
		sleep_ns(TICK_NS / 2);
	}
}

int main(int argc, char **argv)
{
	workload_begin(argc, argv);
	processes = truth("processes");
	threads = truth("threads");
	switches = truth("switches");
	if (!fork_child())
		make_threads(argument(argc, argv, 3, 2000));
	if (!fork_child())
		make_switches(argument(argc, argv, 4, 20000));
	/* the rest is reaped as it ends */
	signal(SIGCHLD, SIG_IGN);
	ready();
	make_processes(argument(argc, argv, 2, 200));
	return 0;
}
