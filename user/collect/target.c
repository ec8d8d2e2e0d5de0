// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds the targets. Receives PIDs, TIDs, names, cgroups; hands on living processes and threads. */
#include "collect/target.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collect/proc_facts.h"
#include "exit_codes.h"
#include "lib/vec.h"

#define CGROUP_DEPTH_MAX 32

static int add(pid_t **numbers, size_t *count, size_t *capacity, pid_t number)
{
	size_t i;

	for (i = 0; i < *count; i++)
		if ((*numbers)[i] == number)
			return 0;
	if (vec_reserve((void **)numbers, capacity, *count, sizeof(**numbers)))
		return -ENOMEM;
	(*numbers)[(*count)++] = number;
	return 0;
}

static int add_process(struct target_list *list, pid_t pid)
{
	return add(&list->pids, &list->pid_count, &list->pid_capacity, pid);
}

/* Is the process or thread of this number one that can be watched? */
static int check_alive(pid_t number, const char *what, struct err *e)
{
	struct proc_stat stat;

	if (proc_stat_read(number, &stat))
		return err_set(e, EXIT_NO_TARGET,
			       "no %s %d: it has ended or never was; look for it with `ps -e`",
			       what, (int)number);
	if (stat.kernel_thread)
		return err_set(
			e, EXIT_NO_TARGET,
			"%s %d (%s) is a kernel thread, which has no program to judge; give the "
			"PID of a program",
			what, (int)number, stat.comm);
	if (stat.state == 'Z' || stat.state == 'X')
		return err_set(
			e, EXIT_NO_TARGET,
			"%s %d (%s) has ended and is a zombie: only its parent %d, which has not "
			"waited for it, can be watched",
			what, (int)number, stat.comm, (int)stat.ppid);
	return 0;
}

static int resolve_pids(const struct live_config *config, struct target_list *list, struct err *e)
{
	size_t i;

	for (i = 0; i < config->pid_count; i++) {
		pid_t pid = config->pids[i], group;

		if (check_alive(pid, "process", e))
			return -1;
		group = proc_thread_group(pid);
		if (group == getpid())
			return err_set(
				e, EXIT_USAGE,
				"%d is boundby itself, which leaves itself out; give another PID",
				(int)pid);
		/* as perf and strace do: the number of a thread means its process */
		if (add_process(list, group > 0 ? group : pid))
			return err_set(e, EXIT_FAILED, "out of memory; give fewer targets");
	}
	for (i = 0; i < config->tid_count; i++) {
		if (check_alive(config->tids[i], "thread", e))
			return -1;
		if (proc_thread_group(config->tids[i]) == getpid())
			return err_set(e, EXIT_USAGE,
				       "thread %d is boundby's own; give another TID",
				       (int)config->tids[i]);
		if (add(&list->tids, &list->tid_count, &list->tid_capacity, config->tids[i]))
			return err_set(e, EXIT_FAILED, "out of memory; give fewer targets");
	}
	return 0;
}

struct name_search {
	const char *name;
	struct target_list *list;
	size_t found;
};

static int match_name(pid_t pid, void *arg)
{
	struct name_search *search = arg;
	struct proc_stat stat;

	if (pid == getpid() || proc_stat_read(pid, &stat) || stat.kernel_thread ||
	    stat.state == 'Z' || strncmp(stat.comm, search->name, sizeof(stat.comm) - 1))
		return 0;
	search->found++;
	return add_process(search->list, pid);
}

/* Adds the processes of one cgroup and of those below it. Counts them; -1 when unreadable. */
static long add_cgroup(struct target_list *list, const char *path, int depth)
{
	char file_name[PATH_MAX];
	struct dirent *entry;
	struct proc_stat stat;
	long found = 0, below;
	FILE *procs;
	DIR *dir;
	int pid;

	if (snprintf(file_name, sizeof(file_name), "%s/cgroup.procs", path) >=
	    (int)sizeof(file_name))
		return -1;
	procs = fopen(file_name, "re");
	if (!procs)
		return -1;
	while (fscanf(procs, "%d", &pid) == 1) {
		if (pid == getpid() || proc_stat_read(pid, &stat) || stat.kernel_thread)
			continue;
		found++;
		if (add_process(list, pid))
			break;
	}
	fclose(procs);
	dir = depth < CGROUP_DEPTH_MAX ? opendir(path) : NULL;
	while (dir && (entry = readdir(dir))) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		if (snprintf(file_name, sizeof(file_name), "%s/%s", path, entry->d_name) >=
		    (int)sizeof(file_name))
			continue;
		below = add_cgroup(list, file_name, depth + 1);
		found += below > 0 ? below : 0;
	}
	if (dir)
		closedir(dir);
	return found;
}

struct family {
	struct target_list *list;
	size_t added;
};

static bool is_target(const struct target_list *list, pid_t pid)
{
	size_t i;

	for (i = 0; i < list->pid_count && list->pids[i] != pid; i++)
		;
	return i < list->pid_count;
}

static int match_child(pid_t pid, void *arg)
{
	struct family *family = arg;
	struct proc_stat stat;

	if (pid == getpid() || is_target(family->list, pid) || proc_stat_read(pid, &stat) ||
	    stat.kernel_thread || stat.state == 'Z' || !is_target(family->list, stat.ppid))
		return 0;
	family->added++;
	return add_process(family->list, pid);
}

/* Children that a target already has count as much as those it will have: nginx's workers. */
static void add_descendants(struct target_list *list)
{
	struct family family = { .list = list };

	do {
		family.added = 0;
		proc_each_process(match_child, &family);
	} while (family.added);
}

int target_resolve(const struct live_config *config, struct target_list *ret, struct err *e)
{
	size_t i;
	long found;

	memset(ret, 0, sizeof(*ret));
	if (resolve_pids(config, ret, e))
		goto fail;
	for (i = 0; i < config->name_count; i++) {
		struct name_search search = { .name = config->names[i], .list = ret };

		proc_each_process(match_name, &search);
		if (!search.found) {
			err_set(e, EXIT_NO_TARGET,
				"no process is named '%s'; the name is the one `ps -e -o comm` shows",
				config->names[i]);
			goto fail;
		}
	}
	for (i = 0; i < config->cgroup_count; i++) {
		found = add_cgroup(ret, config->cgroups[i], 0);
		if (found < 0) {
			err_set(e, EXIT_USAGE,
				"'%s' is not a cgroup that can be read: it has no cgroup.procs; give a "
				"directory below /sys/fs/cgroup",
				config->cgroups[i]);
			goto fail;
		}
		if (!found) {
			err_set(e, EXIT_NO_TARGET, "cgroup '%s' has no process in it",
				config->cgroups[i]);
			goto fail;
		}
	}
	if (config->follow_children && ret->pid_count)
		add_descendants(ret);
	return 0;
fail:
	target_list_free(ret);
	return -1;
}

void target_list_free(struct target_list *list)
{
	free(list->pids);
	free(list->tids);
	memset(list, 0, sizeof(*list));
}
