/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long the waits of a thread lasted: a histogram for each state, and single long intervals. */
#ifndef BOUNDBY_HISTOGRAM_BPF_H
#define BOUNDBY_HISTOGRAM_BPF_H

#include "bits.bpf.h"
#include "maps.bpf.h"

/* Floor of the binary logarithm, at most WIRE_HISTOGRAM_LEN - 1. */
static __always_inline __u32 histogram_slot(__u64 ns)
{
	__u32 at = bits_log2(ns);

	return at < WIRE_HISTOGRAM_LEN ? at : WIRE_HISTOGRAM_LEN - 1;
}

/* Adds the interval that the thread spent in its state up to now to that state's histogram. */
__u32 wait_histogram_add(struct thread_ledger *ledger, __u64 now);

/* Keeps the histograms as they are, of the states that the thread was ever in. Returns 0. */
__u32 wait_histograms_snap(struct thread_ledger *ledger);

#endif
