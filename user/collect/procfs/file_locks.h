/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which process holds the file lock that another one waits for. */
#ifndef BOUNDBY_COLLECT_PROCFS_FILE_LOCKS_H
#define BOUNDBY_COLLECT_PROCFS_FILE_LOCKS_H

#include <sys/types.h>

/* By /proc/locks: the holder of what pid waits for; 0: it waits for none, or the holder is not named. */
pid_t file_locks_holder(pid_t pid);

#endif
