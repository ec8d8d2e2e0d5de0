// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds the targets: living processes and threads by PIDs, TIDs, names and cgroups. */
#include "collect/procfs/target.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collect/procfs/proc_facts.h"
#include "lib/vec.h"

#define CGROUP_DEPTH_MAX 32

static bool is_target(const struct target_list *list, pid_t pid)
{
	return index_find(&list->pid_index, (uint64_t)pid) != INDEX_NONE;
}

static int add_process(struct target_list *list, pid_t pid)
{
	if (is_target(list, pid))
		return 0;
	if (vec_reserve((void **)&list->pids, &list->pid_capacity, list->pid_count,
			sizeof(*list->pids)) ||
	    index_add(&list->pid_index, (uint64_t)pid, list->pid_count))
		return -ENOMEM;
	list->pids[list->pid_count++] = pid;
	return 0;
}

static int add_thread(struct target_list *list, pid_t tid)
{
	size_t i;

	for (i = 0; i < list->tid_count; i++)
		if (list->tids[i] == tid)
			return 0;
	if (vec_reserve((void **)&list->tids, &list->tid_capacity, list->tid_count,
			sizeof(*list->tids)))
		return -ENOMEM;
	list->tids[list->tid_count++] = tid;
	return 0;
}

/* Is the process or thread of this number one that can be watched? */
static int check_alive(pid_t number, bool process, struct err *e)
{
	const char *what = process ? "process" : "thread";
	struct proc_stat stat;

	if (proc_stat_read(number, &stat))
		return err_set(e, ERR_NO_TARGET,
			       "no %s %d: it has exited or never existed; find it with `ps -e`",
			       what, (int)number);
	if (stat.kernel_thread)
		return err_set(
			e, ERR_NO_TARGET,
			"%s %d (%s) is a kernel thread, which has no program to judge; give the "
			"PID of a program",
			what, (int)number, stat.comm);
	if (process ? proc_stat_ended(&stat) : stat.state == 'Z' || stat.state == 'X')
		return err_set(
			e, ERR_NO_TARGET,
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

		if (check_alive(pid, true, e))
			return -1;
		group = proc_thread_group(pid);
		if (group == getpid())
			return err_set(
				e, ERR_USAGE,
				"%d is boundby itself, which leaves itself out; give another PID",
				(int)pid);
		/* as perf and strace do: the number of a thread means its process */
		if (add_process(list, group > 0 ? group : pid))
			return err_set(e, ERR_FAILED, "out of memory; give fewer targets");
	}
	for (i = 0; i < config->tid_count; i++) {
		if (check_alive(config->tids[i], false, e))
			return -1;
		if (proc_thread_group(config->tids[i]) == getpid())
			return err_set(e, ERR_USAGE, "thread %d is boundby's own; give another TID",
				       (int)config->tids[i]);
		if (add_thread(list, config->tids[i]))
			return err_set(e, ERR_FAILED, "out of memory; give fewer targets");
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

	if (proc_stat_read(pid, &stat) || stat.kernel_thread || proc_stat_ended(&stat) ||
	    strncmp(stat.comm, search->name, sizeof(stat.comm) - 1) || proc_is_own(pid))
		return 0;
	search->found++;
	return add_process(search->list, pid);
}

/*
 * Adds the processes of one cgroup and of those below it. Counts them; -1 when unreadable. check:
 * leave out kernel threads, which the kernel side would pass over too.
 */
static long add_cgroup(struct target_list *list, const char *path, int depth, bool check)
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
		/* 0: of another PID namespace */
		if (!pid || proc_is_own(pid) ||
		    (check && (proc_stat_read(pid, &stat) || stat.kernel_thread)))
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
		below = add_cgroup(list, file_name, depth + 1, check);
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

static int match_child(pid_t pid, void *arg)
{
	struct family *family = arg;
	struct proc_stat stat;

	if (pid == getpid() || is_target(family->list, pid) || proc_stat_read(pid, &stat) ||
	    stat.kernel_thread || proc_stat_ended(&stat) || !is_target(family->list, stat.ppid))
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

static int resolve_names(const struct live_config *config, struct target_list *list, struct err *e)
{
	size_t i;

	for (i = 0; i < config->name_count; i++) {
		struct name_search search = { .name = config->names[i], .list = list };

		proc_each_process(match_name, &search);
		if (!search.found && !config->endless)
			return err_set(
				e, ERR_NO_TARGET,
				"no process is named '%s'; the name is the one `ps -e -o comm` shows",
				config->names[i]);
	}
	return 0;
}

static int resolve_cgroups(const struct live_config *config, struct target_list *list,
			   struct err *e)
{
	long found;
	size_t i;

	for (i = 0; i < config->cgroup_count; i++) {
		found = add_cgroup(list, config->cgroups[i], 0, true);
		/* a container that is yet to be started has none */
		if (found < 0 && (!config->endless || !access(config->cgroups[i], F_OK)))
			return err_set(
				e, ERR_USAGE,
				"'%s' is not a cgroup that can be read: it has no cgroup.procs; give a "
				"directory below /sys/fs/cgroup",
				config->cgroups[i]);
		if (!found && !config->endless)
			return err_set(e, ERR_NO_TARGET, "cgroup '%s' has no process in it",
				       config->cgroups[i]);
	}
	return 0;
}

int target_resolve(const struct live_config *config, struct target_list *ret, struct err *e)
{
	memset(ret, 0, sizeof(*ret));
	if (resolve_pids(config, ret, e) || resolve_names(config, ret, e) ||
	    resolve_cgroups(config, ret, e)) {
		target_list_free(ret);
		return -1;
	}
	if (config->follow_children && ret->pid_count)
		add_descendants(ret);
	return 0;
}

static int copy_texts(const char *const *texts, size_t count, char ***ret, size_t *ret_count)
{
	*ret = calloc(count + 1, sizeof(**ret));
	for (; *ret && *ret_count < count; (*ret_count)++) {
		(*ret)[*ret_count] = strdup(texts[*ret_count]);
		if (!(*ret)[*ret_count])
			return -ENOMEM;
	}
	return *ret ? 0 : -ENOMEM;
}

int target_spec_keep(const struct live_config *config, struct target_spec *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (!copy_texts(config->names, config->name_count, &ret->names, &ret->name_count) &&
	    !copy_texts(config->cgroups, config->cgroup_count, &ret->cgroups, &ret->cgroup_count))
		return 0;
	target_spec_free(ret);
	return -ENOMEM;
}

int target_look(const struct target_spec *spec, struct target_list *ret)
{
	int error = 0;
	size_t i;

	memset(ret, 0, sizeof(*ret));
	for (i = 0; i < spec->name_count && !error; i++) {
		struct name_search search = { .name = spec->names[i], .list = ret };

		error = proc_each_process(match_name, &search) == -ENOMEM ? -ENOMEM : 0;
	}
	for (i = 0; i < spec->cgroup_count && !error; i++)
		add_cgroup(ret, spec->cgroups[i], 0, false);
	if (error)
		target_list_free(ret);
	return error;
}

static void free_texts(char **texts, size_t count)
{
	while (count)
		free(texts[--count]);
	free(texts);
}

void target_spec_free(struct target_spec *spec)
{
	free_texts(spec->names, spec->name_count);
	free_texts(spec->cgroups, spec->cgroup_count);
	memset(spec, 0, sizeof(*spec));
}

void target_list_free(struct target_list *list)
{
	free(list->pids);
	index_free(&list->pid_index);
	free(list->tids);
	memset(list, 0, sizeof(*list));
}
