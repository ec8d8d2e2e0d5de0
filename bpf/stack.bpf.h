/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A copy of a thread's registers and stack, taken only for the longest waits. */
#ifndef BOUNDBY_STACK_BPF_H
#define BOUNDBY_STACK_BPF_H

#include "maps.bpf.h"

/*
 * Hands the current thread's stack to user space, with the request that its ledger holds, which is
 * thereby done. To be called at the exit of a system call. Returns 0.
 */
__u32 stack_take(struct thread_ledger *ledger);

#endif
