/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which processes and threads are meant. Receives the live_config; hands on checked numbers. */
#ifndef BOUNDBY_COLLECT_TARGET_H
#define BOUNDBY_COLLECT_TARGET_H

#include "collect/source_live.h"

struct target_list {
	pid_t *pids; /* processes, each with all its threads */
	size_t pid_count, pid_capacity;
	pid_t *tids; /* single threads */
	size_t tid_count, tid_capacity;
};

/*
 * Checks the given numbers and finds what names and cgroups mean at this moment. 0, or -1 with e
 * filled: not found, a zombie, a kernel thread, boundby itself. Free with target_list_free.
 */
int target_resolve(const struct live_config *config, struct target_list *ret, struct err *e);
void target_list_free(struct target_list *list);

#endif
