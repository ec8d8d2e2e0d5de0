// SPDX-License-Identifier: GPL-2.0-or-later
/* Opens traces by name; returns a file source for the selected time range. */
#include "cli/trace_input.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/trace_choice.h"
#include "exit_codes.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/units.h"

#define QUIET_NS 500000000ULL /* reading that is done by then needs no progress line */

/* ---- ranges ---------------------------------------------------------------------------------- */
static int resolve(const struct when *when, const struct trace_facts *facts, uint64_t *ret_ns,
		   struct err *e)
{
	uint64_t shift = facts->capture.start_realtime_ns, ns;
	char from[UNITS_UTC_LEN], to[UNITS_UTC_LEN];

	if (!when_resolve(when, facts->first_ns + shift, facts->last_ns + shift, &ns)) {
		*ret_ns = ns > shift ? ns - shift : 1;
		return 0;
	}
	return err_set(e, EXIT_USAGE, "outside the recording, which covers %s to %s",
		       units_utc(facts->first_ns + shift, from),
		       units_utc(facts->last_ns + shift, to));
}

/* The range of one side: diff has one for each, or one for both. */
static int fill_range(const struct options *options, size_t side, const struct trace_facts *facts,
		      struct trace_range *ret, struct err *e)
{
	struct trace_wanted wanted;

	trace_wanted(options, side, &wanted);
	if (wanted.at) {
		if (resolve(wanted.at, facts, &ret->from_ns, e))
			return -1;
		ret->to_ns = ret->from_ns + wanted.at->precise_ns;
	}
	if (wanted.from && resolve(wanted.from, facts, &ret->from_ns, e))
		return -1;
	if (wanted.to && resolve(wanted.to, facts, &ret->to_ns, e))
		return -1;
	if (ret->from_ns && ret->from_ns < facts->first_ns)
		ret->from_ns = 0;
	ret->pids = options->pids;
	ret->pid_count = options->pid_count;
	ret->tids = options->tids;
	ret->tid_count = options->tid_count;
	ret->no_children = options->no_children;
	return 0;
}

/* Thresholds of the recording apply unless they are set again. */
static void take_settings(const struct options *options, const struct trace_facts *facts,
			  struct verdict_settings *ret)
{
	size_t i;
	int t;

	*ret = options->verdict;
	for (i = 0; i < facts->setting_count; i++)
		for (t = 0; t < NR_THRESHOLDS; t++) {
			double value;

			if (strncmp(facts->settings[i].name, thresholds[t].name,
				    sizeof(facts->settings[i].name)) ||
			    options->set & 1u << t)
				continue;
			memcpy(&value, &facts->settings[i].value, sizeof(value));
			if (isfinite(value) && value >= 0)
				ret->threshold[t] = value;
		}
}

int trace_input_open(struct trace_input *input, const struct options *options, size_t side,
		     struct verdict_settings *settings, struct source **ret, struct err *e)
{
	struct trace_range range = { 0 };
	const struct trace_facts *facts;
	size_t i;
	int error;

	if (input->recorder && trace_choose(input, options, side, e))
		return -1;
	error = source_file_open(input->fds, (const char *const *)input->names, input->count, ret,
				 e);
	for (i = 0; i < input->count; i++)
		input->fds[i] = -1;
	if (error)
		return -1;
	facts = source_file_facts(*ret);
	take_settings(options, facts, settings);
	if (fill_range(options, side, facts, &range, e) || source_file_select(*ret, &range, e)) {
		(*ret)->ops->close(*ret);
		return -1;
	}
	return 0;
}

void trace_input_note_damage(const struct source *source)
{
	const struct trace_damage *damage = source_file_damage(source);
	const struct trace_facts *facts = source_file_facts(source);
	char bytes[UNITS_LEN], time[UNITS_LEN];

	if (damage->bytes || damage->windows)
		log_note("the trace is damaged: %s could not be read, and %llu windows not be "
			 "understood; %s are missing, the rest is reported",
			 units_bytes(damage->bytes, bytes), (unsigned long long)damage->windows,
			 damage->missing_ns ? units_time(damage->missing_ns, time) :
					      "no whole windows");
	else if (damage->missing_ns)
		log_note("%s of the recording are missing; the rest is reported",
			 units_time(damage->missing_ns, time));
	else if (!facts->ended)
		log_note("the recording goes on, or was cut off; what was written up to then is "
			 "reported");
}

/* ---- progress -------------------------------------------------------------------------------- */
void trace_progress_begin(struct trace_progress *progress, const struct source *source)
{
	progress->source = source;
	progress->terminal = isatty(STDERR_FILENO);
	progress->shown = -1;
	progress->since_ns = clock_ns(CLOCK_MONOTONIC);
}

void trace_progress_show(void *arg)
{
	struct trace_progress *progress = arg;
	int share;

	if (!progress->terminal || clock_ns(CLOCK_MONOTONIC) - progress->since_ns < QUIET_NS)
		return;
	share = (int)(100 * source_file_progress(progress->source));
	if (share == progress->shown)
		return;
	progress->shown = share;
	fprintf(stderr, "\rreading: %d %%", share);
}

void trace_progress_end(struct trace_progress *progress)
{
	if (progress->shown >= 0)
		fprintf(stderr, "\r\033[K");
}
