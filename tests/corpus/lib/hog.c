// SPDX-License-Identifier: GPL-2.0-or-later
/* A neighbour that takes CPU: `hog N [NICE]`, N processes that only compute. */
#include <stdlib.h>
#include <sys/prctl.h>
#include <signal.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	long count = argc > 1 ? atol(argv[1]) : 1;
	volatile unsigned long turns = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (argc > 2 && nice(atoi(argv[2])) == -1)
		return 1;
	while (--count > 0)
		if (!fork()) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			break;
		}
	for (;;)
		turns++;
}
