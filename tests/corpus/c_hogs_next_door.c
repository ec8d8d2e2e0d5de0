// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A batch job that computes on one thread of its CPU, where eight neighbours compute as well. Its
 * session is nice, so that it gets little of the CPU also where sessions share it (autogroup).
 */
#include "lib/corpus.h"

int main(int argc, char **argv)
{
	int fd = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);
	volatile uint64_t sum = 0;
	uint64_t *done, i;

	corpus_begin(argc, argv);
	if (fd >= 0 && write(fd, "10", 2) != 2)
		die("autogroup");
	done = truth("done");
	ready();
	for (;;) {
		for (i = 0; i < 1000000; i++)
			sum += i * i;
		truth_add(done, 1);
	}
}
