// SPDX-License-Identifier: GPL-2.0-or-later
/* Closes fds, resets signals and sets limits in a child process. */
#include "lib/process/child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DESCRIPTORS_MAX 4

/* The sanitizers' runtime, NULL in other builds. */
void __sanitizer_sandbox_on_notify(void *reserved) __attribute__((weak));

bool child_is_sanitized(void)
{
	return __sanitizer_sandbox_on_notify;
}

void child_keep_descriptors(const int *fds, size_t count)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), above[DESCRIPTORS_MAX], fd;
	int first_free = CHILD_FIRST_FD + (int)count;
	size_t i;

	/* above the places that they go to */
	for (i = 0; i < count && i < DESCRIPTORS_MAX; i++)
		above[i] = fcntl(fds[i], F_DUPFD, first_free);
	for (fd = 0; null >= 0 && fd < (child_is_sanitized() ? 2 : 3); fd++)
		dup2(null, fd);
	for (i = 0; i < count && i < DESCRIPTORS_MAX; i++)
		dup2(above[i], CHILD_FIRST_FD + (int)i);
	if (syscall(SYS_close_range, first_free, ~0U, 0))
		for (fd = first_free; fd < 65536; fd++) /* before Linux 5.9 */
			close(fd);
}

void child_ignore_signals(void)
{
	static const int ignored[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGUSR1, SIGUSR2 };
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t none;
	size_t i;

	sigaction(SIGCHLD, &action, NULL);
	action.sa_handler = SIG_IGN;
	for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		sigaction(ignored[i], &action, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

void child_set_limit(int resource, rlim_t limit)
{
	const struct rlimit both = { limit, limit };

	setrlimit((__rlimit_resource_t)resource, &both);
}
