// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two problems at once: an event loop that forces its journal to disk for 30 ms of each 60, and
 * four threads that hold one mutex while a device settles. Advised: a separate thread for the
 * journal.
 */
#include <sys/epoll.h>
#include <sys/timerfd.h>

#include "lib/corpus.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void *worker(void *unused)
{
	for (;;) {
		pthread_mutex_lock(&mutex);
		sleep_ns(3 * MS);
		pthread_mutex_unlock(&mutex);
		spin_ns(MS / 10);
	}
	return unused;
}

static void journal(void)
{
	uint64_t end = now_ns() + 30 * MS;
	static const char record[4096] = "record";
	int fd;

	while (now_ns() < end) {
		fd = open("journal-new", O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
		if (fd < 0 || write(fd, record, sizeof(record)) < 0 || fsync(fd) || close(fd) ||
		    rename("journal-new", "journal"))
			die("journal");
	}
}

static void *keep_journal(void *unused)
{
	for (;;) {
		sleep_ns(30 * MS);
		journal();
	}
	return unused;
}

static int timer(int set, long period_ns)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };
	struct itimerspec period = { { 0, period_ns }, { 0, period_ns } };

	if (fd < 0 || timerfd_settime(fd, 0, &period, NULL) ||
	    epoll_ctl(set, EPOLL_CTL_ADD, fd, &event))
		die("timer");
	return fd;
}

int main(int argc, char **argv)
{
	int set = epoll_create1(EPOLL_CLOEXEC), i, count, beat, save;
	bool advised = corpus_begin(argc, argv);
	uint64_t *beats = truth("beats"), *missed = truth("missed"), times;
	struct epoll_event events[2];
	struct statfs here;

	if (statfs(".", &here) || here.f_type == TMPFS_MAGIC || here.f_type == RAMFS_MAGIC)
		skip("the folder for temporary files lies in memory; set TMPDIR");
	for (i = 0; i < 4; i++)
		start_thread(worker, NULL);
	beat = timer(set, 5 * MS);
	save = timer(set, 60 * MS);
	if (advised)
		start_thread(keep_journal, NULL);
	ready();
	for (;;) {
		count = epoll_wait(set, events, 2, -1);
		for (i = 0; i < count; i++) {
			if (read(events[i].data.fd, &times, sizeof(times)) != sizeof(times))
				continue;
			if (events[i].data.fd == beat) {
				truth_add(beats, 1);
				truth_add(missed, times - 1);
			} else if (events[i].data.fd == save && !advised) {
				journal();
			}
		}
	}
}
