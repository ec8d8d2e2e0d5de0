// SPDX-License-Identifier: GPL-2.0-or-later
/* Selects the files of one recording among several. Reads only each file's own description. */
#include "cli/traces/trace_choice.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/units.h"
#include "trace/recording.h"

#define NONE SIZE_MAX

/* A recording that some of the files are of. */
struct candidate {
	struct trace_facts facts; /* of the first file found; its span is that of all */
	bool incident; /* it is one file, and lies inside another recording */
	const char *name;
};

struct choice {
	struct candidate *candidates;
	size_t count;
	size_t *of; /* which candidate each file is of */
	size_t unread, recordings;
};

/* Of one trace a --to and a --from part it: before this, after that. */
static bool parts_one(const struct options *options)
{
	return options->command == COMMAND_DIFF && options->rest_count == 1 &&
	       options->from_count == 1 && options->to_count == 1;
}

void trace_wanted(const struct options *options, size_t side, struct trace_wanted *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (options->at_count)
		ret->at = &options->at[side < options->at_count ? side : 0];
	if (options->from_count && (side || !parts_one(options)))
		ret->from = &options->from[side < options->from_count ? side : 0];
	if (options->to_count && (!side || !parts_one(options)))
		ret->to = &options->to[side < options->to_count ? side : 0];
}

/* ---- candidates ------------------------------------------------------------------------------ */
static void add_file(struct choice *choice, size_t at, const struct trace_facts *facts,
		     bool incident, const char *name)
{
	struct candidate *candidate;
	size_t i;

	for (i = 0; i < choice->count && !incident; i++) {
		candidate = &choice->candidates[i];
		if (candidate->incident || !recording_is_one(&candidate->facts, facts))
			continue;
		if (facts->first_ns < candidate->facts.first_ns)
			candidate->facts.first_ns = facts->first_ns;
		if (facts->last_ns > candidate->facts.last_ns)
			candidate->facts.last_ns = facts->last_ns;
		choice->of[at] = i;
		return;
	}
	choice->of[at] = choice->count;
	choice->recordings += !incident;
	candidate = &choice->candidates[choice->count++];
	candidate->facts = *facts;
	candidate->incident = incident;
	candidate->name = name;
}

static void find_candidates(struct choice *choice, struct trace_input *input,
			    struct trace_facts *scratch)
{
	struct err e;
	size_t i;

	for (i = 0; i < input->count; i++) {
		choice->of[i] = NONE;
		if (recording_facts(input->fds[i], input->names[i], scratch, &e))
			choice->unread++;
		else
			add_file(choice, i, scratch, input->incident[i], input->names[i]);
	}
}

static uint64_t begin_of(const struct candidate *candidate)
{
	return candidate->facts.first_ns + candidate->facts.capture.start_realtime_ns;
}

static uint64_t end_of(const struct candidate *candidate)
{
	return candidate->facts.last_ns + candidate->facts.capture.start_realtime_ns;
}

/* ---- which ----------------------------------------------------------------------------------- */
/* A time on the clock; a time relative to start or end exists in any recording. */
static bool is_absolute(const struct when *when)
{
	return when && (when->kind == WHEN_DATE || when->kind == WHEN_TIME);
}

/*
 * How much of the wanted range it contains, ns; 0 nothing. Without a time on the clock all that
 * have a window are equal.
 */
static uint64_t part_of(const struct candidate *candidate, const struct trace_wanted *wanted)
{
	uint64_t begin = begin_of(candidate), end = end_of(candidate), from = begin, to = end, at;

	if (is_absolute(wanted->at)) {
		if (when_resolve(wanted->at, begin, end, &from))
			return 0;
		to = from + wanted->at->precise_ns;
	}
	if (is_absolute(wanted->from)) {
		if (when_resolve(wanted->from, begin, end, &at))
			return 0;
		from = at;
	}
	if (is_absolute(wanted->to)) {
		if (when_resolve(wanted->to, begin, end, &at))
			return 0;
		to = at;
	}
	from = from > begin ? from : begin;
	to = to < end ? to : end;
	if (from >= to)
		return 0;
	return is_absolute(wanted->at) || is_absolute(wanted->from) || is_absolute(wanted->to) ?
		       to - from :
		       1;
}

/* Segments before incidents: they reach further. Then what holds more, then the newest. */
static bool is_better(const struct choice *choice, const struct trace_wanted *wanted, size_t one,
		      size_t other)
{
	const struct candidate *a = &choice->candidates[one], *b = &choice->candidates[other];
	uint64_t part = part_of(a, wanted), other_part = part_of(b, wanted);

	if (a->incident != b->incident)
		return !a->incident;
	return part != other_part ? part > other_part : end_of(a) > end_of(b);
}

static size_t choose(const struct choice *choice, const struct trace_wanted *wanted)
{
	size_t i, best = NONE;

	for (i = 0; i < choice->count; i++)
		if (part_of(&choice->candidates[i], wanted) &&
		    (best == NONE || is_better(choice, wanted, i, best)))
			best = i;
	return best;
}

static int say_none(const struct choice *choice, struct err *e)
{
	char from[UNITS_UTC_LEN], to[UNITS_UTC_LEN];
	uint64_t begin = UINT64_MAX, end = 0;
	size_t i;

	for (i = 0; i < choice->count; i++) {
		if (begin_of(&choice->candidates[i]) < begin)
			begin = begin_of(&choice->candidates[i]);
		if (end_of(&choice->candidates[i]) > end)
			end = end_of(&choice->candidates[i]);
	}
	if (!choice->count || begin == end)
		return err_set(e, ERR_FAILED, "the directory holds no whole window yet");
	return err_set(e, ERR_USAGE,
		       "no recording in the directory covers that time; %zu of them cover %s to "
		       "%s: give a time or range in one of them",
		       choice->recordings, units_utc(begin, from), units_utc(end, to));
}

static void say_choice(const struct choice *choice, const struct candidate *chosen)
{
	char from[UNITS_UTC_LEN], to[UNITS_UTC_LEN];

	if (choice->unread)
		log_note("%zu files hold no whole window and are left out", choice->unread);
	if (chosen->incident)
		log_note("no segment covers that time any more; reading '%s'", chosen->name);
	else if (choice->recordings > 1)
		log_note("the watch was started %zu times; this is of the recording from %s to %s",
			 choice->recordings, units_utc(begin_of(chosen), from),
			 units_utc(end_of(chosen), to));
}

/* Leaves the files of one candidate alone. */
static void keep_files(struct trace_input *input, const struct choice *choice, size_t chosen)
{
	size_t i, kept = 0;

	for (i = 0; i < input->count; i++) {
		if (choice->of[i] != chosen) {
			close(input->fds[i]);
			free(input->names[i]);
			continue;
		}
		input->fds[kept] = input->fds[i];
		input->names[kept] = input->names[i];
		input->incident[kept++] = input->incident[i];
	}
	input->count = kept;
}

int trace_choose(struct trace_input *input, const struct options *options, size_t side,
		 struct err *e)
{
	struct choice choice = { 0 };
	struct trace_wanted wanted;
	struct trace_facts *scratch = calloc(1, sizeof(*scratch));
	size_t chosen;
	int error = 0;

	choice.candidates = calloc(input->count + 1, sizeof(*choice.candidates));
	choice.of = calloc(input->count + 1, sizeof(*choice.of));
	if (!scratch || !choice.candidates || !choice.of) {
		error = err_set(e, ERR_FAILED, "out of memory; give fewer traces");
	} else {
		find_candidates(&choice, input, scratch);
		trace_wanted(options, side, &wanted);
		chosen = choose(&choice, &wanted);
		if (chosen == NONE)
			error = say_none(&choice, e);
		else
			say_choice(&choice, &choice.candidates[chosen]);
		if (!error)
			keep_files(input, &choice, chosen);
	}
	free(scratch);
	free(choice.candidates);
	free(choice.of);
	return error;
}
