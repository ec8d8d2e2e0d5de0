// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads facts about processes from /proc, bounded and checked. */
#include "collect/procfs/proc_facts.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define USER_HZ_NS 10000000ULL /* /proc counts in hundredths of a second, whatever HZ is */
#define FLAG_KTHREAD 0x00200000UL /* PF_KTHREAD in the flags field */
#define TCP_LISTEN_STATE 0x0A
#define CPUS_MOST 8192 /* the most that a kernel is built for */

/* Reads a small file whole into buffer, ended by NUL. Length or negative errno. */
static ssize_t proc_read(const char *path, char *buffer, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length;

	if (fd < 0)
		return -errno;
	length = read(fd, buffer, size - 1);
	if (length < 0)
		length = -errno;
	else
		buffer[length] = '\0';
	close(fd);
	return length;
}

static bool is_zombie(const struct proc_stat *stat)
{
	return stat->state == 'Z' || stat->state == 'X';
}

int proc_stat_read(pid_t pid, struct proc_stat *ret)
{
	unsigned long flags = 0, threads = 0;
	unsigned long long start = 0, size = 0;
	long rss = 0;
	char path[64], text[1024], *open_paren, *close_paren;
	size_t length;
	ssize_t got;
	int ppid = 0;

	memset(ret, 0, sizeof(*ret));
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	got = proc_read(path, text, sizeof(text));
	if (got < 0)
		return (int)got;
	/* the name may hold spaces and parentheses: the last one closes it */
	open_paren = strchr(text, '(');
	close_paren = strrchr(text, ')');
	if (!open_paren || !close_paren || close_paren < open_paren)
		return -EPROTO;
	length = (size_t)(close_paren - open_paren - 1);
	if (length >= sizeof(ret->comm))
		length = sizeof(ret->comm) - 1;
	memcpy(ret->comm, open_paren + 1, length);
	/* fields 3, 4, 9, 20, 22, 23 and 24 of proc(5) */
	if (sscanf(close_paren + 1,
		   " %c %d %*d %*d %*d %*d %lu %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %lu %*d %llu "
		   "%llu %ld",
		   &ret->state, &ppid, &flags, &threads, &start, &size, &rss) != 7)
		return -EPROTO;
	ret->threads = threads;
	ret->ppid = ppid;
	ret->kernel_thread = flags & FLAG_KTHREAD;
	ret->start_ticks = start;
	ret->size_bytes = size;
	ret->rss_bytes = rss > 0 ? (uint64_t)rss * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
	return 0;
}

/* The kernel counts the main thread among the threads until all of them have ended. */
bool proc_stat_ended(const struct proc_stat *stat)
{
	return is_zombie(stat) && stat->threads <= 1;
}

/* A thread of this process that lives, 0 none. */
static pid_t other_task(pid_t pid)
{
	struct proc_stat stat;
	struct dirent *entry;
	char path[64];
	pid_t found = 0, tid;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	dir = opendir(path);
	while (dir && !found && (entry = readdir(dir))) {
		tid = (pid_t)strtol(entry->d_name, NULL, 10);
		if (tid > 0 && !proc_stat_read(tid, &stat) && !is_zombie(&stat))
			found = tid;
	}
	if (dir)
		closedir(dir);
	return found;
}

pid_t proc_living_task(pid_t pid)
{
	struct proc_stat stat;
	pid_t other = 0;

	if (!proc_stat_read(pid, &stat) && is_zombie(&stat) && !proc_stat_ended(&stat))
		other = other_task(pid);
	return other ? other : pid;
}

/* A helper's helper is one too. */
#define HELPERS_DEEP 3

bool proc_is_own(pid_t pid)
{
	struct proc_stat stat;
	int i;

	for (i = 0; i < HELPERS_DEEP && pid > 1; i++) {
		if (pid == getpid())
			return true;
		pid = proc_stat_read(pid, &stat) ? 0 : stat.ppid;
	}
	return pid == getpid();
}

/* "0-1,4": how many CPUs, and a bit for each. */
static void read_cpu_list(const char *at, struct proc_status *ret)
{
	unsigned long first, last;
	char *end;

	for (;; at = end + 1) {
		first = last = strtoul(at, &end, 10);
		if (end == at)
			return;
		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		for (; first <= last && ret->cpus < CPUS_MOST; first++) {
			ret->cpu_mask |= 1ULL << first % 64;
			ret->cpus++;
		}
		if (*end != ',')
			return;
	}
}

int proc_status_read(pid_t pid, struct proc_status *ret)
{
	static const char list[] = "\nCpus_allowed_list:", tracer[] = "\nTracerPid:",
			  swap[] = "\nVmSwap:";
	unsigned long long kib;
	char path[64], text[8192];
	const char *line;
	ssize_t got;

	memset(ret, 0, sizeof(*ret));
	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	got = proc_read(path, text, sizeof(text));
	if (got < 0)
		return (int)got;
	line = strstr(text, tracer);
	if (line)
		ret->tracer = (pid_t)strtol(line + sizeof(tracer) - 1, NULL, 10);
	line = strstr(text, list);
	if (line)
		read_cpu_list(line + sizeof(list) - 1 + strspn(line + sizeof(list) - 1, " \t"),
			      ret);
	line = strstr(text, swap);
	if (line && sscanf(line + sizeof(swap) - 1, "%llu", &kib) == 1)
		ret->swap_bytes = kib * 1024;
	return 0;
}

bool proc_stat_is(const struct proc_stat *stat, uint64_t start_ns)
{
	return stat->start_ticks == start_ns / USER_HZ_NS;
}

void proc_exe_name(pid_t pid, char *ret, size_t size)
{
	char path[64], target[PATH_MAX], *deleted;
	ssize_t length;

	ret[0] = '\0';
	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	length = readlink(path, target, sizeof(target) - 1);
	if (length <= 0)
		return;
	target[length] = '\0';
	deleted = strstr(target, " (deleted)");
	if (deleted)
		*deleted = '\0';
	snprintf(ret, size, "%.*s", (int)size - 1, basename(target));
}

pid_t proc_thread_group(pid_t tid)
{
	char path[64], text[4096], *line;
	ssize_t got;
	int tgid;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)tid);
	got = proc_read(path, text, sizeof(text));
	if (got < 0)
		return (pid_t)got;
	line = strstr(text, "\nTgid:");
	if (!line || sscanf(line, "\nTgid: %d", &tgid) != 1)
		return -EPROTO;
	return tgid;
}

#define MAX_DESCRIPTORS_LISTED 100000

uint64_t proc_descriptors(pid_t pid)
{
	struct dirent *entry;
	struct stat info;
	char path[64];
	uint64_t count = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	/* Linux 6.2 on says it as the size of the directory; before, it is 0 */
	if (!stat(path, &info) && info.st_size > 0)
		return (uint64_t)info.st_size;
	dir = opendir(path);
	if (!dir)
		return UINT64_MAX;
	while (count < MAX_DESCRIPTORS_LISTED && (entry = readdir(dir)))
		count += entry->d_name[0] != '.';
	closedir(dir);
	return count < MAX_DESCRIPTORS_LISTED ? count : UINT64_MAX;
}

/* A program makes its sets when it starts: they have low numbers. */
#define EVENT_SETS_AMONG 64

uint64_t proc_event_sets(pid_t pid)
{
	static const char set[] = "anon_inode:[eventpoll]";
	char path[64], target[sizeof(set)];
	uint64_t count = 0, open_count;
	struct stat info;
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	if (stat(path, &info))
		return UINT64_MAX;
	/* Linux 6.2 on: how many there are; 0 before */
	open_count = info.st_size > 0 ? (uint64_t)info.st_size : UINT64_MAX;
	for (fd = 0; fd < EVENT_SETS_AMONG && open_count; fd++) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
		length = readlink(path, target, sizeof(target));
		open_count -= length >= 0;
		count += length == sizeof(set) - 1 && !memcmp(target, set, sizeof(set) - 1);
	}
	return count;
}

uint64_t proc_shared_bytes(pid_t pid, uint64_t *ret_writable)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	unsigned long long shared, writable;
	char path[64], text[256];

	*ret_writable = 0;
	snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
	if (proc_read(path, text, sizeof(text)) < 0 ||
	    sscanf(text, "%*u %*u %llu %*u %*u %llu", &shared, &writable) != 2)
		return UINT64_MAX;
	*ret_writable = writable * page;
	return shared * page;
}

#define MAX_PARENT_THREADS 32
#define MAX_CHILDREN_TEXT 16384

/* Zombies in a list of numbers as the file `children` has it; UINT64_MAX when it was cut. */
static uint64_t zombies_among(char *text, size_t length)
{
	struct proc_stat stat;
	char *at = text, *end;
	uint64_t count = 0;
	long pid;

	if (length >= MAX_CHILDREN_TEXT - 1)
		return UINT64_MAX;
	for (;; at = end) {
		pid = strtol(at, &end, 10);
		if (end == at)
			return count;
		count += pid > 0 && !proc_stat_read((pid_t)pid, &stat) && stat.state == 'Z';
	}
}

uint64_t proc_zombies(pid_t pid)
{
	char path[64 + NAME_MAX], text[MAX_CHILDREN_TEXT];
	struct dirent *entry;
	uint64_t count = 0, more = 0;
	ssize_t length;
	int threads = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	dir = opendir(path);
	if (!dir)
		return UINT64_MAX;
	while (more != UINT64_MAX && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task/%s/children", (int)pid, entry->d_name);
		length = proc_read(path, text, sizeof(text));
		if (length == -ESRCH)
			continue; /* that thread has ended */
		more = ++threads > MAX_PARENT_THREADS || length < 0 ?
			       UINT64_MAX :
			       zombies_among(text, (size_t)length);
		count += more;
	}
	closedir(dir);
	return more == UINT64_MAX ? UINT64_MAX : count;
}

uint32_t proc_netns(pid_t pid)
{
	struct stat info;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	return stat(path, &info) ? 0 : (uint32_t)info.st_ino;
}

#define LISTENERS_MAX 65536 /* of a table */

static void listeners_of(pid_t pid, const char *table, void (*found)(uint16_t, void *), void *arg)
{
	unsigned int port, state, lines = 0;
	char path[64], line[512];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/net/%s", (int)pid, table);
	file = fopen(path, "re");
	if (!file)
		return;
	/* a heading, then all listeners, then connections, of which there may be many: tcp_get_idx(), 2.6 on */
	while (fgets(line, sizeof(line), file) && lines++ < LISTENERS_MAX) {
		if (sscanf(line, " %*d: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x", &port, &state) != 2)
			continue;
		if (state != TCP_LISTEN_STATE)
			break;
		if (port <= UINT16_MAX)
			found((uint16_t)port, arg);
	}
	fclose(file);
}

void proc_listeners(pid_t pid, void (*found)(uint16_t port, void *arg), void *arg)
{
	listeners_of(pid, "tcp", found, arg);
	listeners_of(pid, "tcp6", found, arg);
}

int proc_each_process(int (*found)(pid_t pid, void *arg), void *arg)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int result = 0;

	if (!proc)
		return -errno;
	while (!result && (entry = readdir(proc)))
		if (isdigit((unsigned char)entry->d_name[0]))
			result = found((pid_t)strtol(entry->d_name, NULL, 10), arg);
	closedir(proc);
	return result;
}

/* The inode of the host's own, the same since Linux 3.8 (PROC_PID_INIT_INO). */
#define HOST_PIDNS_INODE 0xEFFFFFFCUL

bool proc_is_nested(void)
{
	struct stat info;

	return !stat("/proc/self/ns/pid", &info) && info.st_ino != HOST_PIDNS_INODE;
}

uint64_t proc_self_rss(void)
{
	struct proc_stat stat;

	return proc_stat_read(getpid(), &stat) ? 0 : stat.rss_bytes;
}

void proc_boot_id(char *ret, size_t size)
{
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");

	if (!file || !fgets(ret, (int)size, file))
		ret[0] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
	if (file)
		fclose(file);
}
