/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps what watching costs within a budget. Receives the cost of the last second; hands on what
 * is to be given up: detail first, then time. Never correctness. Pure.
 */
#ifndef BOUNDBY_VERDICT_GOVERNOR_H
#define BOUNDBY_VERDICT_GOVERNOR_H

#include <stdbool.h>

/* What is given up, in this order; each level gives up all before it too. */
enum governor_level {
	GOVERNOR_ALL, /* nothing */
	GOVERNOR_NO_STACKS, /* nor bursts: the dearest, and needed only while something is wrong */
	GOVERNOR_NO_WAKERS,
	GOVERNOR_NO_HISTOGRAMS,
	GOVERNOR_SAMPLED, /* and it watches for a part of the time */
};

#define GOVERNOR_PARTS 16 /* of a cycle; a tick of the live source each */

struct governor {
	double budget; /* of one core */
	enum governor_level level;
	unsigned int on_parts; /* of each cycle that is watched, 1 to GOVERNOR_PARTS */
	unsigned int calm; /* steps in a row that would have allowed more */
	unsigned int settle; /* steps until the cost shows what was changed last */
};

void governor_init(struct governor *governor, double budget);

/*
 * Takes what a second cost, of one core; to be called once each second. True: level or on_parts
 * changed.
 */
bool governor_step(struct governor *governor, double cost);

/* Is this tick of a cycle one that is watched? Ticks count from 0. */
bool governor_watches(const struct governor *governor, unsigned int tick);

#endif
