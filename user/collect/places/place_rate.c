// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A wait of d ns is a sample with the probability min(1, d / tau). Threads that wait w ns in a second
 * all together thus give at most w / tau samples: tau = w / n for n samples. The weights of the samples
 * are an unbiased measure of w. All threads waiting is the most that w can be, and what it is taken for until
 * there is a measure.
 */
#include "collect/places/place_rate.h"

#include <math.h>

#define MEMORY_S 1.0
#define TAU_LEAST_NS 1000.0 /* shorter waits cost less than their stacks */
#define TAU_MOST_NS 60e9
#define PART_OF_REST 0.1 /* of the samples of work */

void place_rate_step(struct place_rate *rate, double per_s, uint64_t threads,
		     const uint64_t sampled_ns[NR_PLACE_CLASSES], uint64_t now_ns,
		     uint64_t ret_tau_ns[NR_PLACE_CLASSES])
{
	double passed_s = rate->step_ns ? (double)(now_ns - rate->step_ns) / 1e9 : 0, was, tau;
	double share = exp(-passed_s / MEMORY_S);
	int i;

	for (i = 0; i < NR_PLACE_CLASSES; i++) {
		was = (double)(sampled_ns[i] - rate->sampled_ns[i]) / 1e9;
		if (!rate->step_ns)
			rate->waiting[i] = (double)threads;
		else if (passed_s > 0)
			rate->waiting[i] =
				share * rate->waiting[i] + (1 - share) * (was / passed_s);
		rate->waiting[i] = fmin(rate->waiting[i], (double)threads);
		rate->sampled_ns[i] = sampled_ns[i];
		tau = rate->waiting[i] * 1e9 / (i == PLACE_REST ? PART_OF_REST * per_s : per_s);
		ret_tau_ns[i] = (uint64_t)fmin(fmax(tau, TAU_LEAST_NS), TAU_MOST_NS);
	}
	rate->step_ns = now_ns;
}
