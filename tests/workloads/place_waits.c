// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Asks a server for answers that take a given time, from four lines that all make the same call on
 * the same kind of connection. argv[2]: for each line how long an answer takes, in microseconds, and
 * how often it is asked for in a round: "30x40,200x5,3000x1,0x0". argv[3]: threads. Truth by its own
 * clock: "line0" to "line3" are the time waited at each, of all threads together.
 */
#include <netinet/tcp.h>

#include "workload.h"

#define LINES 4

struct mix {
	uint32_t us, count;
};

static struct mix mix[LINES] = { { 30, 40 }, { 200, 5 }, { 3000, 1 }, { 0, 0 } };
static uint64_t *waited[LINES];
static struct sockaddr_in server;

/* Answers each question after the time that it names. */
static void *answer(void *arg)
{
	int connection = (int)(intptr_t)arg;
	uint32_t us;

	while (recv(connection, &us, sizeof(us), MSG_WAITALL) == sizeof(us)) {
		if (us)
			sleep_ns(us * 1000ULL);
		if (send(connection, &us, sizeof(us), MSG_NOSIGNAL) != sizeof(us))
			break;
	}
	close(connection);
	return NULL;
}

static void run_server(int listener)
{
	int one = 1, connection;

	prctl(PR_SET_TIMERSLACK, 1);
	for (;;) {
		connection = accept(listener, NULL, NULL);
		setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		if (connection < 0)
			_exit(1);
		start_thread(answer, (void *)(intptr_t)connection);
	}
}

/* One of them for each line, so that each is a place of its own. */
#define LINE(number)                                                                   \
	static __attribute__((noinline)) void ask##number(int connection, uint32_t us) \
	{                                                                              \
		uint64_t from;                                                         \
                                                                                       \
		if (send(connection, &us, sizeof(us), 0) != sizeof(us))                \
			die("send");                                                   \
		from = now_ns();                                                       \
		if (recv(connection, &us, sizeof(us), MSG_WAITALL) != sizeof(us))      \
			die("recv");                                                   \
		truth_add(waited[number], now_ns() - from);                            \
	}
LINE(0)
LINE(1)
LINE(2)
LINE(3)

static void *ask(void *arg)
{
	static void (*const lines[])(int, uint32_t) = { ask0, ask1, ask2, ask3 };
	int connection = dial(SOCK_STREAM, &server), one = 1, i;
	uint32_t n;

	(void)arg;
	setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	while (running())
		for (i = 0; i < LINES; i++)
			for (n = 0; n < mix[i].count; n++)
				lines[i](connection, mix[i].us);
	return NULL;
}

static void read_mix(const char *words)
{
	int i, length;

	for (i = 0; i < LINES; i++, words += length + (words[length] == ','))
		if (sscanf(words, "%ux%u%n", &mix[i].us, &mix[i].count, &length) != 2)
			die("the mix is not written as 30x40,200x5,3000x1,0x0");
}

int main(int argc, char **argv)
{
	int listener, threads, i;
	char name[24];

	workload_begin(argc, argv);
	if (argc > 2)
		read_mix(argv[2]);
	threads = argc > 3 ? atoi(argv[3]) : 1;
	for (i = 0; i < LINES; i++) {
		snprintf(name, sizeof(name), "line%d", i);
		waited[i] = truth(name);
	}
	listener = serve(SOCK_STREAM, &server);
	if (!fork_child())
		run_server(listener);
	close(listener);
	for (i = 1; i < threads; i++)
		start_thread(ask, NULL);
	ready();
	ask(NULL);
	truths_print();
	return 0;
}
