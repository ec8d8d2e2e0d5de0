/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A wait has ended: where it was, at which lock, and who ended it. */
#ifndef BOUNDBY_WAIT_END_BPF_H
#define BOUNDBY_WAIT_END_BPF_H

#include "maps.bpf.h"

/*
 * Counts the wait that the thread was in until now, CLOCK_MONOTONIC ns, into the tables. The
 * ledger still is in the state of the wait. Returns 0.
 */
__u32 wait_count(struct thread_ledger *ledger, __u64 now);

/* Floor of the binary logarithm, at most WIRE_HISTOGRAM_LEN - 1. */
__u32 wait_histogram_at(__u64 ns);

/* Adds the stretch that the thread was in its state, until now, to that state's histogram. */
__u32 wait_histogram_add(struct thread_ledger *ledger, __u64 now);

#endif
