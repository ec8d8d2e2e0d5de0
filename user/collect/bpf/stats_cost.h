/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel's statistics of BPF programs count of themselves. */
#ifndef BOUNDBY_COLLECT_BPF_STATS_COST_H
#define BOUNDBY_COLLECT_BPF_STATS_COST_H

/*
 * Nanoseconds that a run of a program which does nothing is said to take: the statistics read the
 * clock around each run, and that is in what they say, though it is only paid while they are on.
 * Measured on this host, in about a millisecond; 0: it cannot be.
 */
double stats_cost_measure(void);

#endif
