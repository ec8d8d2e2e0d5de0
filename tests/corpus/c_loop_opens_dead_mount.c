// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A loop with a timer looks at a path each 0.8 s, which takes 0.6 s, as on a mount whose
 * server is slow (here: a FIFO that is opened for reading before its writer). Advised: a thread looks.
 */
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/timerfd.h>

#include "lib/corpus.h"

#define PATH "mount"

static sem_t asked;

static __attribute__((noinline)) void look_up(void)
{
	int fd;

	sem_post(&asked);
	fd = open(PATH, O_RDONLY | O_CLOEXEC);

	close(fd);
}

static void *slow_server(void *unused)
{
	for (;;) {
		while (sem_wait(&asked))
			;
		sleep_ns(600 * MS);
		close(open(PATH, O_WRONLY | O_CLOEXEC));
	}
	return unused;
}

static void *looks(void *unused)
{
	for (;;)
		look_up();
	return unused;
}

static int timer(uint64_t ns)
{
	struct timespec each = { 0, (long)ns };
	struct itimerspec every = { each, each };
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

	timerfd_settime(fd, 0, &every, NULL);
	return fd;
}

int main(int argc, char **argv)
{
	bool advised = corpus_begin(argc, argv);
	uint64_t *done = truth("done"), ticks;
	int set = epoll_create1(EPOLL_CLOEXEC), i;
	int timers[2] = { timer(50 * MS), timer(800 * MS) };
	struct epoll_event event = { .events = EPOLLIN }, events[8];
	int count;

	if (mkfifo(PATH, 0600) && errno != EEXIST)
		die("mkfifo");
	for (i = 0; i < 2; i++) {
		event.data.fd = timers[i];
		epoll_ctl(set, EPOLL_CTL_ADD, timers[i], &event);
	}
	start_thread(slow_server, NULL);
	if (advised)
		start_thread(looks, NULL);
	ready();
	for (;;) {
		count = epoll_wait(set, events, 8, -1);
		for (i = 0; i < count; i++) {
			if (read(events[i].data.fd, &ticks, sizeof(ticks)) < 0)
				continue;
			if (events[i].data.fd == timers[1] && !advised)
				look_up();
			truth_add(done, 1);
		}
	}
}
