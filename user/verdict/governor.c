// SPDX-License-Identifier: GPL-2.0-or-later
/* Receives costs; hands on levels. */
#include "verdict/governor.h"

#include <math.h>

#define SECOND_NS 1000000000ULL

/*
 * The kernel's statistics are a sample of 100 ms in each second: one bad second must not give up
 * what took half a minute to get back, and one good one gives nothing back.
 */
#define CALM_NS (15 * SECOND_NS)
#define FAR_ABOVE 1.5 /* times the budget: no single detail saves that much */
#define CYCLES 3 /* in a window, so that no window is without a part that was watched ... */
#define PART_LEAST_NS 50000000ULL /* ... unless it is shorter than a cycle of these: a tick each */
#define PART_MOST_NS 200000000ULL /* a budget is to be kept within 10 s */
#define AIM 0.85 /* of the budget: the next second may be dearer than this one */

void governor_init(struct governor *governor, double budget, uint64_t window_ns)
{
	uint64_t part_ns = window_ns / CYCLES / GOVERNOR_PARTS;

	if (part_ns < PART_LEAST_NS)
		part_ns = PART_LEAST_NS;
	if (part_ns > PART_MOST_NS)
		part_ns = PART_MOST_NS;
	*governor = (struct governor){ .budget = budget,
				       .part_ns = part_ns,
				       .on_parts = GOVERNOR_PARTS };
}

/* Part of the time that would cost what is aimed at; costs are as good as proportional to it. */
static unsigned int parts_for(const struct governor *governor, double cost)
{
	double parts = floor(governor->on_parts * AIM * governor->budget / cost);

	if (parts < 1)
		return 1;
	return parts < GOVERNOR_PARTS ? (unsigned int)parts : GOVERNOR_PARTS;
}

static void sample(struct governor *governor, double cost)
{
	governor->level = GOVERNOR_SAMPLED;
	governor->on_parts = parts_for(governor, cost);
	governor->settling = true;
}

static bool give_up(struct governor *governor, double cost)
{
	unsigned int before = governor->on_parts;

	if (governor->level < GOVERNOR_NO_HISTOGRAMS) {
		governor->level = cost > FAR_ABOVE * governor->budget ? GOVERNOR_NO_HISTOGRAMS :
									governor->level + 1;
		governor->settling = true;
		return true;
	}
	if (governor->level == GOVERNOR_SAMPLED && before == 1)
		return false; /* there is no less than this */
	sample(governor, cost);
	return governor->on_parts != before || before == GOVERNOR_PARTS;
}

static bool give_back(struct governor *governor, double cost)
{
	unsigned int more;

	if (governor->level == GOVERNOR_SAMPLED) {
		more = 2 * governor->on_parts;
		/* twice the time costs twice as much: not if that is too much again */
		if (2 * cost > AIM * governor->budget)
			return false;
		governor->on_parts = more < GOVERNOR_PARTS ? more : GOVERNOR_PARTS;
		governor->settling = true;
		if (governor->on_parts == GOVERNOR_PARTS)
			governor->level = GOVERNOR_NO_HISTOGRAMS;
		return true;
	}
	if (governor->level == GOVERNOR_ALL)
		return false;
	governor->level--;
	governor->settling = true;
	return true;
}

uint64_t governor_period_ns(const struct governor *governor)
{
	return governor->level == GOVERNOR_SAMPLED ? GOVERNOR_PARTS * governor->part_ns : SECOND_NS;
}

bool governor_step(struct governor *governor, double cost)
{
	if (isnan(cost))
		return false;
	/* the period in which something changed is of both */
	if (governor->settling) {
		governor->settling = false;
		return false;
	}
	if (cost > governor->budget) {
		governor->calm_ns = 0;
		return give_up(governor, cost);
	}
	/* details cost little each: below half of the budget there is room for one more */
	if (cost > governor->budget / 2)
		return false;
	governor->calm_ns += governor_period_ns(governor);
	if (governor->calm_ns < CALM_NS)
		return false;
	governor->calm_ns = 0;
	return give_back(governor, cost);
}

bool governor_watches(const struct governor *governor, uint64_t ns)
{
	return ns / governor->part_ns % GOVERNOR_PARTS < governor->on_parts;
}
