/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A copy of a thread's registers, stack and Python frames: of the longest waits, and of stalls. */
#ifndef BOUNDBY_STACK_BPF_H
#define BOUNDBY_STACK_BPF_H

#include "maps.bpf.h"

/*
 * Hands the current thread's stack to user space. why: STACK_BLOCK, STACK_CPU, or 0; STACK_LOCK and
 * STACK_PLACE are added when the ledger asks for them, which is thereby done. To be called at the
 * exit of a system call, at the end of a switch to the thread, or in an interrupt. Returns 0.
 */
__u32 stack_take(struct thread_ledger *ledger, __u32 why);

#endif
