/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unit, container and pod, by the path of a control group. */
#ifndef BOUNDBY_COLLECT_PROCFS_CGROUP_IDENTITY_H
#define BOUNDBY_COLLECT_PROCFS_CGROUP_IDENTITY_H

#include "trace/record.h"

/*
 * Fills *ret, except the script, from a path as /proc/PID/cgroup has it. What it does not say is "";
 * the pod is its number alone.
 */
void cgroup_identity_of(const char *path, struct record_label *ret);

#endif
