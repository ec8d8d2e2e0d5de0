// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds the groups in /proc/PID/cgroup and reads their files under /sys/fs/cgroup, as
 * Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst have them. In a container the path
 * may begin outside of what is mounted: then nothing is known.
 */
#include "collect/procfs/cgroup_facts.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collect/procfs/cgroup_identity.h"

#define MOUNT "/sys/fs/cgroup"
#define UNLIMITED (1ULL << 60) /* version 1 says "none" by a number near 2^63 */
#define DEPTH_MOST 16

/* How a version says it. */
struct version {
	const char *controller; /* in /proc/PID/cgroup; "" version 2 */
	const char *mount;
	const char *limit, *usage, *failures;
	const char *failure_word; /* NULL: the file is the number alone */
};

static const struct version memory_versions[] = {
	{ "", MOUNT, "memory.max", "memory.current", "memory.events", "\nmax " },
	{ "memory", MOUNT "/memory", "memory.limit_in_bytes", "memory.usage_in_bytes",
	  "memory.failcnt", NULL },
};

static bool read_text(const char *folder, const char *name, char *ret, size_t size)
{
	char path[PATH_MAX];
	ssize_t length;
	int fd;

	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	length = read(fd, ret, size - 1);
	close(fd);
	ret[length > 0 ? length : 0] = '\0';
	return length > 0;
}

/* The number behind a word; UINT64_MAX: it is none ("max"), or there is no such file. */
static uint64_t read_number(const char *folder, const char *name, const char *word)
{
	char text[512] = "\n", *at, *end;
	uint64_t number;

	if (!read_text(folder, name, text + 1, sizeof(text) - 1))
		return UINT64_MAX;
	at = word ? strstr(text, word) : text;
	if (!at)
		return UINT64_MAX;
	at += word ? strlen(word) : 1;
	number = strtoull(at, &end, 10);
	return end == at ? UINT64_MAX : number;
}

/* Is this controller in a list as "cpu,cpuacct:..."? An empty list is version 2's. */
static bool has_controller(const char *list, const char *controller)
{
	size_t length = strlen(controller), own;

	if (!length)
		return *list == ':';
	for (;; list += own + 1) {
		own = strcspn(list, ",:");
		if (own == length && !strncmp(list, controller, own))
			return true;
		if (list[own] != ',')
			return false;
	}
}

/* Path of the group of a controller ("": of version 2) below its mount; false: there is none. */
static bool group_path(pid_t pid, const char *controller, char *ret, size_t size)
{
	char path[64], line[PATH_MAX + 64], *list, *group;
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)pid);
	file = fopen(path, "re");
	while (file && !found && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		list = strchr(line, ':');
		group = list ? strchr(list + 1, ':') : NULL;
		found = group && !strstr(group, "/..") && has_controller(list + 1, controller);
		if (found)
			snprintf(ret, size, "%s", group + 1);
	}
	if (file)
		fclose(file);
	return found;
}

/* The folder above, below the mount; false: this one is the mount itself. */
static bool go_up(char *folder, const char *mount)
{
	char *slash = strrchr(folder, '/');

	if (!slash || (size_t)(slash - folder) < strlen(mount))
		return false;
	*slash = '\0';
	return true;
}

static void read_memory(const char *folder, const struct version *version,
			struct cgroup_limits *ret)
{
	uint64_t limit = read_number(folder, version->limit, NULL);
	uint64_t usage = read_number(folder, version->usage, NULL), failures;

	if (!limit || limit >= UNLIMITED || usage == UINT64_MAX)
		return;
	if (ret->memory_limit &&
	    (double)usage / (double)limit <= (double)ret->memory_usage / (double)ret->memory_limit)
		return;
	ret->memory_limit = limit;
	ret->memory_usage = usage;
	failures = read_number(folder, version->failures, version->failure_word);
	ret->memory_failures = failures == UINT64_MAX ? 0 : failures;
}

/* "150000 100000" and "max 100000" of version 2, two files of version 1. */
static void read_quota(const char *folder, struct cgroup_limits *ret)
{
	unsigned long long quota, period;
	char text[64];

	if (!read_text(folder, "cpu.max", text, sizeof(text)) ||
	    sscanf(text, "%llu %llu", &quota, &period) != 2) {
		quota = read_number(folder, "cpu.cfs_quota_us", NULL);
		period = read_number(folder, "cpu.cfs_period_us", NULL);
	}
	/* -1 of version 1: none */
	if (quota >= UNLIMITED || !period || period >= UNLIMITED)
		return;
	if (!ret->cpu_millis || quota * 1000 / period < ret->cpu_millis)
		ret->cpu_millis = quota * 1000 / period;
}

static void each_folder(pid_t pid, const struct version *version, bool memory,
			struct cgroup_limits *ret)
{
	char group[PATH_MAX], folder[PATH_MAX + 64];
	int depth;

	if (!group_path(pid, version->controller, group, sizeof(group)))
		return;
	snprintf(folder, sizeof(folder), "%s%s", version->mount, strcmp(group, "/") ? group : "");
	for (depth = 0; depth < DEPTH_MOST; depth++) {
		if (memory)
			read_memory(folder, version, ret);
		else
			read_quota(folder, ret);
		if (!go_up(folder, version->mount))
			return;
	}
}

void cgroup_limits_read(pid_t pid, struct cgroup_limits *ret)
{
	static const struct version cpu_versions[] = {
		{ .controller = "", .mount = MOUNT },
		{ .controller = "cpu", .mount = MOUNT "/cpu" },
	};
	size_t i;

	memset(ret, 0, sizeof(*ret));
	for (i = 0; i < sizeof(memory_versions) / sizeof(memory_versions[0]); i++)
		each_folder(pid, &memory_versions[i], true, ret);
	for (i = 0; i < sizeof(cpu_versions) / sizeof(cpu_versions[0]); i++)
		each_folder(pid, &cpu_versions[i], false, ret);
}

#define POD_LOGS "/var/log/pods" /* the kubelet's: NAMESPACE_NAME_NUMBER */

/* The name of a pod: only the folder of its logs tells it on the host. */
static void name_pod(char *pod, size_t size)
{
	DIR *logs = opendir(POD_LOGS);
	struct dirent *entry;
	const char *number, *end;

	while (logs && (entry = readdir(logs))) {
		number = strrchr(entry->d_name, '_');
		end = strchr(entry->d_name, '_');
		if (!number || end == number || strcmp(number + 1, pod))
			continue;
		snprintf(pod, size, "%.*s/%.*s", (int)(end - entry->d_name), entry->d_name,
			 (int)(number - end - 1), end + 1);
		break;
	}
	if (logs)
		closedir(logs);
}

void cgroup_identity(pid_t pid, struct record_label *ret)
{
	static const char *const controllers[] = { "", "name=systemd", "memory" };
	char path[PATH_MAX];
	size_t i;

	memset(ret, 0, sizeof(*ret));
	for (i = 0; i < sizeof(controllers) / sizeof(controllers[0]); i++) {
		if (!group_path(pid, controllers[i], path, sizeof(path)))
			continue;
		cgroup_identity_of(path, ret);
		if (ret->unit[0] || ret->container[0] || ret->pod[0])
			break;
	}
	if (ret->pod[0])
		name_pod(ret->pod, sizeof(ret->pod));
}
