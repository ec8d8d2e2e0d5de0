// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads a timer that goes off once a second, and does next to nothing then. */
#include <sys/timerfd.h>

#include "lib/corpus.h"

int main(int argc, char **argv)
{
	struct itimerspec second = { .it_interval.tv_sec = 1, .it_value.tv_sec = 1 };
	int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	uint64_t times;

	corpus_begin(argc, argv);
	if (timer < 0 || timerfd_settime(timer, 0, &second, NULL))
		die("timer");
	ready();
	while (read(timer, &times, sizeof(times)) == sizeof(times))
		;
	return 1;
}
