// SPDX-License-Identifier: GPL-2.0-or-later
/* Judges a model: class, confidence, causes, evidence, findings. */
#include "verdict/verdict.h"

#include <string.h>

#include "analysis/pools.h"
#include "verdict/advice/advice.h"
#include "verdict/causes/causes.h"
#include "verdict/confidence.h"
#include "verdict/findings/findings.h"
#include "verdict/rules.h"
#include "verdict/timeline.h"
#include "verdict/unmeasured.h"

static void add_evidence(struct verdict *verdict, const char *rule, double value, double threshold,
			 const char *unit)
{
	size_t i;

	for (i = 0; i < verdict->evidence_count; i++)
		if (!strcmp(verdict->evidence[i].rule, rule) &&
		    verdict->evidence[i].threshold == threshold)
			return;
	if (verdict->evidence_count < VERDICT_MAX_EVIDENCE)
		verdict->evidence[verdict->evidence_count++] =
			(struct verdict_evidence){ rule, value, threshold, unit };
}

/*
 * First what decided, then the signals of the rules that were passed over: of loops where there
 * are any.
 */
static void find_evidence(const struct rule *decided, const struct signals *s,
			  const struct verdict_settings *settings, struct verdict *verdict)
{
	const struct rule *rule = decided;
	int i;

	for (;;) {
		for (i = 0; (s->has_loop || rule->class != VERDICT_LOOP_BLOCKED) &&
			    (s->stuck > 0 || rule->class != VERDICT_HUNG) && i < RULE_MAX_TERMS &&
			    rule->terms[i].signal;
		     i++)
			add_evidence(verdict, rule->terms[i].signal, rule->terms[i].value(s),
				     settings->threshold[rule->terms[i].threshold],
				     rule->terms[i].unit);
		rule = rule == decided ? &rules[VERDICT_INSUFFICIENT + 1] : rule + 1;
		if (rule >= decided)
			break;
	}
}

enum verdict_class verdict_of_signals(const struct signals *signals,
				      const struct verdict_settings *settings)
{
	return rules_first(signals, settings)->class;
}

enum verdict_class verdict_of_thread(const struct model *model, const struct process_model *process,
				     const struct thread_model *thread,
				     const struct verdict_settings *settings)
{
	struct signals signals;

	signals_of_thread(model, process, thread, &signals);
	return rules_first(&signals, settings)->class;
}

static void judge(const struct model *model, const struct process_model *process,
		  const struct pool_set *pools, const struct timeline *timeline,
		  const struct verdict_settings *settings, struct verdict *ret)
{
	struct findings_input input = { .model = model,
					.process = process,
					.pools = pools,
					.timeline = timeline,
					.odd = TIMELINE_NONE,
					.settings = settings };
	const struct rule *rule, *rest_rule;
	struct signals signals, rest;

	memset(ret, 0, sizeof(*ret));
	signals_compute(model, process, &signals);
	rule = rules_first(&signals, settings);
	if (timeline && !process)
		input.odd = timeline_odd(timeline, rule->class);
	if (input.odd != TIMELINE_NONE) {
		rest = signals;
		timeline_without(timeline, input.odd, &rest);
		rest_rule = rules_first(&rest, settings);
		if (rest_rule == rule) {
			input.odd = TIMELINE_NONE;
		} else {
			rule = rest_rule;
			signals = rest;
		}
	}
	ret->class = rule->class;
	ret->confidence = confidence_find(rule, model, process, &signals, settings);
	if (ret->confidence == CONFIDENCE_HIGH && timeline && !process &&
	    (input.odd != TIMELINE_NONE || timeline_lacks(timeline, rule->class)))
		ret->confidence = CONFIDENCE_MEDIUM;
	causes_find(model, process, &signals, settings, ret);
	find_evidence(rule, &signals, settings, ret);
	input.signals = &signals;
	input.class = ret->class;
	findings_find(&input, ret);
	unmeasured_find(model, process, &signals, ret);
	rule->headline(&signals, settings->threshold, ret->headline, sizeof(ret->headline));
	advice_give(rule, &input, ret);
}

void verdict_judge(const struct model *model, const struct process_model *process,
		   const struct timeline *timeline, const struct verdict_settings *settings,
		   struct verdict *ret)
{
	struct pool_set pools;

	pools_find(model, &pools);
	judge(model, process, &pools, timeline, settings, ret);
	pools_free(&pools);
}

void verdict_judge_all(const struct model *model, const struct timeline *timeline,
		       const struct verdict_settings *settings, struct verdict *whole,
		       struct verdict *processes)
{
	struct pool_set pools;
	size_t i;

	pools_find(model, &pools);
	judge(model, NULL, &pools, timeline, settings, whole);
	for (i = 0; i < model->process_count; i++)
		judge(model, &model->processes[i], &pools, NULL, settings, &processes[i]);
	pools_free(&pools);
}
