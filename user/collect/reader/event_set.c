// SPDX-License-Identifier: GPL-2.0-or-later
/* Parses the members of an epoll set from its fdinfo. */
#include "collect/reader/event_set.h"

#include <linux/kcmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "collect/reader/files.h"
#include "lib/clock.h"

#define SLOW_NS 5000000ULL /* of CPU time, which some 20,000 members take */

static void add_member(pid_t pid, unsigned int fd, struct reader_event_set_answer *set)
{
	char path[64], target[32];
	unsigned long inode;
	ssize_t length;

	set->members++;
	snprintf(path, sizeof(path), "/proc/%d/fd/%u", (int)pid, fd);
	length = readlink(path, target, sizeof(target) - 1);
	target[length > 0 ? length : 0] = '\0';
	if (!strcmp(target, "anon_inode:[timerfd]"))
		set->timers++;
	if (sscanf(target, "socket:[%lu]", &inode) != 1)
		return;
	set->sockets++;
	if (set->inode_count < READER_SOCKETS_MAX)
		set->inodes[set->inode_count++] = inode;
}

/* kcmp takes a lock that an exec holds: here, where what waits for it is replaced. */
static bool is_inherited(const struct reader_event_set *set)
{
	return set->ppid && !syscall(SYS_kcmp, set->process.pid, set->ppid, KCMP_FILE,
				     (unsigned long)set->fd, (unsigned long)set->fd);
}

void event_set_read(const struct reader_event_set *set, struct reader_event_set_answer *ret)
{
	uint64_t began_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	char path[64], line[256];
	unsigned int member;
	FILE *info;

	ret->inherited = is_inherited(set);
	if (ret->inherited)
		return;
	snprintf(path, sizeof(path), "/proc/%u/fdinfo/%u", set->process.pid, set->fd);
	info = files_open_proc(path);
	/* the first line is there when the kernel has listed all members */
	if (!info || !fgets(line, sizeof(line), info)) {
		if (info)
			fclose(info);
		return;
	}
	ret->known = 1;
	ret->slow = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - began_ns > SLOW_NS;
	while (!ret->slow && ret->members < READER_MEMBERS_MAX && fgets(line, sizeof(line), info))
		if (sscanf(line, "tfd: %u", &member) == 1)
			add_member((pid_t)set->process.pid, member, ret);
	fclose(info);
}
