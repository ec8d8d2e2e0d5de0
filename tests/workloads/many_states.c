// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Waits 1 ms in each of five ways, in turn: sleep, poll of an empty pipe, a futex that no
 * thread wakes, a child, a signal that does not come. Truth by construction: each is a state of its own,
 * as often as "rounds" says.
 */
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "workload.h"

static void wait_for_child(void)
{
	pid_t child = fork();

	if (child < 0)
		die("fork");
	if (!child) {
		sleep_ns(MS);
		_exit(0);
	}
	if (waitpid(child, NULL, 0) != child)
		die("waitpid");
}

int main(int argc, char **argv)
{
	const struct timespec shortly = { .tv_nsec = MS };
	uint64_t *rounds;
	uint32_t word = 0;
	struct pollfd set = { .events = POLLIN };
	int ends[2];
	sigset_t none;

	workload_begin(argc, argv);
	rounds = truth("rounds");
	if (pipe(ends))
		die("pipe");
	set.fd = ends[0];
	sigemptyset(&none);
	sigaddset(&none, SIGUSR2);
	ready();
	while (running()) {
		sleep_ns(MS);
		poll(&set, 1, 1);
		syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, &shortly, NULL, 0);
		wait_for_child();
		sigtimedwait(&none, NULL, &shortly);
		truth_add(rounds, 1);
	}
	truths_print();
	return 0;
}
