/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long the waits of a thread lasted: a histogram for each state, and single long intervals. */
#ifndef BOUNDBY_HISTOGRAM_BPF_H
#define BOUNDBY_HISTOGRAM_BPF_H

#include "maps.bpf.h"

/*
 * Floor of the binary logarithm, at most WIRE_HISTOGRAM_LEN - 1, by halves: clang 14 has no clz for
 * BPF.
 */
static __always_inline __u32 histogram_slot(__u64 ns)
{
	__u32 at = 0;

	if (ns >> 32) {
		ns >>= 32;
		at += 32;
	}
	if (ns >> 16) {
		ns >>= 16;
		at += 16;
	}
	if (ns >> 8) {
		ns >>= 8;
		at += 8;
	}
	if (ns >> 4) {
		ns >>= 4;
		at += 4;
	}
	if (ns >> 2) {
		ns >>= 2;
		at += 2;
	}
	at += ns >> 1;
	return at < WIRE_HISTOGRAM_LEN ? at : WIRE_HISTOGRAM_LEN - 1;
}

/* The same as a call. */
__u32 wait_histogram_at(__u64 ns);

/* Adds the interval that the thread spent in its state up to now to that state's histogram. */
__u32 wait_histogram_add(struct thread_ledger *ledger, __u64 now);

/* Keeps the histograms as they are, of the states that the thread was ever in. Returns 0. */
__u32 wait_histograms_snap(struct thread_ledger *ledger);

#endif
