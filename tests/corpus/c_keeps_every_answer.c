// SPDX-License-Identifier: GPL-2.0-or-later
/* Asks a server that takes 20 ms and keeps what it builds of each answer. Advised: it does not. */
#include "lib/corpus.h"

#define BYTES (512 * 1024)

int main(int argc, char **argv)
{
	bool advised = corpus_begin(argc, argv);
	uint64_t *done = truth("done");
	int server = corpus_connect();
	struct page {
		struct page *next;
		char text[BYTES];
	} *pages = NULL, *page;

	ready();
	for (;;) {
		corpus_get(server, 20);
		page = malloc(sizeof(*page));
		if (!page)
			die("malloc");
		memset(page->text, 'x', BYTES);
		page->next = pages;
		pages = page;
		if (advised) {
			pages = page->next;
			free(page);
		}
		truth_add(done, 1);
	}
}
