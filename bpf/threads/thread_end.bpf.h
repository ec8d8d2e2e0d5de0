/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of a thread. */
#ifndef BOUNDBY_THREAD_END_BPF_H
#define BOUNDBY_THREAD_END_BPF_H

#include "maps.bpf.h"

struct thread_name {
	char comm[WIRE_COMM_LEN];
};

/*
 * Sends the sums of a thread that ends at now, CLOCK_MONOTONIC ns. Global: verified once, not for each way
 * to it. Returns 0.
 */
__u32 thread_emit(struct thread_ledger *ledger, const struct thread_name *name, __u64 now);

#endif
