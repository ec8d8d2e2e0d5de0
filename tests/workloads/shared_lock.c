// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One process-shared mutex at three addresses: two threads of a process each use a mapping of
 * their own, a forked child has a third. Each holds it for 1 ms, asleep. Truth: "wait0" and "wait1"
 * ns of the threads, "wait2" of the child, "child" is its number.
 */
#include "workload.h"

#define PAGE 4096
#define PLACE 256 /* in the page */

static int memory;

struct user {
	pthread_mutex_t *mutex;
	uint64_t *wait;
};

static pthread_mutex_t *map(void)
{
	char *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);

	if (page == MAP_FAILED)
		die("mmap");
	return (pthread_mutex_t *)(page + PLACE);
}

static void *contend(void *arg)
{
	const struct user *self = arg;
	uint64_t from;

	for (;;) {
		from = now_ns();
		pthread_mutex_lock(self->mutex);
		truth_add(self->wait, now_ns() - from);
		sleep_ns(MS);
		pthread_mutex_unlock(self->mutex);
		sleep_ns(MS / 4);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	static struct user users[3];
	pthread_mutexattr_t attribute;
	uint64_t *child;
	pid_t pid;
	int i;

	workload_begin(argc, argv);
	memory = memfd_create("shared", MFD_CLOEXEC);
	if (memory < 0 || ftruncate(memory, PAGE))
		die("memfd_create");
	users[0].wait = truth("wait0");
	users[1].wait = truth("wait1");
	users[2].wait = truth("wait2");
	child = truth("child");
	for (i = 0; i < 3; i++)
		users[i].mutex = map();
	pthread_mutexattr_init(&attribute);
	pthread_mutexattr_setpshared(&attribute, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(users[0].mutex, &attribute);
	pid = fork_child();
	if (!pid)
		contend(&users[2]);
	*child = (uint64_t)pid; /* the page is shared: the parent's alone to write */
	start_thread(contend, &users[0]);
	start_thread(contend, &users[1]);
	ready();
	sleep_to_end();
	return 0;
}
