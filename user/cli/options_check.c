// SPDX-License-Identifier: GPL-2.0-or-later
/* What only all options together can tell. Receives them parsed; hands on a sentence if they clash. */
#include <string.h>

#include "cli/options.h"
#include "exit_codes.h"

/* What a command takes beside what all take. */
enum takes {
	TAKES_TARGETS = 1 << 0,
	TAKES_FILES = 1 << 1,
	TAKES_RANGE = 1 << 2,
	TAKES_OUTPUT = 1 << 3,
	TAKES_TIMES = 1 << 4, /* duration, interval, events */
	TAKES_TWO_RANGES = 1 << 5,
	TAKES_FLIGHT = 1 << 6, /* budget, metrics, flight recorder */
};

static const struct {
	const char *command;
	unsigned int takes;
} takes[] = {
	{ "attach", TAKES_TARGETS | TAKES_OUTPUT | TAKES_TIMES },
	{ "record", TAKES_TARGETS | TAKES_OUTPUT | TAKES_TIMES },
	{ "run", TAKES_OUTPUT | TAKES_TIMES },
	{ "watch", TAKES_TARGETS | TAKES_TIMES | TAKES_FLIGHT },
	{ "report", TAKES_FILES | TAKES_RANGE },
	{ "diff", TAKES_FILES | TAKES_RANGE | TAKES_TWO_RANGES },
	{ "export", TAKES_FILES | TAKES_RANGE | TAKES_OUTPUT },
};

static unsigned int takes_of(const char *command)
{
	size_t i;

	for (i = 0; i < sizeof(takes) / sizeof(takes[0]); i++)
		if (!strcmp(command, takes[i].command))
			return takes[i].takes;
	return 0;
}

/* Targets of a live watch; of a trace -p and -t alone choose among what it holds. */
static int check_targets(const struct options *o, struct err *e)
{
	bool named = o->name_count || o->cgroup_count || o->all;
	bool targets = o->pid_count || o->tid_count || named;
	unsigned int takes = takes_of(o->command);

	if (!strcmp(o->command, "run") && targets)
		return err_set(e, EXIT_USAGE,
			       "run starts its own target: leave -p, -t, -n, -c and -a out, or use "
			       "attach");
	if (takes & TAKES_TARGETS && !targets)
		return err_set(e, EXIT_USAGE,
			       "no target: give -p PID, -t TID, -n NAME, -c CGROUP or --all");
	if (takes & TAKES_TARGETS && o->all &&
	    (o->pid_count || o->tid_count || o->name_count || o->cgroup_count))
		return err_set(e, EXIT_USAGE, "--all is everything: leave the other targets out");
	if (takes & TAKES_FILES && named)
		return err_set(
			e, EXIT_USAGE,
			"of a trace -p and -t choose; -n, -c and --all belong to a live watch");
	if (!(takes & (TAKES_TARGETS | TAKES_FILES)) && targets)
		return err_set(e, EXIT_USAGE, "`boundby %s` takes no target", o->command);
	return 0;
}

/* Words that are no options. */
static int check_rest(const struct options *o, struct err *e)
{
	if (!strcmp(o->command, "run") && !o->rest_count)
		return err_set(e, EXIT_USAGE, "run needs a command: boundby run -- CMD ARG...");
	if (takes_of(o->command) & TAKES_TARGETS && o->rest_count)
		return err_set(e, EXIT_USAGE, "'%s' is one word too many; see `boundby --help`",
			       o->rest[0]);
	if (takes_of(o->command) & TAKES_FILES && !o->rest_count)
		return err_set(e, EXIT_USAGE, "%s needs a trace: boundby %s FILE", o->command,
			       o->command);
	if (!strcmp(o->command, "diff") && o->rest_count > 2)
		return err_set(e, EXIT_USAGE, "diff compares two traces, not %d", o->rest_count);
	if (!strcmp(o->command, "check") && o->rest_count)
		return err_set(e, EXIT_USAGE, "'%s' is one word too many for check", o->rest[0]);
	if (!strcmp(o->command, "explain") && o->rest_count > 1)
		return err_set(e, EXIT_USAGE, "explain takes one CLASS or RULE");
	return 0;
}

static int check_range(const struct options *o, struct err *e)
{
	unsigned int takes = takes_of(o->command);
	size_t most = takes & TAKES_TWO_RANGES ? OPTIONS_MAX_RANGES : 1;

	if ((o->from_count || o->to_count || o->at_count) && !(takes & TAKES_RANGE))
		return err_set(e, EXIT_USAGE, "--from, --to and --at choose a part of a trace");
	if (o->from_count > most || o->to_count > most || o->at_count > most)
		return err_set(e, EXIT_USAGE, "--from, --to and --at are given once each");
	if (o->at_count && (o->from_count || o->to_count))
		return err_set(e, EXIT_USAGE,
			       "--at is a range by itself: leave --from and --to out");
	if (!strcmp(o->command, "diff") && o->rest_count == 1 && o->at_count < 2 &&
	    o->from_count + o->to_count < 2)
		return err_set(
			e, EXIT_USAGE,
			"diff of one trace needs two ranges: --at WHEN --at WHEN, or --from and "
			"--to twice");
	return 0;
}

static int check_output(const struct options *o, struct err *e)
{
	unsigned int takes = takes_of(o->command);

	if (o->output && !(takes & TAKES_OUTPUT))
		return err_set(e, EXIT_USAGE, "`boundby %s` writes no file; use > FILE",
			       o->command);
	if (!strcmp(o->command, "record") && !o->output)
		return err_set(e, EXIT_USAGE, "record needs a file to make: -o FILE");
	if (o->output && !strcmp(o->output, "-") && strcmp(o->command, "record") &&
	    strcmp(o->command, "export"))
		return err_set(e, EXIT_USAGE,
			       "the report goes to stdout already: give the trace a file");
	if (!strcmp(o->command, "export") && !o->format)
		return err_set(e, EXIT_USAGE,
			       "export needs --format folded, pprof, chrome, ndjson or csv");
	if (o->format && strcmp(o->command, "export"))
		return err_set(e, EXIT_USAGE, "--format belongs to `boundby export`");
	if (o->events_ns && (!o->output || !(takes & TAKES_TIMES)))
		return err_set(e, EXIT_USAGE, "--events are recorded: they need -o FILE");
	return 0;
}

static int check_times(const struct options *o, struct err *e)
{
	unsigned int takes = takes_of(o->command);

	if (o->duration_ns && !(takes & TAKES_TIMES))
		return err_set(
			e, EXIT_USAGE,
			"--duration belongs to a live watch; of a trace use --from and --to");
	if (o->interval_ns && o->duration_ns && o->interval_ns > o->duration_ns)
		return err_set(e, EXIT_USAGE,
			       "the interval is longer than the duration; swap them?");
	if (o->interval_ns && o->interval_ns < 10000000)
		return err_set(e, EXIT_USAGE, "an interval is 10ms or longer");
	if (o->calibrate && strcmp(o->command, "check"))
		return err_set(e, EXIT_USAGE, "--calibrate belongs to `boundby check --calibrate`");
	return 0;
}

static int check_watch(const struct options *o, struct err *e)
{
	if (!(takes_of(o->command) & TAKES_FLIGHT)) {
		if (o->directory || o->listen || o->textfile || o->control || o->per_thread)
			return err_set(e, EXIT_USAGE,
				       "--dir, --listen, --textfile, --control and --per-thread "
				       "belong to `boundby watch`");
		return 0;
	}
	if (o->depth_given)
		return err_set(
			e, EXIT_USAGE,
			"watch lives at depth sched and looks closer by itself: leave --depth "
			"out, or use attach");
	if (o->fail_on)
		return err_set(e, EXIT_USAGE,
			       "watch has no end to fail at: use attach --fail-on, or an alert on "
			       "boundby_class");
	if (o->output)
		return err_set(e, EXIT_USAGE, "watch records into --dir DIR");
	if (o->events_ns)
		return err_set(e, EXIT_USAGE, "--events are recorded by attach and record");
	if (o->per_thread && !o->listen && !o->textfile)
		return err_set(e, EXIT_USAGE,
			       "--per-thread is about metrics: add --listen or "
			       "--textfile");
	return 0;
}

int options_check(const struct options *o, struct err *e)
{
	if (check_watch(o, e))
		return -1;
	if (check_targets(o, e) || check_rest(o, e) || check_range(o, e) || check_output(o, e))
		return -1;
	return check_times(o, e);
}
