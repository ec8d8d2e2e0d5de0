/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Classification of a futex word, done when a thread starts to wait on it. */
#ifndef BOUNDBY_FUTEX_BPF_H
#define BOUNDBY_FUTEX_BPF_H

#include "core_compat.bpf.h"
#include "futex_words.h"
#include "maps.bpf.h"

/*
 * Fills ret for a thread that waits at `word`, which is in the memory of the current process when
 * `readable`. operation: command and flags; the value that the word had in the upper half. stack:
 * the thread's stack pointer. Returns the state that the wait counts as.
 */
__u32 futex_look(__u64 word, __u64 operation, __u64 stack, __u32 tgid, struct futex_wait *ret);

/* The state that a wait at a word of this kind counts as. */
__u32 futex_state(__u32 kind);
#define FUTEX_UNREADABLE (1ULL << 16) /* in operation: not the current thread, leave memory alone */

#endif
