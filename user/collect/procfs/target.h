/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which processes and threads the live_config selects. Names and cgroups may be looked up
 * repeatedly: a process stays monitored until it ends, even after it leaves the cgroup or changes
 * its name.
 */
#ifndef BOUNDBY_COLLECT_PROCFS_TARGET_H
#define BOUNDBY_COLLECT_PROCFS_TARGET_H

#include "collect/live_config.h"
#include "lib/index.h"

struct target_list {
	pid_t *pids; /* processes, each with all its threads */
	size_t pid_count, pid_capacity;
	struct index pid_index; /* by number */
	pid_t *tids; /* single threads */
	size_t tid_count, tid_capacity;
};

/* What may be looked up again: names and cgroups. All zero: none. Freed by target_spec_free. */
struct target_spec {
	char **names; /* comm */
	size_t name_count;
	char **cgroups; /* directories */
	size_t cgroup_count;
};

/*
 * Checks the given PIDs and TIDs and resolves names and cgroups as of now. 0, or -1 with e filled:
 * not found, a zombie, a kernel thread, boundby itself. When config->endless, names and cgroups
 * without a match are no error. Free with target_list_free.
 */
int target_resolve(const struct live_config *config, struct target_list *ret, struct err *e);
/* Copies the names and cgroups of a configuration. 0 or -ENOMEM. */
int target_spec_keep(const struct live_config *config, struct target_spec *ret);
/*
 * Processes that have one of the names, or are in one of the cgroups (v1 or v2), now. 0 or -ENOMEM.
 */
int target_look(const struct target_spec *spec, struct target_list *ret);
void target_spec_free(struct target_spec *spec);
void target_list_free(struct target_list *list);

#endif
