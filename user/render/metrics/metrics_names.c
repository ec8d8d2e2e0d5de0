// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Chooses which names have series of their own, and keeps the sums of a bounded number of names,
 * and of all others together.
 *
 * A window is added to the series of its name if that is shown in it, else to "other"; never to
 * both, and never later. So no series ever decreases, the sum over all of them grows by exactly the
 * window, and a name that returns continues where it stopped: for that its sums are kept while it
 * is not shown. Moving them to "other" and back would make one of them jump and the other fall.
 * Only a name without a process for a while, or the one not shown for longest when there are too
 * many of these, is forgotten, and restarts at 0: as for a program that was restarted.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/vec.h"
#include "render/metrics/metrics_parts.h"

#define WINDOWS_KEPT 10 /* without a process: longer than any scrape interval is */
#define NS_PER_S 1000000000u

/* ---- sums ------------------------------------------------------------------------------------ */
void metrics_time_add(struct metrics_time *to, uint64_t ns)
{
	to->s += ns / NS_PER_S;
	to->ns += (uint32_t)(ns % NS_PER_S);
	if (to->ns >= NS_PER_S) {
		to->ns -= NS_PER_S;
		to->s++;
	}
}

static void time_join(struct metrics_time *to, const struct metrics_time *from)
{
	to->s += from->s;
	metrics_time_add(to, from->ns);
}

static void sums_join(struct metrics_sums *to, const struct metrics_sums *from)
{
	int i;

	for (i = 0; i < NR_STATES; i++)
		time_join(&to->state[i], &from->state[i]);
	time_join(&to->throttled, &from->throttled);
	to->voluntary += from->voluntary;
	to->involuntary += from->involuntary;
	to->migrations += from->migrations;
	to->has_loop |= from->has_loop;
	for (i = 0; i <= METRICS_BOUNDS; i++)
		to->lags[i] += from->lags[i];
	time_join(&to->busy, &from->busy);
	for (i = 0; i < NR_STALL_CAUSES; i++)
		to->stalls[i] += from->stalls[i];
	time_join(&to->stalled, &from->stalled);
}

/* Of programs that have nothing to do with each other there is no class, and no ratio. */
static void now_join(struct metrics_now *to, const struct metrics_now *from)
{
	to->processes += from->processes;
	to->threads += from->threads;
	if (to->resident_bytes != RECORD_UNKNOWN)
		to->resident_bytes =
			from->processes && from->resident_bytes == RECORD_UNKNOWN ?
				RECORD_UNKNOWN :
				to->resident_bytes + (from->processes ? from->resident_bytes : 0);
	to->busy_cores += from->busy_cores;
	to->throttled_unknown |= from->throttled_unknown;
	to->lags_unknown |= from->lags_unknown;
}

/* No process: it does nothing, and that is known; what its memory and class were is not. */
static void now_clear(struct metrics_now *now)
{
	now->processes = now->threads = 0;
	now->resident_bytes = RECORD_UNKNOWN;
	now->busy_cores = 0;
	now->contention = now->starvation = now->ratio = NAN;
	now->class = -1;
}

/* ---- groups ---------------------------------------------------------------------------------- */
static uint64_t hash_of(const struct metrics_key *key)
{
	uint64_t hash = index_hash(key->process, strlen(key->process) + 1, 0);

	hash = index_hash(key->label, strlen(key->label) + 1, hash);
	return index_hash(key->thread, strlen(key->thread), hash);
}

struct metrics_group *metrics_group_of(struct metrics_groups *groups, const struct metrics_key *key)
{
	uint64_t hash = hash_of(key);
	size_t at = index_find(&groups->index, hash);
	struct metrics_group *group;

	if (at != INDEX_NONE)
		return &groups->items[at];
	if (vec_reserve((void **)&groups->items, &groups->capacity, groups->count,
			sizeof(*group)) ||
	    vec_reserve((void **)&groups->candidates, &groups->candidate_capacity, groups->count,
			sizeof(*groups->candidates)) ||
	    index_add(&groups->index, hash, groups->count))
		return NULL;
	group = &groups->items[groups->count++];
	memset(group, 0, sizeof(*group));
	group->key = *key;
	now_clear(&group->now);
	return group;
}

void metrics_groups_free(struct metrics_groups *groups)
{
	free(groups->items);
	free(groups->candidates);
	index_free(&groups->index);
	memset(groups, 0, sizeof(*groups));
}

/* ---- the table ------------------------------------------------------------------------------- */
int metrics_table_new(struct metrics_table *table, size_t max, const char *other_thread)
{
	table->max = max;
	table->names = calloc(2 * max, sizeof(*table->names));
	memcpy(table->other.key.process, METRICS_OTHER, sizeof(METRICS_OTHER));
	memcpy(table->other.key.thread, other_thread, strlen(other_thread) + 1);
	return table->names ? 0 : -ENOMEM;
}

void metrics_table_free(struct metrics_table *table)
{
	free(table->names);
}

/* Finds the groups' names, and forgets names that have had no group for long. */
static void match(struct metrics_table *table, struct metrics_groups *groups, uint64_t number)
{
	struct metrics_name *name;
	size_t i;

	for (i = 0; i < groups->count; i++)
		groups->items[i].name = SIZE_MAX;
	for (i = 0; i < 2 * table->max; i++) {
		name = &table->names[i];
		if (!name->used)
			continue;
		name->group = index_find(&groups->index, hash_of(&name->key));
		name->rank_ns /= 2;
		if (name->group != INDEX_NONE) {
			groups->items[name->group].name = i;
			name->rank_ns += groups->items[name->group].work_ns;
			name->seen = number;
		} else if (number - name->seen > WINDOWS_KEPT) {
			name->used = name->shown = false;
		}
		now_clear(&name->now);
	}
}

/* A free place; if there is none, that of the name that was out of sight for longest. */
static size_t free_place(struct metrics_table *table, struct metrics_groups *groups)
{
	size_t oldest = SIZE_MAX, i;

	for (i = 0; i < 2 * table->max; i++) {
		const struct metrics_name *name = &table->names[i];

		if (!name->used)
			return i;
		if (!name->shown &&
		    (oldest == SIZE_MAX || name->shown_last < table->names[oldest].shown_last))
			oldest = i;
	}
	if (table->names[oldest].group != INDEX_NONE)
		groups->items[table->names[oldest].group].name = SIZE_MAX;
	return oldest;
}

static void show(struct metrics_table *table, struct metrics_groups *groups, size_t at,
		 uint64_t number)
{
	struct metrics_group *group = &groups->items[at];
	struct metrics_name *name;

	if (group->name == SIZE_MAX) {
		group->name = free_place(table, groups);
		name = &table->names[group->name];
		memset(name, 0, sizeof(*name));
		name->key = group->key;
		name->used = true;
		name->rank_ns = group->work_ns;
		name->seen = number;
		name->group = at;
		now_clear(&name->now);
	}
	table->names[group->name].shown = true;
}

static int compare_candidates(const void *a, const void *b)
{
	const struct metrics_candidate *one = a, *other = b;

	if (one->work_ns != other->work_ns)
		return one->work_ns > other->work_ns ? -1 : 1;
	return (one->group > other->group) - (one->group < other->group);
}

static bool is_shown(const struct metrics_table *table, const struct metrics_group *group)
{
	return group->name != SIZE_MAX && table->names[group->name].shown;
}

/* The name shown that worked least of late, if there is no room for more; else NULL. */
static struct metrics_name *least_shown(struct metrics_table *table)
{
	struct metrics_name *least = NULL;
	size_t shown = 0, i;

	for (i = 0; i < 2 * table->max; i++) {
		struct metrics_name *name = &table->names[i];

		if (!name->used || !name->shown)
			continue;
		shown++;
		if (!least || name->rank_ns < least->rank_ns)
			least = name;
	}
	return shown < table->max ? NULL : least;
}

/*
 * A name that is not shown replaces one that is, if it worked more in this window than the other in
 * this and, with decreasing weight, the previous windows: so two of similar work do not alternate.
 */
static void choose(struct metrics_table *table, struct metrics_groups *groups, uint64_t number)
{
	struct metrics_candidate *candidates = groups->candidates;
	struct metrics_name *least;
	size_t count = 0, i;

	for (i = 0; i < groups->count; i++)
		/* a program may call itself so */
		if (!is_shown(table, &groups->items[i]) &&
		    strcmp(groups->items[i].key.process, METRICS_OTHER))
			candidates[count++] =
				(struct metrics_candidate){ groups->items[i].work_ns, i };
	if (count)
		qsort(candidates, count, sizeof(*candidates), compare_candidates);
	for (i = 0; i < count; i++) {
		least = least_shown(table);
		if (least && least->rank_ns >= candidates[i].work_ns)
			break;
		if (least)
			least->shown = false;
		show(table, groups, candidates[i].group, number);
	}
}

void metrics_table_add(struct metrics_table *table, struct metrics_groups *groups, uint64_t number)
{
	struct metrics_name *other = &table->other;
	size_t i;

	match(table, groups, number);
	choose(table, groups, number);
	now_clear(&other->now);
	other->now.resident_bytes = 0;
	other->now.throttled_unknown = other->now.lags_unknown = false;
	for (i = 0; i < groups->count; i++) {
		struct metrics_group *group = &groups->items[i];

		if (is_shown(table, group)) {
			struct metrics_name *name = &table->names[group->name];

			sums_join(&name->sums, &group->sums);
			name->now = group->now;
			name->shown_last = number;
		} else {
			sums_join(&other->sums, &group->sums);
			now_join(&other->now, &group->now);
			table->has_other = true;
		}
	}
}
