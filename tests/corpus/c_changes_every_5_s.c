// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Computes for 5 s, then asks a server that takes 20 ms for 5 s, in turn. Any 10 s hold as
 * much of one as of the other. Advised: a thread for each, at the same time.
 */
#include "lib/corpus.h"

#define HALF_NS (5000 * MS)

static uint64_t *done;
static bool advised;
static int server;

static void compute(uint64_t end)
{
	while (now_ns() < end) {
		spin_ns(20 * MS);
		truth_add(done, 1);
	}
}

static void ask(uint64_t end)
{
	while (now_ns() < end) {
		corpus_get(server, 20);
		truth_add(done, 1);
	}
}

static void *compute_always(void *unused)
{
	compute(UINT64_MAX);
	return unused;
}

int main(int argc, char **argv)
{
	uint64_t end;

	advised = corpus_begin(argc, argv);
	done = truth("done");
	server = corpus_connect();
	if (advised)
		start_thread(compute_always, NULL);
	ready();
	if (advised)
		ask(UINT64_MAX);
	for (end = now_ns();;) {
		compute(end += HALF_NS);
		ask(end += HALF_NS);
	}
}
