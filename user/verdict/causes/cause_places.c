// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A group of places belongs to the cause with its words; what several processes, or stacks, have at the same line
 * is one place.
 */
#include "verdict/causes/cause_places.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/computing.h"
#include "lib/state_names.h"
#include "lib/units.h"
#include "lib/vec.h"
#include "verdict/causes/shared_locks.h"
#include "verdict/words/wording.h"

#define IN_TURN 1.1 /* cores: threads that need one lock to run cannot use more */
#define Z 1.96 /* standard deviations on each side that 95 % of a normal distribution lie in */

/* Time at a place, as it belongs to a cause. */
struct line {
	size_t cause; /* its number in the verdict */
	const char *where;
	double ns, sampled_ns;
	uint64_t samples;
};

struct lines {
	struct line *lines;
	size_t count, capacity;
	double ns[VERDICT_MAX_CAUSES], sampled_ns[VERDICT_MAX_CAUSES]; /* of each cause */
	uint64_t samples[VERDICT_MAX_CAUSES];
};

double cause_places_margin(uint64_t n, uint64_t samples)
{
	double more = (double)samples + Z * Z, share = ((double)n + Z * Z / 2) / more;

	return Z * sqrt(share * (1 - share) / more);
}

static const struct lock_model *lock_at(const struct process_model *process, uint64_t address)
{
	size_t i;

	for (i = 0; i < process->lock_count && process->locks[i].contention; i++)
		if (process->locks[i].address == address)
			return &process->locks[i];
	return NULL;
}

/* Kind and detail of the cause that the group is a part of. */
static const char *group_words(const struct process_range *range,
			       const struct process_model *process, const struct place_group *group,
			       char *ret, size_t size)
{
	const struct place_site *site = &group->site;
	const struct lock_model *lock = group->lock ? lock_at(process, group->lock) : NULL;
	struct wait_model wait = { .state = site->state,
				   .object = site->object,
				   .device = site->device,
				   .family = site->family,
				   .peer_port = site->peer_port };
	struct shared_lock shared;
	size_t i;

	ret[0] = '\0';
	if (lock) {
		shared_lock_find(range, process, lock, &shared);
		shared_lock_words(&shared, ret, size);
		return state_name(lock->kind == LOCK_GIL ? STATE_GIL : STATE_LOCK);
	}
	memcpy(wait.peer_addr, site->peer_addr, sizeof(wait.peer_addr));
	memcpy(wait.call_name, site->call_name, sizeof(wait.call_name));
	for (i = 0; i < process->wait_count && !wait.file_system[0] && site->device; i++)
		if (process->waits[i].device == site->device)
			memcpy(wait.file_system, process->waits[i].file_system,
			       sizeof(wait.file_system));
	wording_wait(&wait, ret, size);
	return state_name(site->state);
}

static size_t cause_named(const struct verdict *verdict, const char *kind, const char *detail)
{
	size_t i;

	for (i = 0; i < verdict->cause_count; i++)
		if (!strcmp(verdict->causes[i].kind, kind) &&
		    !strcmp(verdict->causes[i].detail, detail))
			break;
	return i;
}

static size_t cause_of(const struct verdict *verdict, const struct process_range *range,
		       const struct process_model *process, const struct place_group *group)
{
	char detail[sizeof(verdict->causes[0].detail)];
	const char *kind = group_words(range, process, group, detail, sizeof(detail));

	return cause_named(verdict, kind, detail);
}

/* The process's GIL, if its threads wait for it and run in turn. NULL: none such. */
static const struct lock_model *gil_in_turn(const struct model *model,
					    const struct process_model *process)
{
	size_t i;

	if ((double)process->time.state_ns[STATE_ON_CPU] > IN_TURN * (double)model->duration_ns)
		return NULL;
	for (i = 0; i < process->lock_count && process->locks[i].contention; i++)
		if (process->locks[i].kind == LOCK_GIL)
			return &process->locks[i];
	return NULL;
}

static void add_place(struct lines *lines, size_t cause, const struct place_model *place)
{
	double ns = (double)place->ns, sampled_ns = place->samples ? ns : 0;

	lines->ns[cause] += ns;
	lines->sampled_ns[cause] += sampled_ns;
	lines->samples[cause] += place->samples;
	if (!place->where[0] || vec_reserve((void **)&lines->lines, &lines->capacity, lines->count,
					    sizeof(*lines->lines)))
		return;
	lines->lines[lines->count++] =
		(struct line){ cause, place->where, ns, sampled_ns, place->samples };
}

static void add_group(struct lines *lines, size_t cause, const struct place_group *group)
{
	size_t i;

	for (i = 0; i < group->place_count; i++)
		add_place(lines, cause, &group->places[i]);
}

/* What was computed belongs to the collector or to the program itself, place by place. */
static void add_computing(struct lines *lines, const struct model *model,
			  const struct verdict *verdict, const struct place_group *group)
{
	size_t own = cause_named(verdict, CAUSE_CPU, CAUSE_COMPUTING);
	size_t collector = cause_named(verdict, CAUSE_GC, CAUSE_COLLECTING), cause, i;

	for (i = 0; i < group->place_count; i++) {
		cause = computing_collects(model, &group->places[i]) ? collector : own;
		if (cause < verdict->cause_count)
			add_place(lines, cause, &group->places[i]);
	}
}

static int compare_where(const void *a, const void *b)
{
	const struct line *one = a, *other = b;

	if (one->cause != other->cause)
		return one->cause < other->cause ? -1 : 1;
	return strcmp(one->where, other->where);
}

static int compare_size(const void *a, const void *b)
{
	const struct line *one = a, *other = b;

	if (one->cause != other->cause)
		return one->cause < other->cause ? -1 : 1;
	if (one->ns != other->ns)
		return one->ns > other->ns ? -1 : 1;
	return strcmp(one->where, other->where);
}

static void merge(struct lines *lines)
{
	size_t i, kept = 0;

	for (i = 0; i < lines->count; i++) {
		struct line *line = &lines->lines[i];

		if (kept && !compare_where(&lines->lines[kept - 1], line)) {
			lines->lines[kept - 1].ns += line->ns;
			lines->lines[kept - 1].sampled_ns += line->sampled_ns;
			lines->lines[kept - 1].samples += line->samples;
			continue;
		}
		lines->lines[kept++] = *line;
	}
	lines->count = kept;
}

/* Shares of the whole, as the cause's own: only the part that was sampled is an estimate. */
static void put_place(const struct lines *lines, const struct line *line,
		      struct verdict_cause *cause)
{
	struct verdict_place *place;
	size_t at = line->cause;

	if (cause->place_count == VERDICT_MAX_PLACES || !(lines->ns[at] > 0))
		return;
	place = &cause->places[cause->place_count++];
	units_printable(line->where, strlen(line->where), place->where, sizeof(place->where));
	place->share = cause->share * line->ns / lines->ns[at];
	place->margin =
		cause->share * lines->sampled_ns[at] / lines->ns[at] *
		(lines->samples[at] ? cause_places_margin(line->samples, lines->samples[at]) : 0);
	place->samples = line->samples;
}

/* Why a cause has no line. */
static const char *why_none(const struct model *model, const struct verdict_cause *cause,
			    const struct lines *lines, size_t at)
{
	if (!strcmp(cause->kind, "starved") || !strcmp(cause->kind, "throttled"))
		return "the place of a thread that is queued for a CPU is arbitrary";
	if (lines->ns[at] > 0)
		return "its stacks could not be read";
	if (model_gave_up(model, DETAIL_AT_STACKS))
		return "stacks were given up to keep the budget";
	return "no sample of it was taken";
}

static void fill(const struct model *model, struct lines *lines, struct verdict *verdict)
{
	size_t i;

	if (lines->count)
		qsort(lines->lines, lines->count, sizeof(*lines->lines), compare_where);
	merge(lines);
	if (lines->count)
		qsort(lines->lines, lines->count, sizeof(*lines->lines), compare_size);
	for (i = 0; i < lines->count; i++)
		put_place(lines, &lines->lines[i], &verdict->causes[lines->lines[i].cause]);
	for (i = 0; i < verdict->cause_count; i++) {
		struct verdict_cause *cause = &verdict->causes[i];

		if (cause->place_count && !cause->where[0])
			memcpy(cause->where, cause->places[0].where, sizeof(cause->where));
		if (!cause->where[0])
			cause->no_place = why_none(model, cause, lines, i);
	}
}

/*
 * What waits for the GIL waits at any line; the line to know is the holder's. While threads run in
 * turn, the one that runs is the one that holds it: the lines that compute are those of the GIL, too.
 */
static void add_process(struct lines *lines, const struct model *model,
			const struct process_range *range, const struct process_model *process,
			struct verdict *verdict)
{
	const struct lock_model *gil = gil_in_turn(model, process);
	char detail[sizeof(verdict->causes[0].detail)];
	size_t i, cause, of_gil = verdict->cause_count;

	if (gil) {
		wording_lock(process, gil, 1, detail, sizeof(detail));
		of_gil = cause_named(verdict, state_name(STATE_GIL), detail);
	}
	for (i = 0; i < process->place_group_count; i++) {
		const struct place_group *group = &process->place_groups[i];

		if (group->site.state != STATE_ON_CPU || group->lock) {
			cause = cause_of(verdict, range, process, group);
			if (cause < verdict->cause_count && cause != of_gil)
				add_group(lines, cause, group);
			continue;
		}
		add_computing(lines, model, verdict, group);
		if (of_gil < verdict->cause_count) {
			add_group(lines, of_gil, group);
			verdict->causes[of_gil].where[0] = '\0';
		}
	}
}

void cause_places_find(const struct model *model, const struct process_model *process,
		       struct verdict *verdict)
{
	struct process_range range = model_range(model, process);
	struct lines lines = { .count = 0 };
	const struct process_model *each;

	for (each = range.first; each < range.end; each++)
		add_process(&lines, model, &range, each, verdict);
	fill(model, &lines, verdict);
	free(lines.lines);
}
