/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an fd refers to, and what a set of fds waits for. Kernel objects are passed as addresses: a
 * global BPF function, which is verified once, cannot take kernel pointers before 6.12; verified
 * again at each call, these functions took most of the attach time.
 */
#ifndef BOUNDBY_BLOCKED_OBJECT_BPF_H
#define BOUNDBY_BLOCKED_OBJECT_BPF_H

#include "core_compat.bpf.h"
#include "maps.bpf.h"

#define SOCKET_LISTEN 10 /* TCP_LISTEN */
#define POLL_LOOK_PERIOD_NS 1000000 /* epoll waits shorter than this share one look in it */

/* The open file (struct file) behind an fd of a struct files_struct, 0 none. */
__u64 blocked_file(__u64 files, __u32 fd);

/* The kind of a struct file (enum blocked_object); fills the site's peer and device. */
__u32 blocked_object(__u64 file, struct wait_site *site);

/*
 * The state of a thread in poll or select, whose set is in its memory: it must be the current
 * thread. user: struct pollfd[count]; or the read set of fds below limit, which may be NULL.
 */
__u32 poll_array(__u64 files, __u64 user, __u64 count, struct wait_site *site);
__u32 poll_bits(__u64 files, __u64 limit, __u64 user, struct wait_site *site);

/* The same of a set that user space has read; size: of the whole set. */
__u32 poll_listed(__u64 files, const struct wait_resolved *resolved, struct wait_site *site);

/* Examines a struct eventpoll whose wait ends: 1 when it ended for a reply to a request, else 0. */
__u32 poll_look(__u64 set, struct wait_site *site);

/* poll(2) */
struct poll_fd {
	__s32 fd;
	__s16 events;
	__s16 revents;
};

#endif
