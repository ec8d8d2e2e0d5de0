// SPDX-License-Identifier: GPL-2.0-or-later
/* A watcher that looks at a file five times a second and sleeps in between. */
#include <sys/stat.h>

#include "lib/corpus.h"

int main(int argc, char **argv)
{
	uint64_t *looks;
	struct stat file;

	corpus_begin(argc, argv);
	looks = truth("looks");
	ready();
	for (;;) {
		if (!stat("reload", &file))
			return 1;
		truth_add(looks, 1);
		sleep_ns(200 * MS);
	}
}
