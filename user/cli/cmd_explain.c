// SPDX-License-Identifier: GPL-2.0-or-later
/* boundby explain: what a verdict, a threshold or a state means, from the tables. */
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/options.h"
#include "exit_codes.h"
#include "lib/log.h"
#include "verdict/findings.h"
#include "verdict/rules.h"

static void print_threshold(enum threshold_id id, const struct verdict_settings *settings)
{
	const struct threshold *row = &thresholds[id];

	printf("  %-17s %-5.4g %-14s %s; source: %s\n", row->name, settings->threshold[id],
	       row->unit, row->meaning, row->source);
}

static void print_class(const struct rule *rule, const struct verdict_settings *settings)
{
	int i;

	printf("%s\n  %s\n  rule   %s\n  to do  %s\n", verdict_class_name(rule->class),
	       rule->meaning, rule->text, rule->action);
	for (i = 0; i < RULE_MAX_TERMS && rule->terms[i].signal; i++)
		print_threshold(rule->terms[i].threshold, settings);
}

/* The states that a sum consists of. */
static void print_group(const char *name, enum state_group group, const char *more)
{
	const char *plus = "";
	uint32_t i;

	printf("  %-14s ", name);
	for (i = 0; i < NR_STATES; i++)
		if (state_group(i) == group) {
			printf("%s%s", plus, state_name(i));
			plus = " + ";
		}
	printf("%s\n", more);
}

static void print_all(const struct verdict_settings *settings)
{
	int i;

	printf("verdicts, the first rule that holds\n");
	for (i = 0; i < NR_VERDICTS; i++)
		printf("  %-14s %s\n", verdict_class_name(rules[i].class), rules[i].text);
	printf("\nsignals\n"
	       "  work           on_cpu + runnable + lock + gil + I/O\n");
	print_group("I/O", GROUP_IO, "");
	print_group("rest", GROUP_REST, " + a pipe wait that never ended");
	printf("                 + time spent waiting for another monitored thread that is doing work\n"
	       "  ratio          on_cpu / (on_cpu + I/O)\n"
	       "  starvation     runnable / work\n"
	       "  contention     (lock + gil) / work\n"
	       "  stalled        time between a loop's return from its wait and its next entry, where "
	       "longer than --stall, / window\n"
	       "  cores          on_cpu / window\n\n"
	       "thresholds (--set NAME=VALUE)\n");
	for (i = 0; i < NR_THRESHOLDS; i++)
		print_threshold((enum threshold_id)i, settings);
	printf("\nfindings, whatever the verdict\n");
	for (i = 0; i < NR_FINDINGS; i++)
		printf("  %-18s %s\n", finding_rules[i].kind, finding_rules[i].meaning);
	printf("\nstates of a thread\n");
	for (i = 0; i < NR_STATES; i++)
		printf("  %-14s %s\n", state_name((uint32_t)i), state_meaning((uint32_t)i));
}

static void print_finding(const struct finding_rule *finding,
			  const struct verdict_settings *settings)
{
	int i;

	printf("%s\n  %s\n  rule   %s\n", finding->kind, finding->meaning, finding->rule);
	if (finding->action[0])
		printf("  to do  %s\n", finding->action);
	for (i = 0; i < finding->term_count; i++)
		print_threshold(finding->terms[i], settings);
}

/* Prints what the word means; false when it is none of ours. */
static bool print_word(const char *word, const struct verdict_settings *settings)
{
	int i, class = verdict_class_parse(word);

	if (class >= 0) {
		for (i = 0; rules[i].class != (enum verdict_class) class; i++)
			;
		print_class(&rules[i], settings);
		return true;
	}
	/* a finding shows its thresholds, one of which may have its name */
	for (i = 0; i < NR_FINDINGS; i++)
		if (!strcmp(word, finding_rules[i].kind)) {
			print_finding(&finding_rules[i], settings);
			return true;
		}
	for (i = 0; i < NR_THRESHOLDS; i++)
		if (!strcmp(word, thresholds[i].name)) {
			print_threshold((enum threshold_id)i, settings);
			return true;
		}
	for (i = 0; i < NR_STATES; i++)
		if (!strcmp(word, state_name((uint32_t)i))) {
			printf("  %-14s %s\n", state_name((uint32_t)i), state_meaning((uint32_t)i));
			return true;
		}
	return false;
}

int cmd_explain(const struct options *options)
{
	struct err e = { 0 };

	if (!options->rest_count) {
		print_all(&options->verdict);
	} else if (!print_word(options->rest[0], &options->verdict)) {
		err_set(&e, EXIT_USAGE,
			"there is no class, rule or state '%s'; `boundby explain` lists them all",
			options->rest[0]);
		return log_error(&e);
	}
	return EXIT_REPORT;
}
