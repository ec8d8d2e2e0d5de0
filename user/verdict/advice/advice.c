// SPDX-License-Identifier: GPL-2.0-or-later
/* Gives the advice of the rule that decided, and the command to run next. */
#include "verdict/advice/advice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/stuck/stuck_apart.h"
#include "verdict/advice/advice_rules.h"

#define POOL_MOST 32 /* threads: min(32, cores x 4), by the guides */
#define POOL_PER_CPU 4

/* The process that the advice is for: the culprit of the class, else the one that works most. */
static const struct process_model *main_process(const struct findings_input *input)
{
	uint64_t (*part)(const struct process_model *process) = rules[input->class].part;
	const struct process_model *most = NULL, *apart[STUCK_MAX];
	struct stuck proofs[STUCK_MAX];
	size_t hung = 0, i;

	if (input->process)
		return input->process;
	if (input->class == VERDICT_HUNG && stuck_find(input->model, NULL, proofs))
		return proofs[0].process;
	if (input->signals->stuck_apart)
		hung = stuck_apart(input->model, NULL, apart);
	for (i = 0; i < input->model->process_count; i++) {
		const struct process_model *each = &input->model->processes[i];

		if (stuck_is_apart(apart, hung, each))
			continue;
		/* those that share a row have ended, and have no number to name */
		if (!most || (!each->merged && part(each) > part(most)))
			most = each;
	}
	return most;
}

/* Itself, or of those that have ended the nearest ancestor that lives. NULL: none is watched. */
static const struct process_model *living(const struct model *model,
					  const struct process_model *process)
{
	size_t steps;

	for (steps = 0; process && process->exited && steps < model->process_count; steps++)
		process = model_process_of(model, process->ppid);
	return process && !process->exited ? process : NULL;
}

#define PLACE "-p PID"
#define FOR_SECONDS " -d "

/* A watch as long as the one that has just been made would say the same again. */
static bool is_repetition(const char *command, const struct model *model)
{
	const char *place = strstr(command, PLACE) ? strstr(command, FOR_SECONDS) : NULL;
	double seconds = place ? strtod(place + strlen(FOR_SECONDS), NULL) : 0;

	return seconds > 0 && (double)model->duration_ns / 1e9 > 0.9 * seconds;
}

/* The command with the PID filled in; of all processes where there is none. */
static void name_next(const char *command, uint32_t pid, struct verdict *verdict)
{
	const char *place = strstr(command, PLACE);
	char target[24] = "--all";

	if (pid)
		snprintf(target, sizeof(target), "-p %u", pid);
	if (place)
		snprintf(verdict->advice_next, sizeof(verdict->advice_next), "%.*s%s%s",
			 (int)(place - command), command, target, place + strlen(PLACE));
	else
		snprintf(verdict->advice_next, sizeof(verdict->advice_next), "%s", command);
}

void advice_give(const struct rule *rule, const struct findings_input *input,
		 struct verdict *verdict)
{
	int cpus = (int)input->model->capture.cpus;
	const struct process_model *main = main_process(input);
	struct runtime_words words;
	struct advice advice = {
		.model = input->model,
		.process = input->process,
		.main = main,
		.pools = input->pools,
		.signals = input->signals,
		.settings = input->settings,
		.words = &words,
		.verdict = verdict,
		.cpus = cpus,
		.pool = cpus * POOL_PER_CPU < POOL_MOST ? cpus * POOL_PER_CPU : POOL_MOST,
	};
	const char *next = rule->next;

	verdict->main_pid = main ? main->pid : 0;
	runtime_words_of(main, &words);
	if (!advise_rest(&advice))
		rule->advise(&advice);
	if (is_repetition(next, input->model))
		next = "boundby record -p PID -d 1h -o incident.bbt";
	/* what has ended cannot be watched again: what started it can, if it is a target, too */
	if (main && main->exited)
		main = living(input->model, main);
	if (!verdict->advice_next[0] && (main || !input->model->process_count))
		name_next(next, main ? main->pid : 0, verdict);
}
