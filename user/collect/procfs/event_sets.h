/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Epoll sets of a process at which no thread waits while there is input for them. */
#ifndef BOUNDBY_COLLECT_EVENT_SETS_H
#define BOUNDBY_COLLECT_EVENT_SETS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Sockets with input that is not taken (bytes, an end, or a connection to accept) in epoll sets of
 * the process that hold several sockets, are not its parent's as well, and are none of attended:
 * the descriptors of sets at which a thread waited. TCP only. 0 also where it cannot be read.
 */
uint64_t event_sets_pending(pid_t pid, pid_t ppid, const uint32_t *attended, size_t count);

/*
 * Calls found() for each member of an epoll set, which the kernel lists in fdinfo, with the inode
 * of a socket, EVENT_SET_TIMER or 0 for anything else, until it returns false. 0; -E2BIG for a process
 * with too many fds, where reading could hold up the loop itself; or another negative errno.
 */
int event_set_each(pid_t pid, uint32_t fd, bool (*found)(void *arg, unsigned long inode),
		   void *arg);

#define EVENT_SET_TIMER ULONG_MAX /* no inode */

#endif
