// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Calls getppid() without end; its parent traces it and lets it go on 2 ms after each stop, at the start
 * and the end of each call. Truth by construction: stopped, by a tracer with the parent's number.
 */
#include <sys/ptrace.h>
#include <sys/syscall.h>

#include "workload.h"

static void trace(void *arg)
{
	int status;
	pid_t pid;

	for (;;) {
		pid = waitpid(-1, &status, 0);
		if (pid < 0 || !WIFSTOPPED(status))
			exit(1);
		sleep_ns(2 * MS);
		if (ptrace(PTRACE_SYSCALL, pid, 0, 0))
			exit(1);
	}
}

int main(int argc, char **argv)
{
	workload_begin(argc, argv);
	become_target(trace, NULL);
	if (ptrace(PTRACE_TRACEME, 0, 0, 0) || raise(SIGSTOP))
		die("ptrace");
	ready();
	while (running())
		syscall(SYS_getppid);
	return 0;
}
