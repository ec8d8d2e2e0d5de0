/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps the cost of watching within a budget. Takes the cost of the last second; returns what to
 * drop: detail first, then time. Never correctness. Pure.
 */
#ifndef BOUNDBY_WATCH_GOVERNOR_H
#define BOUNDBY_WATCH_GOVERNOR_H

#include <stdbool.h>
#include <stdint.h>

/* What is given up, in this order; each level gives up all before it too. */
enum governor_level {
	GOVERNOR_ALL, /* nothing */
	GOVERNOR_FEWER_PLACES, /* half of the samples of places: their shares are less sure, no more */
	GOVERNOR_NO_STACKS, /* nor bursts: the most expensive, and needed only while something is wrong */
	GOVERNOR_NO_WAKERS,
	GOVERNOR_NO_HISTOGRAMS,
	GOVERNOR_SAMPLED, /* and it watches for a part of the time */
};

#define GOVERNOR_PARTS 16 /* of a cycle */

struct governor {
	double budget; /* of one core */
	uint64_t part_ns; /* of a cycle: a window has some whole ones */
	enum governor_level level;
	unsigned int on_parts; /* of each cycle that is watched, 1 to GOVERNOR_PARTS */
	uint64_t calm_ns; /* for so long it could have been more */
	bool settling; /* the next step is still of what was before */
};

/* window_ns: of what is watched; in each of them there is to be something seen. */
void governor_init(struct governor *governor, double budget, uint64_t window_ns);

/* Over how long costs are to be taken: a second, or a whole cycle where it watches in part. */
uint64_t governor_period_ns(const struct governor *governor);

/*
 * Takes what such a period cost, of one core, NAN not known: the hooks, which cost nothing while it
 * does not watch, and boundby's own process, which does. True: level or on_parts changed.
 */
bool governor_step(struct governor *governor, double hooks, double own);

/* Is this instant one that is watched? ns: since any begin. */
bool governor_watches(const struct governor *governor, uint64_t ns);

/* When that is to be asked again, at the latest. UINT64_MAX: it does not change. */
uint64_t governor_turn_ns(const struct governor *governor, uint64_t ns);

#endif
