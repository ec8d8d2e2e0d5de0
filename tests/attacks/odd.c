// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Is odd in one way, argv[2]: "mappings" as many as the kernel permits; "deleted" its executable is;
 * "memory" it runs from a file that is in memory alone; "executes" itself all the time; "renames" its
 * threads all the time; "private" as of PR_SET_DUMPABLE 0; "confined" by a filter that ends it when it
 * makes a call that boundby must not make in its name; "rootless" in a user namespace with another root;
 * "crowded" a loop at a set of 200,000 members although few descriptors are open.
 * Truth: three threads wait at `attack_lock` two thirds of the time ("executes": computes a little;
 * "crowded": waits for its timer).
 */
#include "attack.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>

#define MAPPINGS_MAX 1000000
#define MEMBERS 200000
#define MEMBERS_EACH 10000 /* of a process that keeps them open */

/* Neighbours with other rights are not merged. */
static void map_all(void)
{
	int i;

	for (i = 0; i < MAPPINGS_MAX; i++)
		if (mmap(NULL, 4096, i % 2 ? PROT_READ : PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			 0) == MAP_FAILED)
			break;
	munmap((char *)mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 4096);
}

/* Goes on as a copy of itself: a file without a name, or one that is deleted. */
static void become_copy(char **argv, bool memory)
{
	char path[64], as[] = "plain", *arguments[] = { argv[0], argv[1], as, NULL };
	static char bytes[1 << 20];
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), to;
	ssize_t size;

	snprintf(path, sizeof(path), "/tmp/boundby-test-copy-%d", getpid());
	to = memory ? memfd_create("copy", MFD_CLOEXEC) :
		      open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	while (from >= 0 && to >= 0 && (size = read(from, bytes, sizeof(bytes))) > 0)
		if (write(to, bytes, (size_t)size) != size)
			die("copy");
	if (memory) {
		fexecve(to, arguments, environ);
	} else {
		close(to); /* a file that is open to be written is not executed */
		execv(path, arguments);
	}
	die("execute the copy");
}

static void delete_copy(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/tmp/boundby-test-copy-%d", getpid());
	unlink(path);
}

static void execute(char **argv)
{
	char again[] = "again", *arguments[] = { argv[0], argv[1], argv[2], again, NULL };

	if (!argv[3])
		ready();
	spin_cpu_ns(MS / 5);
	sleep_ns(MS);
	execv("/proc/self/exe", arguments);
	die("execute");
}

static void *rename_all(void *unused)
{
	unsigned int i;
	char name[16];

	for (i = 0;; i++) {
		snprintf(name, sizeof(name), "\33[%um|%u\n", i % 8, i);
		prctl(PR_SET_NAME, name);
		if (i % 64 == 0)
			sleep_ns(MS);
	}
	return unused;
}

static void confine(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = sizeof(code) / sizeof(code[0]), .filter = code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		skip("seccomp is not there");
}

static void change_root(void)
{
	if (unshare(CLONE_NEWUSER))
		skip("a user namespace cannot be made");
	if (chroot("/proc/self/fdinfo") || chdir("/"))
		die("chroot");
}

/* A member stays while its file is open, in whichever process. */
static void add_members(int set, int done)
{
	struct epoll_event event = { .events = EPOLLIN };
	int i, file;

	for (i = 0; i < MEMBERS_EACH; i++) {
		file = eventfd(0, 0);
		if (file < 0 || epoll_ctl(set, EPOLL_CTL_ADD, file, &event))
			break;
	}
	if (write(done, &i, sizeof(i)) == sizeof(i))
		sleep_to_end();
}

static void wait_crowded(void)
{
	const struct itimerspec each = { { 0, 5 * MS }, { 0, 5 * MS } };
	struct epoll_event event = { .events = EPOLLIN }, got[2];
	int set = epoll_create1(0), timer = timerfd_create(CLOCK_MONOTONIC, 0);
	int done[2], added, all = 0, i;
	uint64_t ticks;

	if (pipe(done))
		die("pipe");
	for (i = 0; i < MEMBERS / MEMBERS_EACH; i++)
		if (!fork_child())
			add_members(set, done[1]);
	for (i = 0; i < MEMBERS / MEMBERS_EACH; i++)
		if (read(done[0], &added, sizeof(added)) == sizeof(added))
			all += added;
	if (all < MEMBERS)
		skip("there cannot be as many members");
	event.data.fd = timer;
	if (epoll_ctl(set, EPOLL_CTL_ADD, timer, &event) || timerfd_settime(timer, 0, &each, NULL))
		die("timer");
	ready();
	while (epoll_wait(set, got, 2, -1) >= 0)
		if (read(timer, &ticks, sizeof(ticks)) < 0)
			die("read");
}

int main(int argc, char **argv)
{
	const struct rlimit files = { MEMBERS_EACH + 100, MEMBERS_EACH + 100 };
	const char *kind = argc > 2 ? argv[2] : "";

	workload_begin(argc, argv);
	if (!strcmp(kind, "crowded"))
		setrlimit(RLIMIT_NOFILE, &files);
	become_nobody();
	unsetenv("WORKLOAD_TRUTH"); /* what it executes may not open it any more */
	if (!strcmp(kind, "executes"))
		execute(argv);
	if (!strcmp(kind, "memory") || !strcmp(kind, "deleted"))
		become_copy(argv, !strcmp(kind, "memory"));
	delete_copy();
	if (!strcmp(kind, "crowded"))
		wait_crowded();
	if (!strcmp(kind, "rootless"))
		change_root();
	if (!strcmp(kind, "private"))
		prctl(PR_SET_DUMPABLE, 0);
	convoy_start(NULL);
	if (!strcmp(kind, "renames"))
		start_thread(rename_all, NULL);
	if (!strcmp(kind, "mappings"))
		map_all();
	ready();
	if (!strcmp(kind, "confined"))
		confine();
	sleep_to_end();
}
