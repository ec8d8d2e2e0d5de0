// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Work that is pending for ever, by construction; argv[2] names how: deadlock (two threads take two
 * mutexes in opposite order, two more wait behind), gone (a mutex of a thread that ended), holder (the
 * holder sleeps in pause), pipe (a full pipe whose reader sleeps), accept (three connections in the queue
 * of a listener), unread (bytes on an accepted connection), request (an accepted connection that nothing
 * waits for), tick (as accept, but one thread ticks, and the one that should accept waits at a condition),
 * busy (as deadlock, beside a thread that computes), or nothing pending: served (an accepted connection
 * that is waited for), own_lock (a word that looks like a glibc mutex but is followed by data), leader (one
 * waits for connections with a mutex, and the others for the mutex), pool (four wait at a condition, the
 * first sleeps).
 */
#include <linux/futex.h>
#include <poll.h>
#include <sys/syscall.h>

#include "workload.h"

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t second = PTHREAD_MUTEX_INITIALIZER;
static struct {
	uint32_t before[6], word, count, owner, users, kind, after[4];
} own = { .word = 2, .owner = 3999999, .users = 3, .kind = 1 };

static void start(void *(*run)(void *), void *argument)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, run, argument))
		die("pthread_create");
}

static void *take_both(void *argument)
{
	bool reverse = argument != NULL;

	pthread_mutex_lock(reverse ? &second : &first);
	sleep_ns(100 * MS);
	pthread_mutex_lock(reverse ? &first : &second);
	return NULL;
}

static void *take_first(void *argument)
{
	if (argument)
		sleep_ns(200 * MS);
	pthread_mutex_lock(&first);
	return NULL; /* with the lock */
}

static void *wait_own(void *argument)
{
	for (;;)
		syscall(SYS_futex, &own.word, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0);
	return argument;
}

static void *ticks(void *argument)
{
	for (;;)
		sleep_ns(100 * MS);
	return argument;
}

static void *compute(void *argument)
{
	for (;;)
		spin_ns(10 * MS);
	return argument;
}

static void *wait_for_ever(void *argument)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	static pthread_cond_t never = PTHREAD_COND_INITIALIZER;

	pthread_mutex_lock(&mutex);
	for (;;)
		pthread_cond_wait(&never, &mutex);
	return argument;
}

static void *take_turns(void *listener)
{
	for (;;) {
		pthread_mutex_lock(&first);
		accept(*(int *)listener, NULL, NULL);
		pthread_mutex_unlock(&first);
	}
	return NULL;
}

static void leader(void)
{
	static int listener;
	int i;

	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listen(listener, 8))
		die("listen");
	for (i = 0; i < 4; i++)
		start(take_turns, &listener);
}

static __attribute__((noinline)) void fill_pipe(void)
{
	static const char text[4096];
	int ends[2];

	if (pipe(ends))
		die("pipe");
	if (!fork()) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ends[1]);
		for (;;)
			pause();
	}
	close(ends[0]);
	while (write(ends[1], text, sizeof(text)) > 0)
		;
}

static void connections(const char *how)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), accepted = -1, i;
	struct pollfd set;

	if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 8) ||
	    getsockname(listener, (struct sockaddr *)&address, &size))
		die("listen");
	if (!fork()) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(listener);
		for (i = 0; i < 3; i++) {
			int client = socket(AF_INET, SOCK_STREAM, 0);

			if (connect(client, (struct sockaddr *)&address, size))
				die("connect");
			if (!strcmp(how, "unread") && write(client, "request", 7) != 7)
				die("write");
		}
		for (;;)
			pause();
	}
	if (!strcmp(how, "tick")) {
		start(ticks, NULL);
		start(wait_for_ever, NULL);
	} else if (strcmp(how, "accept"))
		for (i = 0; i < 3; i++)
			accepted = accept(listener, NULL, NULL);
	if (!strcmp(how, "served")) {
		set = (struct pollfd){ .fd = accepted, .events = POLLIN };
		close(accepted - 1);
		close(accepted - 2);
		ready();
		poll(&set, 1, -1);
	}
}

int main(int argc, char **argv)
{
	const char *how = argc > 2 ? argv[2] : "deadlock";
	int i;

	workload_begin(argc, argv);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!strcmp(how, "busy"))
		start(compute, NULL);
	if (!strcmp(how, "deadlock") || !strcmp(how, "busy")) {
		start(take_both, NULL);
		start(take_both, &first);
		start(take_first, &first);
		start(take_first, &first);
	} else if (!strcmp(how, "gone") || !strcmp(how, "holder")) {
		if (!strcmp(how, "holder"))
			pthread_mutex_lock(&first);
		else
			start(take_first, NULL);
		start(take_first, &first);
	} else if (!strcmp(how, "own_lock")) {
		for (i = 0; i < 3; i++)
			start(wait_own, NULL);
	} else if (!strcmp(how, "pool")) {
		for (i = 0; i < 4; i++)
			start(wait_for_ever, NULL);
		ready();
		for (;;)
			sleep_ns(3600000 * MS);
	} else if (!strcmp(how, "leader")) {
		leader();
	} else if (strcmp(how, "pipe")) {
		connections(how);
	}
	sleep_ns(400 * MS);
	ready();
	if (!strcmp(how, "pipe"))
		fill_pipe();
	for (;;)
		pause();
}
