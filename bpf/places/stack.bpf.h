/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A copy of a thread's registers, stack and Python frames: of the longest waits, and of stalls. */
#ifndef BOUNDBY_STACK_BPF_H
#define BOUNDBY_STACK_BPF_H

#include "maps.bpf.h"

/*
 * Hands the current thread's stack to user space. At the exit of a system call, or at the end of a
 * switch to the thread, why: STACK_BLOCK or 0; STACK_LOCK and STACK_PLACE are added when the ledger
 * asks for them, which then is done. In an interrupt, why: STACK_CPU, or STACK_PLACE for a sample
 * of computing. Returns 0.
 */
__u32 stack_take(struct thread_ledger *ledger, __u32 why);

#endif
