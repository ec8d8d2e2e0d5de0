/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A clock of each CPU, which runs a BPF program in whatever computes there: a file descriptor for each
 * CPU, and nothing at a switch.
 */
#ifndef BOUNDBY_COLLECT_BPF_CPU_CLOCK_H
#define BOUNDBY_COLLECT_BPF_CPU_CLOCK_H

#include <linux/types.h>
#include <stdbool.h>

/* Zeroed before use, freed by cpu_clock_stop. */
struct cpu_clock {
	int *fds;
	int count;
};

/*
 * Runs the program of this descriptor each period_ns on each of the CPUs that are online; idle ones do
 * not run it. 0, or negative errno and then on none.
 */
int cpu_clock_start(struct cpu_clock *clock, int program, int cpus, __u64 period_ns);

void cpu_clock_stop(struct cpu_clock *clock);

#endif
