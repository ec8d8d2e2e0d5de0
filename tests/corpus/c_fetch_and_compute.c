// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fetches records (9 ms each) and computes 11 ms at each, in turn, on one thread. Advised: two
 * threads, which each ask for the next record before they compute at the last.
 */
#include "lib/corpus.h"

static uint64_t *done;
static bool advised;

static void *work(void *unused)
{
	int server = corpus_connect();

	if (advised)
		corpus_ask(server, 8);
	for (;;) {
		if (!advised)
			corpus_ask(server, 8); /* the server rounds up */
		corpus_take(server);
		if (advised)
			corpus_ask(server, 8);
		spin_ns(11 * MS);
		truth_add(done, 1);
	}
	return unused;
}

int main(int argc, char **argv)
{
	advised = corpus_begin(argc, argv);
	done = truth("done");
	ready();
	if (advised)
		start_thread(work, NULL);
	work(NULL);
	return 0;
}
