// SPDX-License-Identifier: GPL-2.0-or-later
/* Gives the advice of the rule that decided, and the command to run next. */
#include "verdict/advice/advice.h"

#include <stdio.h>
#include <string.h>

#include "verdict/advice/advice_rules.h"

#define POOL_MOST 32 /* threads: min(32, cores x 4), by the guides */
#define POOL_PER_CPU 4

/* The process that the advice is for: the one with the most blocked loop, else the busiest. */
static const struct process_model *main_process(const struct model *model,
						const struct process_model *process,
						enum verdict_class class)
{
	const struct process_model *most = NULL;
	size_t i;

	if (process)
		return process;
	for (i = 0; i < model->process_count; i++) {
		const struct process_model *each = &model->processes[i];

		if (class == VERDICT_LOOP_BLOCKED && each->stall_count)
			return each;
		if (!most || model_process_work_ns(each) > model_process_work_ns(most))
			most = each;
	}
	return most;
}

#define PLACE "-p PID"

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

void advice_give(const struct rule *rule, const struct model *model,
		 const struct process_model *process, const struct signals *signals,
		 const struct verdict_settings *settings, struct verdict *verdict)
{
	int cpus = (int)model->capture.cpus;
	struct advice advice = {
		.model = model,
		.process = process,
		.main = main_process(model, process, verdict->class),
		.signals = signals,
		.settings = settings,
		.verdict = verdict,
		.cpus = cpus,
		.pool = cpus * POOL_PER_CPU < POOL_MOST ? cpus * POOL_PER_CPU : POOL_MOST,
	};
	const struct process_model *named = process		 ? process :
					    model->process_count ? &model->processes[0] :
								   NULL;

	verdict->main_pid = advice.main ? advice.main->pid : 0;
	advice.words = runtime_words_of(advice.main);
	rule->advise(&advice);
	if (rule->next_of_main && advice.main)
		named = advice.main;
	if (!verdict->advice_next[0])
		name_next(rule->next, named ? named->pid : 0, verdict);
}
