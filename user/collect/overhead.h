/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What watching costs: run time of the BPF programs, by sample, and CPU time and memory of our own. */
#ifndef BOUNDBY_COLLECT_OVERHEAD_H
#define BOUNDBY_COLLECT_OVERHEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "collect/bpf_session.h"
#include "trace/record.h"

struct overhead {
	uint64_t window_ns; /* 0: not begun */
	uint64_t on_ns; /* time that the kernel's statistics were on */
	uint64_t since_ns; /* ... on since then */
	int fd; /* ... held on by this, -1 off */
	/* bursts of depth syscalls are dear and short: they are measured whole, apart from the rest */
	uint64_t burst_ns, burst_run_ns, burst_runs; /* of those that are over */
	uint64_t burst_from_ns; /* of the one that goes on, 0 none ... */
	uint64_t base_run_ns, base_runs; /* ... and what the programs had cost when it began */
	uint64_t cpu_ns; /* our own, as of the begin */
};

void overhead_init(struct overhead *overhead);

/* Our own CPU time counts from here on. */
void overhead_begin(struct overhead *overhead);

/* The window has opened at window_ns, CLOCK_MONOTONIC. */
void overhead_open(struct overhead *overhead, uint64_t window_ns);

/*
 * Switches the kernel's BPF statistics on for a part of each second, off for the rest; to be
 * called at least every 50 ms. end: off for now, for a reading.
 */
void overhead_sample(struct overhead *overhead, uint64_t now_ns, bool end);

/* A burst of depth syscalls begins now, or is over. */
void overhead_burst(struct overhead *overhead, struct bpf_session *session, uint64_t now_ns,
		    bool begins);

/* The figures from the window's begin to at_ns; the rest, from attach_ns on, is the caller's. */
void overhead_read(const struct overhead *overhead, struct bpf_session *session, uint64_t at_ns,
		   struct record_overhead *ret);

void overhead_free(struct overhead *overhead);

#endif
