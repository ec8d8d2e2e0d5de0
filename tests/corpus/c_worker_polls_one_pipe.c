// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A worker that waits in poll for jobs from one pipe, one every 60 ms, and computes 30 ms at each.
 * It serves nothing else during that time: no event loop.
 */
#include <poll.h>

#include "lib/corpus.h"

static int jobs[2];

static void send_jobs(void *unused)
{
	(void)unused;
	while (write(jobs[1], "j", 1) == 1)
		sleep_ns(60 * MS);
}

int main(int argc, char **argv)
{
	struct pollfd job = { .events = POLLIN };
	uint64_t *done;
	char byte;

	corpus_begin(argc, argv);
	done = truth("done");
	if (pipe2(jobs, O_CLOEXEC))
		die("pipe");
	become_target(send_jobs, NULL);
	job.fd = jobs[0];
	ready();
	for (;;) {
		if (poll(&job, 1, -1) != 1 || read(jobs[0], &byte, 1) != 1)
			continue;
		spin_ns(30 * MS);
		truth_add(done, 1);
	}
}
