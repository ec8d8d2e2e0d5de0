/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What watching costs: CPU time and memory of our own, and the run time of the BPF programs. The
 * kernel's statistics of these cost as much again, so they are on for a part of the time only; each
 * way of watching is sampled by itself, and what a sample cost stands for the time around it.
 */
#ifndef BOUNDBY_COLLECT_OVERHEAD_H
#define BOUNDBY_COLLECT_OVERHEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "collect/bpf/bpf_session.h"
#include "collect/reader/reader.h"
#include "trace/record.h"

enum overhead_way { OVERHEAD_WATCHING, OVERHEAD_PAUSED, OVERHEAD_BURST, NR_OVERHEAD_WAYS };

struct overhead {
	struct reader *helper; /* borrowed */
	uint64_t cpu_ns; /* our own, as of the start */
	uint64_t since_ns; /* accounted for up to here, 0: the window has not opened */
	enum overhead_way way; /* from there on */
	struct overhead_part {
		uint64_t length_ns, sampled_ns; /* ever */
		uint64_t owed_ns; /* since the last figure: not yet in the sums */
		double rate,
			runs; /* each ns, by the last sample, less what the sampling itself was */
	} parts[NR_OVERHEAD_WAYS];
	double run_ns, runs; /* sums */
	double stats_ns; /* of each run the statistics' own part, not paid while they are off */
	int fd; /* keeps the statistics on, -1 off ... */
	uint64_t on_ns; /* ... since then ... */
	uint64_t on_run_ns, on_runs; /* ... and what had been counted by then */
};

/* helper: borrowed; what it costs is our own. */
void overhead_init(struct overhead *overhead, struct reader *helper);

/* Our own CPU time counts from here on. Needs the rights to load BPF programs. */
void overhead_begin(struct overhead *overhead);

/* The window has opened at window_ns, CLOCK_MONOTONIC. */
void overhead_open(struct overhead *overhead, uint64_t window_ns);

/*
 * From now on it is watched in this way; switches the statistics on and off as that asks for. To be
 * called each tick, and at each change of the way. end: off for now, for a reading.
 */
void overhead_step(struct overhead *overhead, struct bpf_session *session, uint64_t now_ns,
		   enum overhead_way way, bool end);

/*
 * The figures from the window's start to at_ns, which only grow; the rest, from attach_ns on, is
 * the caller's.
 */
void overhead_read(struct overhead *overhead, uint64_t at_ns, struct record_overhead *ret);

void overhead_free(struct overhead *overhead);

#endif
