// SPDX-License-Identifier: GPL-2.0-or-later
/* One table: parser and help come from it. Receives argv; hands on struct options. */
#include "cli/options.h"

#include <getopt.h>
#include <string.h>

#include "cli/option_values.h"
#include "exit_codes.h"

#define COMM_MAX 15
#define DEFAULT_EVENTS_NS 1000000
#define DEFAULT_BUDGET 0.01
#define DEFAULT_KEEP_NS (24 * 3600 * 1000000000ULL)
#define DEFAULT_MAX_BYTES (1ULL << 30)

enum option_id {
	OPTION_NO_CHILDREN = 256,
	OPTION_DEPTH,
	OPTION_STALL,
	OPTION_SET,
	OPTION_FAIL_ON,
	OPTION_CALIBRATE,
	OPTION_FROM,
	OPTION_TO,
	OPTION_AT,
	OPTION_EVENTS,
	OPTION_BUDGET,
	OPTION_DIR,
	OPTION_KEEP,
	OPTION_MAX_SIZE,
	OPTION_LISTEN,
	OPTION_TEXTFILE,
	OPTION_CONTROL,
	OPTION_PER_THREAD,
};

struct option_row {
	int id; /* the short letter, or enum option_id */
	const char *name;
	const char *argument; /* NULL: takes none; "[...": it may be left out */
	const char *help;
};

static const struct option_row option_rows[] = {
	{ 'p', "pid", "PID[,PID]", "watch these processes; may be repeated" },
	{ 't', "tid", "TID[,TID]", "watch these threads alone" },
	{ 'n', "name", "COMM", "watch every process of this name" },
	{ 'c', "cgroup", "PATH", "watch every process in this cgroup and below" },
	{ 'a', "all", NULL, "watch every process of the host" },
	{ OPTION_NO_CHILDREN, "no-children", NULL, "leave the children of the targets out" },
	{ 'd', "duration", "TIME", "watch this long: 10, 500ms, 2m (attach: 10 s)" },
	{ 'i', "interval", "TIME",
	  "one report each interval; record: the length of a window (1s)" },
	{ 'o', "output", "FILE", "attach, record: the trace; export: the result" },
	{ OPTION_EVENTS, "events", "[=TIME]",
	  "record each stretch off the CPU this long by itself (1ms)" },
	{ 'F', "format", "FORMAT", "export: folded, pprof, chrome, ndjson or csv" },
	{ OPTION_FROM, "from", "WHEN",
	  "of a trace: 14:03, 2026-11-21T14:03:05Z, +30s after its begin, -5m before its end" },
	{ OPTION_TO, "to", "WHEN", "of a trace: up to here" },
	{ OPTION_AT, "at", "WHEN", "of a trace: that minute, or that second if one is given" },
	{ 'j', "json", NULL, "one JSON document on stdout" },
	{ OPTION_DEPTH, "depth", "DEPTH",
	  "sched: switches only; syscalls: also counts and times of calls" },
	{ OPTION_STALL, "stall", "TIME",
	  "an event loop that stands still this long is stalled (10ms)" },
	{ OPTION_SET, "set", "RULE=VALUE", "override a threshold; `boundby explain` lists them" },
	{ OPTION_FAIL_ON, "fail-on", "CLASS[,CLASS]",
	  "exit with 10 when the verdict is one of these" },
	{ OPTION_BUDGET, "budget", "PERCENT",
	  "watch: cost at most this much of one core; detail goes first (1%)" },
	{ OPTION_DIR, "dir", "DIR", "watch: the flight recorder's directory; read it with report" },
	{ OPTION_KEEP, "keep", "TIME", "watch: what is older leaves DIR (24h)" },
	{ OPTION_MAX_SIZE, "max-size", "SIZE", "watch: the oldest leaves DIR beyond this (1G)" },
	{ OPTION_LISTEN, "listen", "ADDRESS",
	  "watch: metrics by HTTP at 9464, HOST:PORT or unix:PATH" },
	{ OPTION_TEXTFILE, "textfile", "FILE.prom", "watch: metrics for node_exporter" },
	{ OPTION_CONTROL, "control", "PATH", "watch: socket that takes `dump` and `status`" },
	{ OPTION_PER_THREAD, "per-thread", NULL, "watch: metrics of threads, too, by their names" },
	{ OPTION_CALIBRATE, "calibrate", NULL,
	  "check: measure anew what a context switch costs on this host" },
	{ 'v', "verbose", NULL, "every process, thread and call" },
	{ 'V', "version", NULL, "print the version" },
	{ 'h', "help", NULL, "print this help" },
};
#define NR_OPTION_ROWS (sizeof(option_rows) / sizeof(option_rows[0]))

struct command_row {
	const char *name;
	bool built;
	const char *help;
};

static const struct command_row command_rows[] = {
	{ "attach", true, "watch live targets for a while, print one report" },
	{ "run", true, "run -- CMD ARG...: start a command, watch it until it exits" },
	{ "check", true, "what this host and this user can and cannot measure" },
	{ "explain", true, "explain [CLASS|RULE]: what a verdict means and where it comes from" },
	{ "record", true, "record -o FILE: watch live targets into a trace file" },
	{ "report", true, "report FILE...: the same report from recorded traces, anywhere" },
	{ "diff", true, "diff A [B]: what changed between two traces, or two ranges of one" },
	{ "export", true, "export FILE... --format F: for flame graphs, pprof, Perfetto, tables" },
	{ "watch", true, "always on: windows, metrics, flight recorder, within a budget" },
	{ "top", false, NULL },
};
#define NR_COMMAND_ROWS (sizeof(command_rows) / sizeof(command_rows[0]))

/* Which one it was is told by what it changed: the table of thresholds knows their names. */
static int apply_setting(struct options *o, const char *text, struct err *e)
{
	size_t length = strcspn(text, "=");
	int i;

	for (i = 0; i < NR_THRESHOLDS; i++)
		if (strlen(thresholds[i].name) == length &&
		    !strncmp(thresholds[i].name, text, length))
			o->set |= 1u << i;
	return verdict_settings_set(&o->verdict, text, e);
}

static int apply(struct options *o, int id, const char *value, struct err *e)
{
	switch (id) {
	case 'p':
		return value_numbers(value, "--pid", o->pids, &o->pid_count, e);
	case 't':
		return value_numbers(value, "--tid", o->tids, &o->tid_count, e);
	case 'n':
		if (strlen(value) > COMM_MAX)
			return err_set(
				e, EXIT_USAGE,
				"--name '%s' is longer than the %d bytes that the kernel keeps of a "
				"name; give its first %d",
				value, COMM_MAX, COMM_MAX);
		return value_text(value, "--name", o->names, &o->name_count, e);
	case 'c':
		return value_text(value, "--cgroup", o->cgroups, &o->cgroup_count, e);
	case 'a':
		o->all = true;
		return 0;
	case OPTION_NO_CHILDREN:
		o->no_children = true;
		return 0;
	case 'd':
		return value_duration(value, "--duration", &o->duration_ns, e);
	case 'i':
		return value_duration(value, "--interval", &o->interval_ns, e);
	case OPTION_STALL:
		return value_duration(value, "--stall", &o->stall_ns, e);
	case 'j':
		o->json = true;
		return 0;
	case 'v':
		o->verbose++;
		return 0;
	case OPTION_DEPTH:
		o->depth_given = true;
		if (!strcmp(value, "sched"))
			o->depth = DEPTH_SCHED;
		else if (!strcmp(value, "syscalls"))
			o->depth = DEPTH_SYSCALLS;
		else
			return err_set(e, EXIT_USAGE, "--depth is sched or syscalls, not '%s'",
				       value);
		return 0;
	case OPTION_SET:
		return apply_setting(o, value, e);
	case 'o':
		o->output = value;
		return *value ? 0 : err_set(e, EXIT_USAGE, "--output needs a name; `-` is stdout");
	case 'F':
		o->format = export_find(value);
		return o->format ?
			       0 :
			       err_set(e, EXIT_USAGE,
				       "--format is folded, pprof, chrome, ndjson or csv, not '%s'",
				       value);
	case OPTION_EVENTS:
		o->events_ns = DEFAULT_EVENTS_NS;
		return value ? value_duration(value, "--events", &o->events_ns, e) : 0;
	case OPTION_FROM:
		return value_when(value, "--from", o->from, &o->from_count, e);
	case OPTION_TO:
		return value_when(value, "--to", o->to, &o->to_count, e);
	case OPTION_AT:
		return value_when(value, "--at", o->at, &o->at_count, e);
	case OPTION_FAIL_ON:
		return value_classes(value, &o->fail_on, e);
	case OPTION_BUDGET:
		return value_budget(value, &o->budget, e);
	case OPTION_DIR:
		return value_path(value, "--dir", &o->directory, e);
	case OPTION_KEEP:
		return value_duration(value, "--keep", &o->keep_ns, e);
	case OPTION_MAX_SIZE:
		return value_size(value, "--max-size", &o->max_bytes, e);
	case OPTION_LISTEN:
		return value_path(value, "--listen", &o->listen, e);
	case OPTION_TEXTFILE:
		return value_path(value, "--textfile", &o->textfile, e);
	case OPTION_CONTROL:
		return value_path(value, "--control", &o->control, e);
	case OPTION_PER_THREAD:
		o->per_thread = true;
		return 0;
	case OPTION_CALIBRATE:
		o->calibrate = true;
		return 0;
	case 'V':
		o->command = "version";
		return 0;
	case 'h':
		o->command = "help";
		return 0;
	}
	return err_set(e, EXIT_USAGE, "an option that is not known; see `boundby --help`");
}

static const struct command_row *find_command(const char *word)
{
	size_t i;

	for (i = 0; i < NR_COMMAND_ROWS; i++)
		if (!strcmp(word, command_rows[i].name))
			return &command_rows[i];
	return NULL;
}

/* The first word: a command, or a PID, which means attach. Returns how many words it took. */
static int parse_command(int argc, char **argv, struct options *o, struct err *e)
{
	const struct command_row *row;
	pid_t pid;

	if (argc < 2)
		return err_set(
			e, EXIT_USAGE,
			"no target: give a PID, as in `boundby 4242`, or see `boundby --help`");
	if (argv[1][0] == '-') {
		o->command = "attach";
		return 0;
	}
	if (!value_number(argv[1], strlen(argv[1]), &pid)) {
		o->command = "attach";
		o->pids[o->pid_count++] = pid;
		return 1;
	}
	row = find_command(argv[1]);
	if (!row)
		return err_set(e, EXIT_USAGE,
			       "'%s' is neither a PID nor a command; see `boundby --help`",
			       argv[1]);
	if (!row->built)
		return err_set(
			e, EXIT_USAGE,
			"`boundby %s` is not part of this version; use `boundby attach --json`",
			row->name);
	o->command = row->name;
	return 1;
}

/* getopt's answer: '?' for an option that it does not know, ':' for a value that is missing. */
static int refuse_option(char **argv, int answer, struct err *e)
{
	char letter[] = { '-', (char)optopt, '\0' };
	const char *word = argv[optind - 1];
	bool known = false;
	size_t i;

	for (i = 0; i < NR_OPTION_ROWS; i++)
		known |= option_rows[i].id == optopt;
	/* a known letter that is refused was a long option with a value too much */
	if (answer == '?')
		return err_set(e, EXIT_USAGE, "there is no option '%s'; see `boundby --help`",
			       optopt && !known ? letter : word);
	/* of -abc only one letter is meant */
	return err_set(e, EXIT_USAGE, "option '%s' needs a value; see `boundby --help`",
		       strncmp(word, "--", 2) ? letter : word);
}

int options_parse(int argc, char **argv, struct options *ret, struct err *e)
{
	struct option longs[NR_OPTION_ROWS + 1] = { 0 };
	char shorts[2 * NR_OPTION_ROWS + 3], *s;
	int words, id;
	size_t i;

	memset(ret, 0, sizeof(*ret));
	verdict_settings_default(&ret->verdict);
	ret->depth = DEPTH_SYSCALLS;
	ret->stall_ns = 10000000;
	ret->budget = DEFAULT_BUDGET;
	ret->keep_ns = DEFAULT_KEEP_NS;
	ret->max_bytes = DEFAULT_MAX_BYTES;
	words = parse_command(argc, argv, ret, e);
	if (words < 0)
		return -1;
	/* what follows the command of run is the command's own; elsewhere order is free */
	s = stpcpy(shorts, !strcmp(ret->command, "run") ? "+:" : ":");
	for (i = 0; i < NR_OPTION_ROWS; i++) {
		longs[i].name = option_rows[i].name;
		longs[i].has_arg = !option_rows[i].argument	     ? no_argument :
				   option_rows[i].argument[0] == '[' ? optional_argument :
								       required_argument;
		longs[i].val = option_rows[i].id;
		if (option_rows[i].id < OPTION_NO_CHILDREN) {
			*s++ = (char)option_rows[i].id;
			if (option_rows[i].argument)
				*s++ = ':';
		}
	}
	*s = '\0';
	argc -= words;
	argv += words;
	optind = 0; /* glibc: begin anew, so that it can be called again */
	for (;;) {
		id = getopt_long(argc, argv, shorts, longs, NULL);
		if (id == -1)
			break;
		if (id == '?' || id == ':')
			return refuse_option(argv, id, e);
		if (apply(ret, id, optarg, e))
			return -1;
		if (id == 'h' || id == 'V')
			return 0;
	}
	ret->rest = argv + optind;
	ret->rest_count = argc - optind;
	return options_check(ret, e);
}

void options_help(FILE *out)
{
	char left[48];
	size_t i;

	fprintf(out,
		"usage: boundby PID | boundby COMMAND [OPTION...]\n"
		"Says what a running program is bound by, with evidence and what to do.\n\ncommands\n");
	for (i = 0; i < NR_COMMAND_ROWS; i++)
		if (command_rows[i].built)
			fprintf(out, "  %-26s %s\n", command_rows[i].name, command_rows[i].help);
	fprintf(out, "\noptions\n");
	for (i = 0; i < NR_OPTION_ROWS; i++) {
		const struct option_row *row = &option_rows[i];

		if (row->id < OPTION_NO_CHILDREN)
			snprintf(left, sizeof(left), "-%c, --%s%s%s", row->id, row->name,
				 row->argument ? " " : "", row->argument ? row->argument : "");
		else
			snprintf(left, sizeof(left), "    --%s%s%s", row->name,
				 row->argument ? " " : "", row->argument ? row->argument : "");
		fprintf(out, "  %-26s %s\n", left, row->help);
	}
	fprintf(out,
		"\nexit status: 0 report made, 1 failed, 2 usage, 3 not permitted, 4 this kernel "
		"cannot,\n5 target not found, 6 too little seen, 10 verdict named by --fail-on\n");
}
