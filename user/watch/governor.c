// SPDX-License-Identifier: GPL-2.0-or-later
/* Chooses the level of detail from measured costs. */
#include "watch/governor.h"

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
#define AIM 0.85 /* of the budget: the next second may cost more than this one */
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

/*
 * Part of the time in which the hooks would cost what is aimed at: they cost in proportion to it.
 * boundby's own process does not, so time is given up for the hooks' cost alone.
 */
static unsigned int parts_for(const struct governor *governor, double hooks)
{
	double parts = floor(governor->on_parts * AIM * governor->budget / hooks);

	if (parts < 1)
		return 1;
	return parts < GOVERNOR_PARTS ? (unsigned int)parts : GOVERNOR_PARTS;
}

static bool watch_less(struct governor *governor, double hooks)
{
	unsigned int parts = parts_for(governor, hooks);

	if (parts >= governor->on_parts)
		return false; /* there is no less than one */
	governor->level = GOVERNOR_SAMPLED;
	governor->on_parts = parts;
	governor->settling = true;
	return true;
}

static bool watch_more(struct governor *governor)
{
	unsigned int more = 2 * governor->on_parts;

	governor->on_parts = more < GOVERNOR_PARTS ? more : GOVERNOR_PARTS;
	if (governor->on_parts == GOVERNOR_PARTS)
		governor->level = GOVERNOR_NO_HISTOGRAMS;
	governor->settling = true;
	return true;
}

static bool give_up(struct governor *governor, double hooks, double own)
{
	enum governor_level most = GOVERNOR_NO_HISTOGRAMS;

	governor->calm_ns = 0;
	/* of all that can be given up, our own process has work with stacks only */
	if (hooks <= governor->budget)
		most = GOVERNOR_NO_STACKS;
	else if (governor->level >= most)
		return watch_less(governor, hooks);
	if (governor->level >= most)
		return false;
	governor->level = hooks + own > FAR_ABOVE * governor->budget ? most : governor->level + 1;
	governor->settling = true;
	return true;
}

static bool give_back(struct governor *governor)
{
	if (governor->level == GOVERNOR_ALL)
		return false;
	governor->level--;
	governor->settling = true;
	return true;
}

/* Has it been calm for long enough, with this period? */
static bool calm(struct governor *governor)
{
	governor->calm_ns += governor_period_ns(governor);
	if (governor->calm_ns < CALM_NS)
		return false;
	governor->calm_ns = 0;
	return true;
}

uint64_t governor_period_ns(const struct governor *governor)
{
	return governor->level == GOVERNOR_SAMPLED ? GOVERNOR_PARTS * governor->part_ns : SECOND_NS;
}

bool governor_step(struct governor *governor, double hooks, double own)
{
	double cost = hooks + own;

	if (isnan(cost))
		return false;
	/* the period in which something changed is of both */
	if (governor->settling) {
		governor->settling = false;
		return false;
	}
	if (governor->level == GOVERNOR_SAMPLED) {
		/* twice the time costs twice as much: not if that is too much again */
		if (2 * hooks <= AIM * governor->budget)
			return calm(governor) && watch_more(governor);
		return hooks > governor->budget && give_up(governor, hooks, own);
	}
	if (cost > governor->budget)
		return give_up(governor, hooks, own);
	/* details cost little each: below half of the budget there is room for one more */
	return cost <= governor->budget / 2 && calm(governor) && give_back(governor);
}

bool governor_watches(const struct governor *governor, uint64_t ns)
{
	return ns / governor->part_ns % GOVERNOR_PARTS < governor->on_parts;
}

uint64_t governor_turn_ns(const struct governor *governor, uint64_t ns)
{
	uint64_t part = ns / governor->part_ns % GOVERNOR_PARTS,
		 begin = ns - ns % governor->part_ns;

	if (governor->on_parts == GOVERNOR_PARTS)
		return UINT64_MAX;
	return begin +
	       governor->part_ns *
		       ((part < governor->on_parts ? governor->on_parts : GOVERNOR_PARTS) - part);
}
