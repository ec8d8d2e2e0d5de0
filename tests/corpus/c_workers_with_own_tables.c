// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Four worker processes that each build the same table of 80 MiB for themselves and ask a
 * server that takes 20 ms. Advised: the table is built before they are forked, so that they
 * share it.
 */
#include "lib/corpus.h"

#define TABLE (80UL << 20)

static char *build_table(void)
{
	char *table = malloc(TABLE);

	if (!table)
		die("malloc");
	return memset(table, 't', TABLE);
}

int main(int argc, char **argv)
{
	char *table = corpus_begin(argc, argv) ? build_table() : NULL, byte;
	uint64_t *done = truth("done"), i;
	int started[2], worker, server;

	if (pipe2(started, O_CLOEXEC))
		die("pipe");
	for (worker = 0; worker < 4; worker++) {
		if (fork_child())
			continue;
		if (!table)
			table = build_table();
		server = corpus_connect();
		if (write(started[1], "s", 1) != 1)
			die("write");
		for (i = 0;; i += 4096) {
			corpus_get(server, 20);
			truth_add(done, table[i % TABLE] == 't');
		}
	}
	for (worker = 0; worker < 4; worker++)
		if (read(started[0], &byte, 1) != 1)
			die("read");
	ready();
	wait(NULL);
	return 1;
}
