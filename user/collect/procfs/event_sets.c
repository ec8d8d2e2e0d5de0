// SPDX-License-Identifier: GPL-2.0-or-later
/* Counts the sockets in epoll sets that have input while no thread waits there. */
#include "collect/procfs/event_sets.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "collect/procfs/proc_facts.h"
#include "collect/reader/asks.h"

/*
 * fds of a process whose sets are looked at. The kernel writes all members of a set under the mutex
 * that epoll_wait needs: 100,000 of them hold up the loop for 12 ms, 10,000 not measurably.
 */
#define READ_MOST 10000
#define SETS_AMONG 64 /* a program makes its sets when it starts: they have low numbers */
#define SOCKETS_MAX 256 /* of all its sets */
#define SOCKETS_LEAST 2 /* with one it serves a single partner */
#define LINES_MAX 20000 /* of a table of connections: some 10 ms */

struct socket_list {
	unsigned long inodes[SOCKETS_MAX];
	size_t count;
};

static bool is_set(pid_t pid, unsigned int fd)
{
	static const char set[] = "anon_inode:[eventpoll]";
	char path[64], target[sizeof(set)];

	snprintf(path, sizeof(path), "/proc/%d/fd/%u", (int)pid, fd);
	return readlink(path, target, sizeof(target)) == sizeof(set) - 1 &&
	       !memcmp(target, set, sizeof(set) - 1);
}

static bool is_attended(unsigned int fd, const uint32_t *attended, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (attended[i] == fd)
			return true;
	return false;
}

int event_set_members(struct reader *reader, const struct reader_event_set *set,
		      struct reader_event_set_answer *ret)
{
	if (proc_descriptors(proc_living_task((pid_t)set->process.pid)) > READ_MOST)
		return -E2BIG;
	if (!ask_event_set(reader, set, ret))
		return -EIO;
	return ret->slow ? -E2BIG : 0;
}

/* Adds the sockets of a set, unless it has just one, or came with a fork: then it serves the parent. */
static void add_sockets(struct reader *reader, const struct record_process *process, uint32_t fd,
			struct socket_list *list)
{
	const struct reader_event_set set = { .process = { .pid = process->pid,
							   .start_ns = process->start_ns },
					      .fd = fd,
					      .ppid = process->ppid };
	struct reader_event_set_answer members;
	size_t i;

	if (event_set_members(reader, &set, &members) || members.inode_count < SOCKETS_LEAST)
		return;
	for (i = 0; i < members.inode_count && list->count < SOCKETS_MAX; i++)
		list->inodes[list->count++] = members.inodes[i];
}

/* Those of the sockets whose receive queue in a table of /proc/PID/net is not empty. */
static uint64_t count_pending(pid_t pid, const char *table, const struct socket_list *list)
{
	char path[64], line[512];
	unsigned long received, inode;
	uint64_t found = 0;
	size_t lines = 0, i;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/net/%s", (int)pid, table);
	file = fopen(path, "re");
	if (!file)
		return 0;
	while (lines++ < LINES_MAX && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%*u: %*s %*s %*x %*x:%lx %*x:%*x %*x %*u %*u %lu", &received,
			   &inode) != 2 ||
		    !received)
			continue;
		for (i = 0; i < list->count; i++)
			found += list->inodes[i] == inode;
	}
	fclose(file);
	return found;
}

uint64_t event_sets_pending(struct reader *reader, const struct record_process *process,
			    const uint32_t *attended, size_t count)
{
	struct socket_list list = { .count = 0 };
	pid_t task = proc_living_task((pid_t)process->pid);
	unsigned int fd;

	for (fd = 0; fd < SETS_AMONG && list.count < SOCKETS_MAX; fd++)
		if (!is_attended(fd, attended, count) && is_set(task, fd))
			add_sockets(reader, process, fd, &list);
	if (!list.count)
		return 0;
	return count_pending(task, "tcp", &list) + count_pending(task, "tcp6", &list);
}
