/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names and limits of the control groups that a process is in, of version 1 and 2. */
#ifndef BOUNDBY_COLLECT_PROCFS_CGROUP_FACTS_H
#define BOUNDBY_COLLECT_PROCFS_CGROUP_FACTS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "trace/record.h"

/* 0: there is none, or it cannot be read. */
struct cgroup_limits {
	uint64_t memory_limit,
		memory_usage; /* bytes; of the group, or of one above, that is nearest to its limit */
	uint64_t memory_failures; /* times that the limit was hit */
	uint64_t cpu_millis; /* quota: thousandths of a CPU */
};

/* Unit, container and pod of a process; the script is "". */
void cgroup_identity(pid_t pid, struct record_label *ret);

/* Reads the limits of the process's groups and of all above them that are visible. */
void cgroup_limits_read(pid_t pid, struct cgroup_limits *ret);

#endif
