/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long the waits of a thread lasted: a histogram for each state, and single long intervals. */
#ifndef BOUNDBY_HISTOGRAM_BPF_H
#define BOUNDBY_HISTOGRAM_BPF_H

#include "bits.bpf.h"
#include "core_compat.bpf.h"
#include "maps.bpf.h"

/* Floor of the binary logarithm, at most WIRE_HISTOGRAM_LEN - 1. */
static __always_inline __u32 histogram_slot(__u64 ns)
{
	__u32 at = bits_log2(ns);

	return at < WIRE_HISTOGRAM_LEN ? at : WIRE_HISTOGRAM_LEN - 1;
}

/* Where the histogram of a wait state (counted from WIRE_FIRST_WAIT) is; NULL: it has none. */
static __always_inline struct kept_histogram *histogram_place(struct thread_ledger *ledger,
							      __u32 state)
{
	__u32 at, row;

	if (state >= WIRE_WAIT_STATES)
		return NULL;
	at = ledger->histogram_at[state];
	if (!at)
		return NULL;
	if (at <= LEDGER_HISTOGRAMS)
		return &ledger->histograms[compat_index(at - 1, LEDGER_HISTOGRAMS)];
	row = at - LEDGER_HISTOGRAMS - 1;
	return bpf_map_lookup_elem(&more_histograms, &row);
}

/*
 * A bit for each ledger state whose histogram is known: of those that the thread was ever in, all but
 * those that found no room. Without a place (no wait of the state ended in the watch) it is empty.
 */
__u32 histograms_of(const struct thread_ledger *ledger);

/* Gives the rows of a thread that has ended to others. Returns 0. */
__u32 histograms_free(const struct thread_ledger *ledger);

/* Adds the interval that the thread spent in its state up to now to that state's histogram. */
__u32 wait_histogram_add(struct thread_ledger *ledger, __u64 now);

/* Keeps the histograms as they are, as of the boundary. Returns 0. */
__u32 wait_histograms_snap(struct thread_ledger *ledger);

#endif
