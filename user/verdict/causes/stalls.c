// SPDX-License-Identifier: GPL-2.0-or-later
/* Groups stalls by cause, call and place. */
#include "verdict/causes/stalls.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/computing.h"
#include "verdict/outcome.h"
#include "verdict/words/wording.h"

static int compare_groups(const void *a, const void *b)
{
	const struct stall_group *one = a, *other = b;

	return (one->share < other->share) - (one->share > other->share);
}

/* The location of a preemption is arbitrary; ignore it. */
static const char *place_of(const struct stall_model *stall)
{
	return stall->cause == STALL_STARVED ? "" : stall->where;
}

/* A call blocks at its line; a computation is anywhere in its function. */
static bool same_place(const char *a, const char *b, enum stall_cause cause)
{
	const char *colon = strrchr(a, ':'), *other = strrchr(b, ':');

	/* nor do addresses without a name say more than their program */
	if (cause == STALL_CPU && !strncmp(a, "0x", 2) && !strncmp(b, "0x", 2))
		return !strcmp(a + strcspn(a, " "), b + strcspn(b, " "));
	if (cause != STALL_CPU || !colon || !other || colon - a != other - b ||
	    strncmp(a, b, (size_t)(colon - a)))
		return !strcmp(a, b);
	colon += 1 + strspn(colon + 1, "0123456789");
	other += 1 + strspn(other + 1, "0123456789");
	return !strcmp(colon, other);
}

static bool is_collection(const struct stall_model *stall)
{
	return stall->cause == STALL_CPU &&
	       computing_stack_collects(stall->frames, stall->frame_count);
}

/* The largest group that computes at a known place; count when there is none. */
static size_t largest_computing(const struct stall_group *groups, size_t count)
{
	size_t found = count, i;

	for (i = 0; i < count; i++)
		if (groups[i].cause == STALL_CPU && !groups[i].collects && groups[i].where[0] &&
		    (found == count || groups[i].share > groups[found].share))
			found = i;
	return found;
}

/*
 * Stalls that compute at a place that could not be read (a runtime's frames are readable only once its layout
 * was found) are no cause beside the others: the places below the cause come from samples, each with
 * its share. Returns how many groups are left.
 */
static size_t join_unplaced(struct stall_group *groups, size_t count)
{
	size_t to = largest_computing(groups, count), i;

	for (i = 0; i < count && to < count; i++)
		if (groups[i].cause == STALL_CPU && !groups[i].collects && !groups[i].where[0]) {
			groups[to].share += groups[i].share;
			groups[to].count += groups[i].count;
			if (groups[i].longest_ns > groups[to].longest_ns)
				groups[to].longest_ns = groups[i].longest_ns;
			memmove(&groups[i], &groups[i + 1], (count - i - 1) * sizeof(*groups));
			return count -
			       1; /* these have no words but "computing": one group at most */
		}
	return count;
}

size_t stalls_group(const struct model *model, const struct process_model *process,
		    struct stall_group *ret)
{
	struct process_range range = model_range(model, process);
	const struct process_model *each;
	double whole = 0;
	size_t count = 0, j, k;
	char detail[128];
	bool collects;

	for (each = range.first; each < range.end; each++)
		for (j = 0; j < each->stall_count; j++) {
			const struct stall_model *stall = &each->stalls[j];

			whole += (double)stall->duration_ns;
			collects = is_collection(stall);
			if (collects)
				snprintf(detail, sizeof(detail), "%s", CAUSE_COLLECTING);
			else
				wording_stall(stall, detail, sizeof(detail));
			for (k = 0; k < count; k++)
				if (ret[k].cause == stall->cause &&
				    !strcmp(ret[k].detail, detail) &&
				    same_place(ret[k].where, place_of(stall), stall->cause))
					break;
			if (k == STALL_MAX_GROUPS)
				continue;
			if (k == count) {
				ret[k] = (struct stall_group){ .cause = stall->cause,
							       .collects = collects,
							       .where = place_of(stall) };
				memcpy(ret[k].detail, detail, sizeof(detail));
				count++;
			}
			ret[k].share += (double)stall->duration_ns;
			ret[k].count++;
			if (ret[k].longest && stall->duration_ns <= ret[k].longest_ns)
				continue;
			ret[k].longest = stall;
			ret[k].longest_ns = stall->duration_ns;
		}
	count = join_unplaced(ret, count);
	for (k = 0; k < count && whole > 0; k++)
		ret[k].share /= whole;
	if (count)
		qsort(ret, count, sizeof(*ret), compare_groups);
	return count;
}
