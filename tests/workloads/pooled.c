// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ten threads share two connections to a server that takes 20 ms: each takes one from a pool, asks, gives it
 * back and does 1 ms of something else. Truth by construction: two calls are in flight, the others wait for
 * a connection. argv[2]: another number of connections.
 */
#include "workload.h"

#define THREADS 10

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t given_back = PTHREAD_COND_INITIALIZER;
static int spare[THREADS], spare_count;
static uint64_t *calls;

/* A process for each client, so that none waits for another. */
static void answer(void *arg)
{
	int listening = *(int *)arg, client;
	char byte;

	for (;;) {
		client = accept(listening, NULL, NULL);
		if (client < 0)
			exit(1);
		if (fork_child())
			continue;
		while (read(client, &byte, 1) == 1) {
			sleep_ns(ANSWER_NS);
			if (write(client, &byte, 1) != 1)
				break;
		}
		_exit(0);
	}
}

static int take(void)
{
	int ret;

	pthread_mutex_lock(&mutex);
	while (!spare_count)
		pthread_cond_wait(&given_back, &mutex);
	ret = spare[--spare_count];
	pthread_mutex_unlock(&mutex);
	return ret;
}

static void give_back(int connection)
{
	pthread_mutex_lock(&mutex);
	spare[spare_count++] = connection;
	pthread_cond_signal(&given_back);
	pthread_mutex_unlock(&mutex);
}

static void *ask(void *arg)
{
	char byte = 'q';
	int connection;

	for (;;) {
		connection = take();
		if (write(connection, &byte, 1) != 1 || read(connection, &byte, 1) != 1)
			die("server");
		give_back(connection);
		truth_add(calls, 1);
		sleep_ns(MS);
	}
	return arg;
}

int main(int argc, char **argv)
{
	unsigned long connections, i;
	struct sockaddr_in address;
	int listening;

	workload_begin(argc, argv);
	connections = argument(argc, argv, 2, 2);
	calls = truth("calls");
	listening = serve(SOCK_STREAM, &address);
	become_target(answer, &listening);
	close(listening);
	for (i = 0; i < connections && i < THREADS; i++)
		spare[spare_count++] = dial(SOCK_STREAM, &address);
	for (i = 0; i < THREADS; i++)
		start_thread(ask, NULL);
	ready();
	sleep_to_end();
	return 0;
}
