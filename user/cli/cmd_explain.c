// SPDX-License-Identifier: GPL-2.0-or-later
/* boundby explain: what a verdict, a threshold or a state means, from the tables. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cli/commands.h"
#include "cli/options/options.h"
#include "exit_codes.h"
#include "lib/log.h"
#include "verdict/findings/findings.h"
#include "verdict/words/glossary.h"
#include "verdict/rules.h"

static void print_threshold(enum threshold_id id, const struct verdict_settings *settings)
{
	const struct threshold *row = &thresholds[id];

	printf("  %-17s %-5.4g %-16s %s%s%s\n", row->name, settings->threshold[id], row->unit,
	       row->meaning, row->source ? "; source: " : "", row->source ? row->source : "");
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
	       "thresholds (--set NAME=VALUE); defaults of boundby, unless a source is named\n");
	for (i = 0; i < NR_THRESHOLDS; i++)
		print_threshold((enum threshold_id)i, settings);
	printf("\nfindings, whatever the verdict\n");
	for (i = 0; i < NR_FINDINGS; i++)
		printf("  %-18s %s\n", finding_rules[i].kind, finding_rules[i].meaning);
	printf("\nstates of a thread\n");
	for (i = 0; i < NR_STATES; i++)
		printf("  %-14s %s\n", state_name((uint32_t)i), state_meaning((uint32_t)i));
	printf("\nother words of a report\n");
	for (i = 0; i < (int)glossary_count; i++)
		printf("  %-22s %s\n", glossary[i].word, glossary[i].meaning);
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

static bool print_class_of(const char *word, const struct verdict_settings *settings)
{
	int i;

	for (i = 0; i < NR_VERDICTS; i++)
		if (!strcasecmp(word, verdict_class_name(rules[i].class))) {
			print_class(&rules[i], settings);
			return true;
		}
	return false;
}

static bool print_finding_of(const char *word, const struct verdict_settings *settings)
{
	int i;

	for (i = 0; i < NR_FINDINGS; i++)
		if (!strcasecmp(word, finding_rules[i].kind)) {
			print_finding(&finding_rules[i], settings);
			return true;
		}
	return false;
}

static bool print_threshold_of(const char *word, const struct verdict_settings *settings)
{
	int i;

	for (i = 0; i < NR_THRESHOLDS; i++)
		if (!strcasecmp(word, thresholds[i].name)) {
			print_threshold((enum threshold_id)i, settings);
			return true;
		}
	return false;
}

static bool print_meaning_of(const char *word)
{
	bool found = false;
	uint32_t s;
	size_t i;

	for (s = 0; s < NR_STATES; s++)
		if (!strcasecmp(word, state_name(s))) {
			printf("  %-14s state of a thread: %s\n", state_name(s), state_meaning(s));
			found = true;
		}
	for (i = 0; i < glossary_count; i++)
		if (!strcasecmp(word, glossary[i].word)) {
			printf("  %-14s %s\n", glossary[i].word, glossary[i].meaning);
			found = true;
		}
	return found;
}

/* Prints all that the word means; false when it is none of ours. A finding shows its thresholds. */
static bool print_word(const char *word, const struct verdict_settings *settings)
{
	bool found = print_class_of(word, settings);

	if (!print_finding_of(word, settings))
		found |= print_threshold_of(word, settings);
	else
		found = true;
	found |= print_meaning_of(word);
	return found;
}

int cmd_explain(const struct options *options)
{
	struct err e = { 0 };

	if (!options->rest_count) {
		print_all(&options->verdict);
	} else if (!print_word(options->rest[0], &options->verdict)) {
		err_set(&e, ERR_USAGE,
			"no report has the word '%s'; `boundby explain` lists them all",
			options->rest[0]);
		return exit_codes_fail(&e);
	}
	return EXIT_REPORT;
}
