// SPDX-License-Identifier: GPL-2.0-or-later
/* The options as rows: which there are, which commands take them, and where their values go. */
#include "cli/options/option_rows.h"

#include <stdio.h>

#include "cli/options/option_values.h"
#include "cli/options/option_set.h"

#define BIT(command) (1u << COMMAND_##command)
#define LIVE (BIT(ATTACH) | BIT(RECORD) | BIT(WATCH)) /* those that take targets */
#define TARGETS (LIVE | BIT(TOP))
#define LOOKS (BIT(ATTACH) | BIT(RECORD) | BIT(RUN)) /* for a while, at the depth that is asked */
#define READS (BIT(REPORT) | BIT(DIFF) | BIT(EXPORT))
#define ALL (BIT(COMPLETION) * 2 - 1)

/* Where the value goes. The comparison refuses, at compile time, a field of another type. */
#define FIELD(type, member)                          \
	.offset = offsetof(struct options, member) + \
		  0 * sizeof((type *)0 == &((struct options *)0)->member)
#define LIST(type, member, length)                                            \
	.offset = offsetof(struct options, member) +                          \
		  0 * sizeof((type *)0 == &((struct options *)0)->member[0]), \
	.count = offsetof(struct options, length)

#define CHOICE(list) .complete = COMPLETE_CHOICE, .choice = list

#define FLAG(member) .parse = value_flag, FIELD(bool, member)
#define DURATION(member) .parse = value_duration, FIELD(uint64_t, member)
#define TEXT(member) .parse = value_path, FIELD(const char *, member)
#define MOMENT(member) .parse = value_when, LIST(struct when, member, member##_count)

const struct option_row option_rows[] = {
	{ 'p', "pid", "PID[,PID]", "these processes; may be repeated", TARGETS | READS,
	  "it takes no target", .parse = value_numbers, LIST(pid_t, pids, pid_count),
	  .complete = COMPLETE_PROCESS },
	{ 't', "tid", "TID[,TID]", "these threads alone", TARGETS | READS, "it takes no target",
	  .parse = value_numbers, LIST(pid_t, tids, tid_count), .complete = COMPLETE_PROCESS },
	{ 'n', "name", "COMM", "every process of this name", TARGETS | READS, "it takes no target",
	  .parse = value_name, LIST(const char *, names, name_count) },
	{ 'c', "cgroup", "PATH", "every process in this cgroup and below", TARGETS,
	  "of a trace -p, -t and -n choose", .parse = value_text,
	  LIST(const char *, cgroups, cgroup_count), .complete = COMPLETE_DIRECTORY },
	{ 'a', "all", NULL, "every process of the host", TARGETS, "of a trace -p, -t and -n choose",
	  FLAG(all) },
	{ OPTION_NO_CHILDREN, "no-children", NULL, "leave the children of the targets out",
	  TARGETS | LOOKS | READS, NULL, FLAG(no_children) },
	{ 'd', "duration", "TIME", "watch this long: 10, 500ms, 2m (attach, record: 10 s)",
	  LIVE | LOOKS, "of a trace use --from and --to", DURATION(duration_ns) },
	{ 'i', "interval", "TIME",
	  "one report each interval (watch: 10s); record, top: the length of a window (1s)",
	  TARGETS | LOOKS | BIT(REPORT), NULL, DURATION(interval_ns) },
	{ 'o', "output", "FILE", "the trace; export: the result; `-` is stdout",
	  LOOKS | BIT(EXPORT), "it writes no file; use > FILE, or watch --dir DIR",
	  .parse = value_output, FIELD(const char *, output), .complete = COMPLETE_FILE },
	{ OPTION_EVENTS, "events", "[=TIME]",
	  "also record each off-CPU interval of this length or longer (1ms)", LOOKS,
	  "attach, record and run record them: -o FILE --events", .parse = value_events,
	  FIELD(uint64_t, events_ns) },
	{ 'F', "format", "FORMAT", "the form:", BIT(EXPORT), NULL, .parse = value_format,
	  FIELD(const struct export_format *, format), CHOICE(export_name) },
	{ OPTION_WHAT, "what", "LIST",
	  "which stacks, for folded and pprof; for ndjson and csv, stacks instead of threads:",
	  BIT(EXPORT), NULL, .parse = value_views, FIELD(uint32_t, views), CHOICE(view_name) },
	{ OPTION_FROM, "from", "WHEN",
	  "of a trace: 14:03, 2026-11-21T14:03:05Z, +30s after its start, -5m before its end",
	  READS | BIT(TOP), "it chooses a part of a trace", MOMENT(from) },
	{ OPTION_TO, "to", "WHEN", "of a trace: up to this time", READS | BIT(TOP),
	  "it chooses a part of a trace", MOMENT(to) },
	{ OPTION_AT, "at", "WHEN", "of a trace: that minute, or that second if one is given",
	  READS | BIT(TOP), "it chooses a part of a trace", MOMENT(at) },
	{ 'j', "json", NULL, "one JSON document on stdout",
	  LIVE | LOOKS | BIT(REPORT) | BIT(DIFF) | BIT(CHECK), NULL, FLAG(json) },
	{ OPTION_HTML, "html", "FILE", "also write a page for a browser; `-` is stdout",
	  BIT(ATTACH) | BIT(RUN) | BIT(REPORT) | BIT(DIFF),
	  "record a trace, then: boundby report TRACE --html FILE", TEXT(html),
	  .complete = COMPLETE_FILE },
	{ OPTION_DEPTH, "depth", "DEPTH",
	  "sched: switches only; syscalls: also counts and times of calls", LOOKS,
	  "a trace has the depth it was recorded with, and watch starts bursts of depth syscalls "
	  "by itself",
	  .parse = value_depth, FIELD(enum capture_depth, depth), CHOICE(depth_name) },
	{ OPTION_STALL, "stall", "TIME",
	  "an iteration of an event loop this long is a stall (10ms)", TARGETS | LOOKS,
	  "a trace keeps the one that it was recorded with", DURATION(stall_ns) },
	{ OPTION_SET, "set", "RULE=VALUE", "override a threshold; `boundby explain` lists them",
	  TARGETS | LOOKS | READS | BIT(EXPLAIN), NULL, .parse = value_setting,
	  FIELD(struct verdict_settings, verdict), CHOICE(threshold_name), .reloads = true },
	{ OPTION_FAIL_ON, "fail-on", "CLASS[,CLASS]",
	  "exit with 10 when the verdict is one of these", LOOKS | BIT(REPORT),
	  "watch has no end to fail at: use attach, or an alert on boundby_class",
	  .parse = value_classes, FIELD(uint32_t, fail_on), CHOICE(class_name) },
	{ OPTION_BUDGET, "budget", "PERCENT",
	  "limit of the total cost, as part of one core; detail is dropped first (1%)", BIT(WATCH),
	  NULL, .parse = value_budget, FIELD(double, budget), .reloads = true },
	{ OPTION_DIR, "dir", "DIR", "the flight recorder's directory; read it with report",
	  BIT(WATCH) | BIT(CONTROL), NULL, TEXT(directory), .complete = COMPLETE_DIRECTORY },
	{ OPTION_KEEP, "keep", "TIME", "delete what is older from DIR (24h)", BIT(WATCH), NULL,
	  DURATION(keep_ns), .reloads = true },
	{ OPTION_MAX_SIZE, "max-size", "SIZE", "delete the oldest when DIR is larger (1G)",
	  BIT(WATCH), NULL, .parse = value_size, FIELD(uint64_t, max_bytes), .reloads = true },
	{ OPTION_LISTEN, "listen", "ADDRESS", "metrics by HTTP at 9464, HOST:PORT or unix:PATH",
	  BIT(WATCH), NULL, TEXT(listen) },
	{ OPTION_TEXTFILE, "textfile", "FILE.prom", "metrics for node_exporter", BIT(WATCH), NULL,
	  TEXT(textfile), .complete = COMPLETE_FILE },
	{ OPTION_CONTROL, "control", "PATH", "socket that `boundby control` asks",
	  BIT(WATCH) | BIT(CONTROL), NULL, TEXT(control), .complete = COMPLETE_FILE },
	{ OPTION_HOOK, "hook", "COMMAND",
	  "run this by sh when a class changes or a loop stalls long; JSON is on its stdin",
	  BIT(WATCH), NULL, TEXT(hook), .complete = COMPLETE_FILE, .reloads = true },
	{ OPTION_HOOK_USER, "hook-user", "USER", "with this user's rights (those of watch's user)",
	  BIT(WATCH), NULL, TEXT(hook_user) },
	{ OPTION_CONFIG, "config", "FILE",
	  "options as lines `NAME = VALUE`; SIGHUP reads it again; the command line wins",
	  BIT(WATCH), NULL, TEXT(config), .complete = COMPLETE_FILE },
	{ OPTION_PER_THREAD, "per-thread", NULL, "metrics of threads, too, by their names",
	  BIT(WATCH), NULL, FLAG(per_thread) },
	{ OPTION_LABEL, "label", "KIND", "split the metrics by this, too:", BIT(WATCH), NULL,
	  .parse = value_label, FIELD(enum metrics_label, label), CHOICE(metrics_label_name) },
	{ OPTION_CALIBRATE, "calibrate", NULL,
	  "measure again what a context switch costs on this host", BIT(CHECK), NULL,
	  FLAG(calibrate) },
	{ OPTION_BTF, "btf", "FILE", "BTF of this kernel, where it has no /sys/kernel/btf/vmlinux",
	  TARGETS | LOOKS | BIT(CHECK), "it loads no BPF program", TEXT(btf),
	  .complete = COMPLETE_FILE },
	{ OPTION_MAN, "man", NULL, "the manual page, for `man -l -`", BIT(HELP), NULL, FLAG(man) },
	{ 'v', "verbose", NULL, "all that was measured: each process, thread and call", ALL, NULL,
	  .parse = value_count, FIELD(unsigned int, verbose) },
	{ 'V', "version", NULL, "print the version", ALL, NULL, .parse = NULL },
	{ 'h', "help", NULL, "print the options, and those of this command", ALL, NULL,
	  .parse = NULL },
};
const size_t option_row_count = sizeof(option_rows) / sizeof(option_rows[0]);

const char *option_commands(const struct option_row *row, char *text)
{
	size_t used = 0;
	int i;

	text[0] = '\0';
	if (__builtin_popcount(row->takes) > 2)
		return text;
	for (i = 0; i < NR_COMMANDS; i++)
		if (option_takes(row, (enum command_id)i))
			used += (size_t)snprintf(text + used, OPTION_COMMANDS_LEN - used, "%s%s",
						 used ? ", " : "", commands[i].name);
	return text;
}
