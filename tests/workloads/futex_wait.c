// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Four threads wait on a condition variable that is never signalled, the first in pthread_join.
 * Truth by construction: every wait is a futex wait without a lock holder: condition.
 */
#include "workload.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;

static void *park(void *arg)
{
	pthread_mutex_lock(&mutex);
	for (;;)
		pthread_cond_wait(&never, &mutex);
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	int i;

	workload_begin(argc, argv);
	for (i = 0; i < 4; i++)
		thread = start_thread(park, NULL);
	sleep_ns(50 * MS); /* until the last of them is parked */
	ready();
	pthread_join(thread, NULL);
	return 0;
}
