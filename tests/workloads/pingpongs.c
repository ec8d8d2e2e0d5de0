// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * N pairs (argv[2], default 8) of threads, each pair passing a byte to and fro through pipes: as
 * many threads as there are pairs want to run at any time, and they do little but switch.
 */
#include "workload.h"

static void *play(void *arg)
{
	const int *ends = arg;
	char byte;

	while (read(ends[0], &byte, 1) == 1)
		if (write(ends[1], &byte, 1) != 1)
			die("write");
	return arg;
}

int main(int argc, char **argv)
{
	unsigned long pairs = argument(argc, argv, 2, 8), i;

	workload_begin(argc, argv);
	for (i = 0; i < pairs; i++) {
		int(*ends)[2] = calloc(4, sizeof(*ends)), there[2], back[2];

		if (!ends || pipe2(there, O_CLOEXEC) || pipe2(back, O_CLOEXEC))
			die("pipe");
		ends[0][0] = there[0];
		ends[0][1] = back[1];
		ends[1][0] = back[0];
		ends[1][1] = there[1];
		start_thread(play, ends[0]);
		start_thread(play, ends[1]);
		if (write(there[1], "b", 1) != 1)
			die("write");
	}
	ready();
	sleep_to_end();
	return 0;
}
