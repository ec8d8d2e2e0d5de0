/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of commands. A row and its function cmd_NAME make a command: the parser, help, the man
 * page and the completions read this list, main calls the function.
 */
#ifndef BOUNDBY_CLI_COMMANDS_H
#define BOUNDBY_CLI_COMMANDS_H

#include <stddef.h>

/* What a shell offers where a word or a value is expected. */
enum completion {
	COMPLETE_NOTHING,
	COMPLETE_CHOICE, /* what the row's choice() lists */
	COMPLETE_PROCESS, /* a PID */
	COMPLETE_FILE,
	COMPLETE_DIRECTORY,
	COMPLETE_PROGRAM, /* a command and its arguments */
};

#define WORDS_ANY 1000000 /* no limit but the system's */

/*
 * X(IDENTIFIER, name, words, least, most, completion, choice, help, examples...)
 * words: what may stand beside the options, for the usage line, and how many of them at least and at
 * most. choice: the words that are possible, NULL unless COMPLETE_CHOICE. help: one line.
 * examples: { command line, what for }.
 */
#define BOUNDBY_COMMANDS(X)                                                                        \
	X(ATTACH, attach, "[PID...]", 0, WORDS_ANY, COMPLETE_PROCESS, NULL,                        \
	  "watch live targets for a while, print one report",                                      \
	  { "boundby 4242", "what is this process bound by? (attach is what a PID alone means)" }, \
	  { "boundby $(pidof nginx)", "several at once" },                                         \
	  { "boundby", "the whole host, for 10 s" },                                               \
	  { "boundby attach -n nginx -d 60 -o incident.bbt", "a minute, kept as a trace, too" },   \
	  { "boundby attach -c /system.slice/db.service --fail-on lock-bound",                     \
	    "a service; exit with 10 if it is bound by locks" })                                   \
	X(RUN, run, "-- CMD ARG...", 1, WORDS_ANY, COMPLETE_PROGRAM, NULL,                         \
	  "start a command, watch it and its children until it exits",                             \
	  { "boundby run -- make -j8", "the report is on stderr, stdout is the command's" },       \
	  { "boundby run -o build.bbt -- make -j8", "with a trace" })                              \
	X(CHECK, check, "", 0, 0, COMPLETE_NOTHING, NULL,                                          \
	  "what this host and this user can and cannot measure",                                   \
	  { "boundby check", "one line each, with the fix" },                                      \
	  { "boundby check --calibrate", "measure again what a context switch costs" })            \
	X(EXPLAIN, explain, "[WORD]", 0, 1, COMPLETE_CHOICE, explain_word,                         \
	  "what a verdict, rule, state, finding or other word of a report means",                  \
	  { "boundby explain", "all of them" },                                                    \
	  { "boundby explain loop-blocked", "one, with its thresholds" })                          \
	X(RECORD, record, "[PID...]", 0, WORDS_ANY, COMPLETE_PROCESS, NULL,                        \
	  "watch live targets into a trace file",                                                  \
	  { "boundby record -p 4242 -d 600 -o today.bbt", "ten minutes" },                         \
	  { "boundby record -p 4242 -o - | ssh host boundby report -", "analysed elsewhere" })     \
	X(REPORT, report, "FILE...", 1, WORDS_ANY, COMPLETE_FILE, NULL,                            \
	  "the same report from recorded traces, on any machine, without rights",                  \
	  { "boundby report today.bbt", "the whole" },                                             \
	  { "boundby report --at 14:03 /var/lib/boundby", "that minute of a flight recorder" })    \
	X(DIFF, diff, "A [B]", 1, 2, COMPLETE_FILE, NULL,                                          \
	  "what changed between two traces, or two ranges of one",                                 \
	  { "boundby diff before.bbt after.bbt", "largest change first" },                         \
	  { "boundby diff today.bbt --at 14:03 --at 14:10", "two minutes of one trace" })          \
	X(EXPORT, export, "FILE...", 1, WORDS_ANY, COMPLETE_FILE, NULL,                            \
	  "write a trace in a form that other programs read",                                      \
	  { "boundby export today.bbt -F folded | flamegraph.pl >today.svg", "a flame graph" },    \
	  { "boundby export today.bbt -F chrome -o today.json", "for Perfetto" })                  \
	X(WATCH, watch, "[PID...]", 0, WORDS_ANY, COMPLETE_PROCESS, NULL,                          \
	  "always on: windows, metrics, flight recorder, within a budget",                         \
	  { "boundby watch -a --listen 9464", "the host, for Prometheus" },                        \
	  { "boundby watch -n nginx --dir /var/lib/boundby",                                       \
	    "with a flight recorder, which report reads" })                                        \
	X(TOP, top, "[PID...|FILE]", 0, WORDS_ANY, COMPLETE_PROCESS, NULL,                         \
	  "the live screen of targets or the host, or of a trace, which it plays",                 \
	  { "boundby top", "what is this host bound by, second by second?" },                      \
	  { "boundby top -n nginx", "every process of this name" },                                \
	  { "boundby top today.bbt", "plays a trace; space pauses, arrows step" })                 \
	X(CONTROL, control, "[COMMAND]", 0, 1, COMPLETE_CHOICE, control_word,                      \
	  "ask a running watch through its socket for its status, or to write an "                 \
	  "incident",                                                                              \
	  { "boundby control", "how the watch of the service is doing, as JSON" },                 \
	  { "boundby control dump", "writes the last half minute into an incident file" },         \
	  { "boundby control status --dir recordings", "the watch that records there" })           \
	X(HELP, help, "[COMMAND]", 0, 1, COMPLETE_CHOICE, command_name,                            \
	  "print the commands and options, or those of one command",                               \
	  { "boundby help attach", "the options of one command, with examples" },                  \
	  { "boundby help --man | man -l -", "all as a manual page" })                             \
	X(VERSION, version, "", 0, 0, COMPLETE_NOTHING, NULL, "print the version",                 \
	  { "boundby version", "the same as -V" })                                                 \
	X(COMPLETION, completion, "SHELL", 1, 1, COMPLETE_CHOICE, shell_name,                      \
	  "print the completion script for a shell",                                               \
	  { "source <(boundby completion bash)", "in ~/.bashrc" },                                 \
	  { "boundby completion zsh >~/.zfunc/_boundby", "in a folder of fpath" },                 \
	  { "boundby completion fish | source", "in ~/.config/fish/config.fish" })

#define COMMAND_IDENTIFIER(identifier, ...) COMMAND_##identifier,
enum command_id { BOUNDBY_COMMANDS(COMMAND_IDENTIFIER) NR_COMMANDS };
#undef COMMAND_IDENTIFIER

#define COMMAND_MAX_EXAMPLES 5

struct command {
	const char *name, *words;
	int words_least, words_most;
	enum completion complete;
	const char *(*choice)(size_t i); /* the words that are possible, NULL past the last */
	const char *help;
	struct {
		const char *line, *purpose;
	} examples[COMMAND_MAX_EXAMPLES]; /* as many as have a line */
};

extern const struct command commands[NR_COMMANDS];

/* NR_COMMANDS: there is none of this name. */
enum command_id command_find(const char *name);

/* Lists for struct command's choice: the i-th, NULL past the last. */
const char *command_name(size_t i);
const char *shell_name(size_t i);
const char *control_word(size_t i);
const char *explain_word(size_t i);

/* Each returns the exit status. */
struct options;
#define COMMAND_FUNCTION(identifier, name, ...) int cmd_##name(const struct options *options);
BOUNDBY_COMMANDS(COMMAND_FUNCTION)
#undef COMMAND_FUNCTION

#endif
