// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * N threads (default 2) contend for one lock: lock SECONDS KIND N HOLD_US FIRST_US. Each holds it
 * for HOLD_US (1000), the first for FIRST_US, asleep, and rests a quarter of HOLD_US. KIND readers:
 * only the first writes, and all rest for up to 2 HOLD_US, never in step. Truth: each
 * thread measures its own waits, "waitI" ns for the thread named I, and "wait" for all; "address"
 * is the lock's.
 */
#include "workload.h"

#include <semaphore.h>
#include <sys/prctl.h>

static pthread_mutex_t mutex;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static sem_t semaphore;
static uint64_t hold_ns, first_ns, *wait_all;

static enum kind { MUTEX, RWLOCK, READERS, SEMAPHORE } kind;

static void take(bool first)
{
	switch (kind) {
	case MUTEX:
		pthread_mutex_lock(&mutex);
		break;
	case RWLOCK:
		pthread_rwlock_wrlock(&rwlock);
		break;
	case READERS:
		if (first)
			pthread_rwlock_wrlock(&rwlock);
		else
			pthread_rwlock_rdlock(&rwlock);
		break;
	case SEMAPHORE:
		while (sem_wait(&semaphore))
			;
		break;
	}
}

static void give(void)
{
	switch (kind) {
	case MUTEX:
		pthread_mutex_unlock(&mutex);
		break;
	case RWLOCK:
	case READERS:
		pthread_rwlock_unlock(&rwlock);
		break;
	case SEMAPHORE:
		sem_post(&semaphore);
		break;
	}
}

struct contender {
	uint64_t *wait, hold_ns;
	bool first;
};

static void *contend(void *arg)
{
	struct contender *self = arg;
	unsigned int seed = (unsigned int)(uintptr_t)arg;
	uint64_t from;

	for (;;) {
		from = now_ns();
		take(self->first);
		from = now_ns() - from;
		truth_add(self->wait, from);
		truth_add(wait_all, from);
		sleep_ns(self->hold_ns);
		give();
		sleep_ns(kind == READERS ? hold_ns * (unsigned)(rand_r(&seed) % 16) / 8 :
					   hold_ns / 4);
	}
	return NULL;
}

static void make(const char *name)
{
	pthread_mutexattr_t attribute;

	pthread_mutexattr_init(&attribute);
#ifdef __GLIBC__ /* musl has none; it is no macro */
	if (!strcmp(name, "adaptive"))
		pthread_mutexattr_settype(&attribute, PTHREAD_MUTEX_ADAPTIVE_NP);
	else
#endif
		if (!strcmp(name, "recursive"))
		pthread_mutexattr_settype(&attribute, PTHREAD_MUTEX_RECURSIVE);
	else if (!strcmp(name, "robust"))
		pthread_mutexattr_setrobust(&attribute, PTHREAD_MUTEX_ROBUST);
	else if (!strcmp(name, "pi"))
		pthread_mutexattr_setprotocol(&attribute, PTHREAD_PRIO_INHERIT);
	else if (!strcmp(name, "rwlock"))
		kind = RWLOCK;
	else if (!strcmp(name, "readers"))
		kind = READERS;
	else if (!strcmp(name, "semaphore"))
		kind = SEMAPHORE;
	else if (strcmp(name, "mutex"))
		die("kind of lock");
	pthread_mutex_init(&mutex, &attribute);
	sem_init(&semaphore, 0, 1);
}

int main(int argc, char **argv)
{
	unsigned long count = argument(argc, argv, 3, 2), i;
	struct contender *self;
	char name[sizeof(((struct truth *)NULL)->name) + 8];

	workload_begin(argc, argv);
	hold_ns = argument(argc, argv, 4, 1000) * 1000;
	first_ns = argument(argc, argv, 5, hold_ns / 1000) * 1000;
	make(argc > 2 ? argv[2] : "mutex");
	wait_all = truth("wait");
	*truth("address") = kind == MUTEX     ? (uint64_t)(uintptr_t)&mutex :
			    kind == SEMAPHORE ? (uint64_t)(uintptr_t)&semaphore :
						(uint64_t)(uintptr_t)&rwlock;
	for (i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "wait%u", (unsigned int)i);
		prctl(PR_SET_NAME, name + 4); /* threads inherit the name of their creator */
		self = calloc(1, sizeof(*self));
		if (!self)
			die("calloc");
		self->wait = truth(name);
		self->hold_ns = i ? hold_ns : first_ns;
		self->first = !i;
		start_thread(contend, self);
	}
	prctl(PR_SET_NAME, "lock");
	ready();
	sleep_to_end();
	return 0;
}
