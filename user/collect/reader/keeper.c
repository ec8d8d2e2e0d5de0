// SPDX-License-Identifier: GPL-2.0-or-later
/* Forks helpers on request, and kills those that miss their deadline. */
#include "collect/reader/keeper.h"

#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "collect/reader/limits.h"
#include "collect/reader/server.h"
#include "lib/process/child.h"
#include "lib/clock.h"
#include "lib/process/sandbox.h"

#define CONTROL_FD CHILD_FIRST_FD
#define END_NS 20000000ULL /* what SIGKILL takes, unless the kernel cannot end it now */
#define STOP_NS 500000000ULL
#define STEP_NS 500000

/* A helper's socket comes with it as ancillary data. */
struct started {
	pid_t pid; /* 0: none */
};

/* ---- in the keeper ---------------------------------------------------------------------------- */
/*
 * Other programs' memory and maps take SYS_PTRACE, their files DAC_READ_SEARCH, /proc/PID/map_files
 * CHECKPOINT_RESTORE (5.9), for which SYS_ADMIN stands in where that is all there is.
 */
static int drop_rights(struct err *e)
{
	const int files = sandbox_permits(CAP_CHECKPOINT_RESTORE) ? CAP_CHECKPOINT_RESTORE :
								    CAP_SYS_ADMIN;
	const int kept[] = { CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH, files };

	child_set_limit(RLIMIT_CORE, 0);
	if (sandbox_keep(kept, sizeof(kept) / sizeof(kept[0]), e))
		return -1;
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	return 0;
}

static void help(int socket, pid_t keeper)
{
	const int kept[] = { socket };

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != keeper)
		return;
	child_keep_descriptors(kept, 1);
	server_run(CHILD_FIRST_FD);
}

/* Has the helper ended? */
static bool end_helper(pid_t pid)
{
	const struct timespec step = { .tv_nsec = STEP_NS };
	uint64_t until_ns = clock_ns(CLOCK_MONOTONIC) + END_NS;

	kill(pid, SIGKILL);
	for (;;) {
		if (waitpid(pid, NULL, WNOHANG))
			return true;
		if (clock_ns(CLOCK_MONOTONIC) >= until_ns)
			return false;
		nanosleep(&step, NULL);
	}
}

static void say_started(pid_t pid, int socket)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr header;
	} control = { .bytes = { 0 } };
	struct started started = { pid };
	struct iovec part = { &started, sizeof(started) };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	if (pid) {
		message.msg_control = control.bytes;
		message.msg_controllen = sizeof(control.bytes);
		control.header = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int)),
						   .cmsg_level = SOL_SOCKET,
						   .cmsg_type = SCM_RIGHTS };
		memcpy(CMSG_DATA(&control.header), &socket, sizeof(socket));
	}
	sendmsg(CONTROL_FD, &message, MSG_NOSIGNAL);
}

static pid_t start_helper(void)
{
	pid_t keeper = getpid(), pid;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair)) {
		say_started(0, -1);
		return 0;
	}
	pid = fork();
	if (!pid) {
		help(pair[1], keeper);
		_exit(EXIT_FAILURE);
	}
	say_started(pid > 0 ? pid : 0, pair[0]);
	close(pair[0]);
	close(pair[1]);
	return pid > 0 ? pid : 0;
}

/* Until boundby closes its end, or is gone. */
static void keep(int control)
{
	const int kept[] = { control };
	pid_t helper = 0;
	int left = 0;
	struct err e = { 0 };
	char word;

	child_keep_descriptors(kept, 1);
	child_ignore_signals();
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	prctl(PR_SET_NAME, "boundby-reader", 0, 0, 0);
	if (drop_rights(&e))
		return;
	while (recv(CONTROL_FD, &word, sizeof(word), 0) == sizeof(word)) {
		while (left && waitpid(-1, NULL, WNOHANG) > 0)
			left--;
		if (helper && !end_helper(helper))
			left++;
		helper = 0;
		if (left < HELPERS_LEFT_MAX)
			helper = start_helper();
		else
			say_started(0, -1);
	}
	if (helper)
		kill(helper, SIGKILL);
}

/* ---- in boundby ------------------------------------------------------------------------------- */
int keeper_start(struct keeper *keeper, struct err *e)
{
	int pair[2];
	pid_t pid;

	*keeper = (struct keeper){ .control = -1 };
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return err_set(e, ERR_FAILED, "cannot start the reader: %s", strerror(errno));
	pid = fork();
	if (!pid) {
		keep(pair[1]);
		_exit(EXIT_FAILURE);
	}
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return err_set(e, ERR_FAILED, "cannot start the reader: %s", strerror(errno));
	}
	keeper->pid = pid;
	keeper->control = pair[0];
	return 0;
}

/* The socket in a message, -1 none. */
static int socket_of(struct msghdr *message)
{
	const struct cmsghdr *header = CMSG_FIRSTHDR(message);
	int socket = -1;

	if (header && header->cmsg_type == SCM_RIGHTS && header->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&socket, CMSG_DATA(header), sizeof(socket));
	return socket;
}

/* Waits for what the keeper says. */
static bool wait_started(const struct keeper *keeper, const volatile int *stop)
{
	struct pollfd wait = { .fd = keeper->control, .events = POLLIN };
	uint64_t began = clock_ns(CLOCK_MONOTONIC), most;

	do {
		/* in steps: the end may be asked for just before it waits */
		if (poll(&wait, 1, LOOK_NS / 1000000) > 0)
			return wait.revents & POLLIN;
		most = stop && *stop ? STOPPING_DEADLINE_NS : START_DEADLINE_NS;
	} while (clock_ns(CLOCK_MONOTONIC) < began + most);
	return false;
}

int keeper_another(struct keeper *keeper, const volatile int *stop, pid_t *ret_pid)
{
	char control[CMSG_SPACE(sizeof(int))], word = 0;
	struct started started = { 0 };
	struct iovec part = { &started, sizeof(started) };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };

	if (keeper->control < 0 ||
	    send(keeper->control, &word, sizeof(word), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return -1;
	if (wait_started(keeper, stop) &&
	    recvmsg(keeper->control, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) ==
		    sizeof(started)) {
		*ret_pid = started.pid;
		return socket_of(&message);
	}
	/* its answers would be to other requests from now on */
	keeper_stop(keeper);
	return -1;
}

void keeper_stop(struct keeper *keeper)
{
	const struct timespec step = { .tv_nsec = STEP_NS };
	uint64_t until_ns = clock_ns(CLOCK_MONOTONIC) + STOP_NS;

	if (keeper->control >= 0)
		close(keeper->control);
	keeper->control = -1;
	while (keeper->pid && !waitpid(keeper->pid, NULL, WNOHANG)) {
		if (clock_ns(CLOCK_MONOTONIC) >= until_ns) {
			kill(keeper->pid, SIGKILL); /* its helper goes with it */
			waitpid(keeper->pid, NULL, 0);
			break;
		}
		nanosleep(&step, NULL);
	}
	keeper->pid = 0;
}
