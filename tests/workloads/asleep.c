// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sleeps in one call from before attach to after the end: a read of an empty pipe, or what argv[2]
 * names: pause, sigwait, signalfd, nanosleep, poll. Truth by construction: one state, the whole window.
 */
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>

#include "workload.h"

/* Until a signal comes, which is never sent, in the call that is named. */
static void wait_for_signal(const char *how)
{
	struct signalfd_siginfo info;
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		die("sigprocmask");
	if (!strcmp(how, "sigwait"))
		sigwaitinfo(&set, NULL);
	if (strcmp(how, "signalfd"))
		return;
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (fd < 0 || read(fd, &info, sizeof(info)) < 0)
		die("signalfd");
}

int main(int argc, char **argv)
{
	const char *how = argc > 2 ? argv[2] : "read";
	struct pollfd poll_fd;
	int ends[2];
	char byte;

	workload_begin(argc, argv);
	if (pipe2(ends, O_CLOEXEC))
		die("pipe");
	ready();
	if (!strcmp(how, "pause"))
		sleep_to_end();
	wait_for_signal(how);
	if (!strcmp(how, "nanosleep"))
		sleep_ns(1000000 * SECOND);
	poll_fd = (struct pollfd){ .fd = ends[0], .events = POLLIN };
	if (!strcmp(how, "poll"))
		poll(&poll_fd, 1, -1);
	if (read(ends[0], &byte, 1) != 1)
		die("read");
	return 0;
}
