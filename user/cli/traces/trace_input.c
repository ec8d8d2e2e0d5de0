// SPDX-License-Identifier: GPL-2.0-or-later
/* Opens traces by name; returns a file source for the selected time range. */
#include "cli/traces/trace_input.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/traces/trace_choice.h"
#include "cli/traces/trace_rows.h"
#include "lib/log.h"
#include "lib/units.h"

/* ---- ranges ---------------------------------------------------------------------------------- */
/* later_ns: that much after the time that was given. */
static int resolve(const struct when *when, uint64_t later_ns, const struct trace_facts *facts,
		   uint64_t *ret_ns, struct err *e)
{
	uint64_t shift = facts->capture.start_realtime_ns, ns;
	char from[UNITS_UTC_LEN], to[UNITS_UTC_LEN];

	if (!when_resolve(when, facts->first_ns + shift, facts->last_ns + shift, &ns)) {
		ns += later_ns;
		*ret_ns = ns > shift ? ns - shift : 1; /* from before the machine was booted */
		return 0;
	}
	return err_set(e, ERR_USAGE, "outside the recording, which covers %s to %s",
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
		if (resolve(wanted.at, 0, facts, &ret->from_ns, e) ||
		    resolve(wanted.at, wanted.at->precise_ns, facts, &ret->to_ns, e))
			return -1;
	}
	if (wanted.from && resolve(wanted.from, 0, facts, &ret->from_ns, e))
		return -1;
	if (wanted.to && resolve(wanted.to, 0, facts, &ret->to_ns, e))
		return -1;
	if (ret->from_ns && ret->from_ns < facts->first_ns)
		ret->from_ns = 0;
	return 0;
}

static void close_files(const int *fds, size_t count)
{
	size_t i;

	for (i = 0; fds && i < count; i++)
		close(fds[i]);
}

/* Copies of the files, for reading them once more. NULL: no memory, or no fd left. */
static int *copy_files(const struct trace_input *input)
{
	int *copies = malloc(input->count * sizeof(*copies));
	size_t i;

	for (i = 0; copies && i < input->count; i++) {
		copies[i] = fcntl(input->fds[i], F_DUPFD_CLOEXEC, 3);
		if (copies[i] >= 0)
			continue;
		close_files(copies, i);
		free(copies);
		return NULL;
	}
	return copies;
}

static int choose_rows(struct trace_input *input, const int *copies, const struct options *options,
		       struct trace_range *range, struct err *e)
{
	if (!copies)
		return err_set(e, ERR_FAILED,
			       "too many files, or too little memory, to choose "
			       "among the processes; give fewer traces");
	if (trace_rows_find(input, copies, options, range, e))
		return -1;
	range->pids = input->pids;
	range->pid_count = input->pid_count;
	range->tids = options->tids;
	range->tid_count = options->tid_count;
	range->no_children = options->no_children;
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
	bool chosen = trace_rows_chosen(options);
	int error, *copies;
	size_t i;

	if (input->recorder && trace_choose(input, options, side, e))
		return -1;
	copies = chosen ? copy_files(input) : NULL;
	error = source_file_open(input->fds, (const char *const *)input->names, input->count, ret,
				 e);
	for (i = 0; i < input->count; i++)
		input->fds[i] = -1;
	if (error) {
		close_files(copies, input->count);
		free(copies);
		return -1;
	}
	facts = source_file_facts(*ret);
	take_settings(options, facts, settings);
	error = fill_range(options, side, facts, &range, e);
	if (error)
		close_files(copies, input->count);
	else if (chosen)
		error = choose_rows(input, copies, options, &range, e);
	free(copies);
	if (!error)
		error = source_file_select(*ret, &range, e);
	if (error)
		(*ret)->ops->close(*ret);
	return error;
}

void trace_input_note_damage(const struct source *source)
{
	const struct trace_damage *damage = source_file_damage(source);
	const struct trace_facts *facts = source_file_facts(source);
	char bytes[UNITS_LEN], time[UNITS_LEN];

	if (damage->bytes || damage->windows)
		log_note(
			"the trace is damaged: %s could not be read, and %llu windows could not be "
			"decoded; %s are missing, the rest is reported",
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
