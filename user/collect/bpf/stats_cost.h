/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel's statistics of BPF programs count of themselves. */
#ifndef BOUNDBY_COLLECT_BPF_STATS_COST_H
#define BOUNDBY_COLLECT_BPF_STATS_COST_H

/*
 * Nanoseconds that the BPF statistics report for a run of an empty program: they read the clock
 * around each run, which is included in the result, though it is only paid while they are enabled.
 * Measured on this host, in about a millisecond; 0: cannot be measured.
 */
double stats_cost_measure(void);

#endif
