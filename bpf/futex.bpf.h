/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Classification of a futex word, done when a thread starts to wait on it. */
#ifndef BOUNDBY_FUTEX_BPF_H
#define BOUNDBY_FUTEX_BPF_H

#include "core_compat.bpf.h"
#include "maps.bpf.h"

/* include/uapi/linux/futex.h */
#define FUTEX_COMMAND 0x7f
#define FUTEX_IS_PRIVATE 0x80
#define FUTEX_COMMAND_WAIT 0
#define FUTEX_COMMAND_REQUEUE 3
#define FUTEX_COMMAND_LOCK_PI 6
#define FUTEX_COMMAND_WAIT_BITSET 9
#define FUTEX_COMMAND_WAIT_REQUEUE_PI 11
#define FUTEX_COMMAND_LOCK_PI2 13
#define FUTEX_NUMBER_OF_OWNER 0x3fffffff /* FUTEX_TID_MASK */

/*
 * Fills ret for a thread that waits at `word`, which is in the memory of the current process when
 * `readable`. operation: command and flags; the value that the word had in the upper half. stack:
 * the thread's stack pointer. Returns the state that the wait counts as.
 */
__u32 futex_look(__u64 word, __u64 operation, __u64 stack, __u32 tgid, struct futex_wait *ret);
#define FUTEX_UNREADABLE (1ULL << 16) /* in operation: not the current thread, leave memory alone */

#endif
