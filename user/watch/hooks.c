// SPDX-License-Identifier: GPL-2.0-or-later
/* Starts the commands of --hook, bounds them in number and time, and tells how they ended. */
#include "watch/hooks.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/process/child.h"
#include "lib/process/core_limit.h"

#define LIFELINE_FD CHILD_FIRST_FD /* to boundby */
#define STDERR_FD (CHILD_FIRST_FD + 1) /* where boundby logs: what a command prints goes there */
#define SIGNALS 64 /* of the kernel */
#define END_NS 2000000000ULL /* that commands have when boundby ends */

static char *const environment[] = {
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", NULL
};

/* From the runner to boundby: how a command ended. */
struct hook_end {
	bool killed; /* its time was up */
	int status; /* as of waitpid; -1: it could not be started */
};

struct hooks {
	int lifeline;
	pid_t runner;
	uint64_t limit_ns;
};

struct user {
	bool given;
	uid_t uid;
	gid_t gid;
};

/* What the runner knows of a command that it started. */
struct hook {
	pid_t pid; /* 0: a free slot */
	int pidfd;
	uint64_t end_ns; /* when its time is up */
	bool killed;
};

/* ---- in the runner --------------------------------------------------------------------------- */
/* What an exec would pass on: nothing of it was meant for commands. Root has its rights by its name. */
static int drop_passed_on(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
	int i;

	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (syscall(SYS_capget, &header, sets))
		return -errno;
	for (i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		sets[i].inheritable = 0;
	return syscall(SYS_capset, &header, sets) ? -errno : 0;
}

static int take_rights(const struct user *user)
{
	int error = drop_passed_on();

	if (error || !user->given)
		return error;
	if (setgroups(0, NULL) || setresgid(user->gid, user->gid, user->gid) ||
	    setresuid(user->uid, user->uid, user->uid))
		return -errno;
	return 0;
}

/* glibc refuses those that it keeps for itself, which may be ignored as well when boundby starts. */
static void default_signals(void)
{
	/* struct sigaction of the kernel: no handler, no flags, no mask */
	static const unsigned char action[64] __attribute__((aligned(8)));
	int number;

	for (number = 1; number <= SIGNALS; number++)
		syscall(SYS_rt_sigaction, number, action, NULL, SIGNALS / 8);
}

/* Becomes the command. Does not return. */
static void become(const char *command, int event)
{
	default_signals();
	setpgid(0, 0);
	dup2(event, STDIN_FILENO);
	dup2(STDERR_FD, STDOUT_FILENO);
	dup2(STDERR_FD, STDERR_FILENO);
	syscall(SYS_close_range, CHILD_FIRST_FD, ~0U, 0);
	core_limit_restore();
	umask(022);
	if (!chdir("/"))
		execle("/bin/sh", "sh", "-c", command, (char *)NULL, environment);
	_exit(127);
}

static void tell(bool killed, int status)
{
	const struct hook_end end = { killed, status };

	send(LIFELINE_FD, &end, sizeof(end), MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* message: command and event, each with its NUL. The event fits into the pipe: no write blocks. */
static void start(struct hook *hook, const char *message, uint64_t end_ns)
{
	const char *event = message + strlen(message) + 1;
	int pipes[2];

	if (pipe(pipes)) {
		tell(false, -1);
		return;
	}
	hook->pid = fork();
	if (!hook->pid)
		become(message, pipes[0]);
	if (hook->pid > 0) {
		setpgid(hook->pid, hook->pid);
		/* a command that does not read it ends before: SIGPIPE is ignored */
		if (write(pipes[1], event, strlen(event)) < 0)
			errno = 0;
		hook->pidfd = (int)syscall(SYS_pidfd_open, hook->pid, 0);
		hook->end_ns = end_ns;
		hook->killed = false;
	} else {
		hook->pid = 0;
		tell(false, -1);
	}
	close(pipes[0]);
	close(pipes[1]);
}

/* Kills the group while the command, dead or not, keeps its number from being given away. */
static void end_group(struct hook *hook)
{
	kill(-hook->pid, SIGKILL);
}

/* Takes in a command that has ended, and kills those whose time is up. */
static void look_after(struct hook *hook, uint64_t now)
{
	siginfo_t info = { 0 };
	int status;

	if (!waitid(P_PID, (id_t)hook->pid, &info, WEXITED | WNOHANG | WNOWAIT) && info.si_pid) {
		end_group(hook); /* nor does what it left in the background stay */
		waitpid(hook->pid, &status, 0);
		tell(hook->killed, status);
		close(hook->pidfd);
		hook->pid = 0;
	} else if (now >= hook->end_ns) {
		hook->killed = true;
		end_group(hook);
		hook->end_ns = now + END_NS; /* what cannot die is killed again */
	}
}

/* A free slot, NULL none. *ret_next_ns: when the time of the first is up; UINT64_MAX none runs. */
static struct hook *find_free(struct hook *hooks, uint64_t *ret_next_ns)
{
	struct hook *free_one = NULL;
	int i;

	*ret_next_ns = UINT64_MAX;
	for (i = 0; i < HOOKS_MAX; i++) {
		if (!hooks[i].pid)
			free_one = &hooks[i];
		else if (hooks[i].end_ns < *ret_next_ns)
			*ret_next_ns = hooks[i].end_ns;
	}
	return free_one;
}

/* Waits for a message (if one can be served), for the end of boundby, of a command or of its time. */
static short wait_lifeline(const struct hook *hooks, bool serve, uint64_t next_ns)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	struct pollfd wait[1 + HOOKS_MAX] = { { .fd = LIFELINE_FD, .events = serve ? POLLIN : 0 } };
	int i, timeout = -1;

	for (i = 0; i < HOOKS_MAX; i++)
		wait[1 + i] = (struct pollfd){ .fd = hooks[i].pid ? hooks[i].pidfd : -1,
					       .events = POLLIN };
	if (next_ns != UINT64_MAX)
		timeout = next_ns > now ? (int)((next_ns - now) / 1000000) + 1 : 0;
	return poll(wait, 1 + HOOKS_MAX, timeout) > 0 ? wait[0].revents : 0;
}

/* The commands that run get until then, and no other is started. */
static void finish_hooks(struct hook *hooks, uint64_t last_ns)
{
	const struct timespec step = { .tv_nsec = 5000000 };
	uint64_t now;
	bool running;
	int i;

	do {
		now = clock_ns(CLOCK_MONOTONIC);
		running = false;
		for (i = 0; i < HOOKS_MAX; i++) {
			if (hooks[i].end_ns > last_ns)
				hooks[i].end_ns = last_ns;
			if (hooks[i].pid)
				look_after(&hooks[i], now);
			running |= hooks[i].pid != 0;
		}
		nanosleep(&step, NULL);
	} while (running && now < last_ns + END_NS); /* what cannot die stays */
}

static void run_hooks(uint64_t limit_ns)
{
	static char message[HOOK_COMMAND_MAX + HOOK_EVENT_MAX + 1];
	struct hook hooks[HOOKS_MAX] = { { 0 } }, *slot;
	uint64_t next_ns, now;
	short lifeline;
	ssize_t got;
	int i;

	for (;;) {
		slot = find_free(hooks, &next_ns);
		lifeline = wait_lifeline(hooks, slot, next_ns);
		now = clock_ns(CLOCK_MONOTONIC);
		got = lifeline & POLLIN ? recv(LIFELINE_FD, message, sizeof(message) - 1, 0) : 0;
		if (got > 0)
			start(slot, message, now + limit_ns);
		else if (lifeline)
			break;
		for (i = 0; i < HOOKS_MAX; i++)
			if (hooks[i].pid)
				look_after(&hooks[i], now);
	}
	finish_hooks(hooks, clock_ns(CLOCK_MONOTONIC) + END_NS);
}

static void runner_main(int lifeline, const struct user *user, uint64_t limit_ns)
{
	const int kept[] = { lifeline, STDERR_FILENO };
	struct hook_end ready = { .status = 0 };

	child_keep_descriptors(kept, sizeof(kept) / sizeof(kept[0]));
	child_ignore_signals();
	prctl(PR_SET_NAME, "boundby-hooks", 0, 0, 0);
	ready.status = -take_rights(user);
	if (send(LIFELINE_FD, &ready, sizeof(ready), MSG_NOSIGNAL) != sizeof(ready) || ready.status)
		return;
	run_hooks(limit_ns);
}

/* ---- in boundby ------------------------------------------------------------------------------ */
/* Not getpwnam: that loads libraries of name services, which a static file cannot. */
static int find_user(const char *name, struct user *ret, struct err *e)
{
	FILE *file = name ? fopen("/etc/passwd", "re") : NULL;
	const struct passwd *row;

	*ret = (struct user){ .given = false };
	while (file && !ret->given && (row = fgetpwent(file)))
		if (!strcmp(row->pw_name, name))
			*ret = (struct user){ true, row->pw_uid, row->pw_gid };
	if (file)
		fclose(file);
	if (!name || ret->given)
		return 0;
	return err_set(e, ERR_USAGE,
		       "there is no user '%s' in /etc/passwd; give --hook-user another", name);
}

static int wait_ready(struct hooks *hooks, const char *user, struct err *e)
{
	struct hook_end ready;

	if (recv(hooks->lifeline, &ready, sizeof(ready), 0) != sizeof(ready))
		return err_set(e, ERR_FAILED, "the process for --hook did not start");
	if (!ready.status)
		return 0;
	return err_set(e, ERR_PERMISSION,
		       "cannot run hooks as %s: %s; start watch as root, or leave "
		       "--hook-user out",
		       user ? user : "this user", strerror(ready.status));
}

int hooks_start(const char *user, uint64_t limit_ns, struct hooks **ret, struct err *e)
{
	struct hooks *hooks;
	struct user found;
	int pair[2];

	*ret = NULL;
	if (find_user(user, &found, e))
		return -1;
	hooks = calloc(1, sizeof(*hooks));
	if (!hooks || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair)) {
		free(hooks);
		return err_set(e, ERR_FAILED, "cannot start the process for --hook: %s",
			       strerror(errno));
	}
	hooks->lifeline = pair[0];
	hooks->limit_ns = limit_ns;
	hooks->runner = fork();
	if (!hooks->runner) {
		runner_main(pair[1], &found, limit_ns);
		_exit(EXIT_FAILURE);
	}
	close(pair[1]);
	if (hooks->runner < 0 || wait_ready(hooks, user, e)) {
		if (hooks->runner < 0)
			err_set(e, ERR_FAILED, "cannot start the process for --hook: %s",
				strerror(errno));
		hooks_stop(hooks);
		return -1;
	}
	*ret = hooks;
	return 0;
}

int hooks_call(struct hooks *hooks, const char *command, const char *event)
{
	struct iovec parts[] = { { (void *)(uintptr_t)command, strlen(command) + 1 },
				 { (void *)(uintptr_t)event, strlen(event) + 1 } };
	const struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };

	if (parts[0].iov_len > HOOK_COMMAND_MAX || parts[1].iov_len > HOOK_EVENT_MAX)
		return -E2BIG;
	return sendmsg(hooks->lifeline, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

void hooks_report(struct hooks *hooks)
{
	struct hook_end end;
	char why[96];

	while (hooks && recv(hooks->lifeline, &end, sizeof(end), MSG_DONTWAIT) == sizeof(end)) {
		if (end.killed)
			snprintf(why, sizeof(why),
				 "the command took longer than %d s and was killed",
				 (int)(hooks->limit_ns / NS_PER_S));
		else if (end.status < 0)
			snprintf(why, sizeof(why), "the command could not be started");
		else if (WIFSIGNALED(end.status))
			snprintf(why, sizeof(why), "signal %d ended the command",
				 WTERMSIG(end.status));
		else if (WEXITSTATUS(end.status))
			snprintf(why, sizeof(why), "the command failed with status %d",
				 WEXITSTATUS(end.status));
		else
			continue;
		log_event("hook", LOG_TEXT("why", why));
	}
}

void hooks_stop(struct hooks *hooks)
{
	if (!hooks)
		return;
	close(hooks->lifeline);
	if (hooks->runner > 0)
		waitpid(hooks->runner, NULL, 0);
	free(hooks);
}
