// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Workers log to a datagram socket whose reader is stuck; when its queue is full they wait in sendto.
 * Advised: a line that finds no room is dropped.
 */
#include <sys/un.h>

#include "lib/corpus.h"

static int sender;
static bool advised;
static uint64_t *done, *dropped;

static __attribute__((noinline)) void write_log(const char *line)
{
	if (send(sender, line, strlen(line), MSG_NOSIGNAL | (advised ? MSG_DONTWAIT : 0)) < 0)
		truth_add(dropped, 1);
}

static void *worker(void *unused)
{
	for (;;) {
		spin_ns(MS / 5);
		write_log("request served");
		truth_add(done, 1);
		sleep_ns(2 * MS);
	}
	return unused;
}

int main(int argc, char **argv)
{
	int pair[2], i;

	advised = corpus_begin(argc, argv);
	done = truth("done");
	dropped = truth("dropped");
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair))
		die("socketpair");
	sender = pair[0];
	if (!fork_child())
		sleep_to_end(); /* has the other end, and does not read it */
	for (i = 0; i < 3; i++)
		start_thread(worker, NULL);
	ready();
	sleep_to_end();
	return 0;
}
