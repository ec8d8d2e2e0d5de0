/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How often waits are sampled: from what threads waited lately to the length from which on a wait is
 * always a sample. Pure.
 */
#ifndef BOUNDBY_COLLECT_PLACE_RATE_H
#define BOUNDBY_COLLECT_PLACE_RATE_H

#include <stdint.h>

enum place_class { PLACE_WORK, PLACE_REST, NR_PLACE_CLASSES };

/* Zeroed before use. */
struct place_rate {
	uint64_t step_ns; /* of the last step, 0 none */
	uint64_t sampled_ns[NR_PLACE_CLASSES]; /* as of then */
	double waiting[NR_PLACE_CLASSES]; /* threads, on average over the last second or so */
};

/*
 * One step. per_s: samples that are wanted; threads: that there are; sampled_ns: the time that all
 * samples so far stood for, with those that were refused. Fills ret_tau_ns: that number of samples a second comes
 * of work, and a tenth of it of rest; for waits longer than it they are fewer. CLOCK_MONOTONIC ns.
 */
void place_rate_step(struct place_rate *rate, double per_s, uint64_t threads,
		     const uint64_t sampled_ns[NR_PLACE_CLASSES], uint64_t now_ns,
		     uint64_t ret_tau_ns[NR_PLACE_CLASSES]);

#endif
