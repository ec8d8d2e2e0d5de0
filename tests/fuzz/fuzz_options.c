// SPDX-License-Identifier: GPL-2.0-or-later
/* Fuzzes cli/options/: each input line is one argument. Checks what every command may rely on. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options/options.h"

#define WORDS_MAX 1024 /* more than there may be targets */
#define LONGEST_NS (30ULL * 24 * 3600 * 1000000000)
#define MUST(holds) ((holds) ? (void)0 : __builtin_trap())

/* Each word in an allocation of its exact size, so that reads past its end are caught. */
static int split(const uint8_t *data, size_t size, char **argv)
{
	const uint8_t *end = data + size, *newline;
	size_t length;
	int argc = 0;

	argv[argc++] = strdup("boundby");
	while (data < end && argc <= WORDS_MAX) {
		newline = memchr(data, '\n', (size_t)(end - data));
		length = (size_t)((newline ? newline : end) - data);
		argv[argc++] = strndup((const char *)data, length);
		data += length + 1;
	}
	argv[argc] = NULL;
	return argc;
}

static void hold_targets(const struct options *o)
{
	size_t i;

	MUST(o->pid_count <= OPTIONS_MAX_TARGETS && o->tid_count <= OPTIONS_MAX_TARGETS);
	MUST(o->name_count <= OPTIONS_MAX_TARGETS && o->cgroup_count <= OPTIONS_MAX_TARGETS);
	for (i = 0; i < o->pid_count; i++)
		MUST(o->pids[i] > 0);
	for (i = 0; i < o->tid_count; i++)
		MUST(o->tids[i] > 0);
	for (i = 0; i < o->name_count; i++)
		MUST(strlen(o->names[i]) - 1 < 15);
	for (i = 0; i < o->cgroup_count; i++)
		MUST(strlen(o->cgroups[i]) > 0);
}

static void hold(const struct options *o)
{
	int i;

	MUST(o->command < NR_COMMANDS && o->topic <= NR_COMMANDS);
	if (o->command == COMMAND_HELP || o->command == COMMAND_VERSION)
		return; /* answered at once: what stands around it is not looked at */
	hold_targets(o);
	MUST(o->duration_ns <= LONGEST_NS && o->interval_ns <= LONGEST_NS);
	MUST(o->stall_ns > 0 && o->stall_ns <= LONGEST_NS);
	MUST(o->depth == DEPTH_SCHED || o->depth == DEPTH_SYSCALLS);
	MUST(o->fail_on < 1u << NR_VERDICTS);
	for (i = 0; i < NR_THRESHOLDS; i++)
		MUST(o->verdict.threshold[i] >= 0); /* no NAN either */
	MUST(o->rest_count >= 0 && !o->rest[o->rest_count]);
	for (i = 0; i < o->rest_count; i++)
		MUST(strlen(o->rest[i]) < SIZE_MAX);
}

/* A refusal is one sentence. (The words hold no newline.) */
static void hold_refusal(const struct err *e)
{
	MUST(e->kind == ERR_USAGE);
	MUST(memchr(e->text, '\0', sizeof(e->text)) && e->text[0] && !strchr(e->text, '\n'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct options first, second;
	char *words[WORDS_MAX + 2], **argv;
	struct err e = { 0 };
	int argc, result, i;

	argc = split(data, size, words);
	argv = malloc((size_t)(argc + 1) * sizeof(*argv));
	memcpy(argv, words, (size_t)(argc + 1) * sizeof(*argv));
	result = options_parse(argc, argv, &first, &e);
	if (result)
		hold_refusal(&e);
	else
		hold(&first);
	/* getopt has a memory; a second answer must not depend on it */
	MUST(options_parse(argc, argv, &second, &e) == result);
	MUST(!memcmp(&first, &second, sizeof(first)));
	for (i = 0; i < argc; i++)
		free(words[i]);
	free(argv);
	return 0;
}
