// SPDX-License-Identifier: GPL-2.0-or-later
/* The report for people: verdict first, then what it rests on. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/state_names.h"
#include "lib/units.h"
#include "render/text/text_parts.h"
#include "verdict/rules.h"
#include "verdict/stalls.h"
#include "verdict/wording.h"
#include "render/text/wrap.h"

static const char *class_colour(enum verdict_class class)
{
	static const char *const colours[] = {
		[TONE_CALM] = "\033[1;36m", [TONE_NOTE] = "\033[1;33m", [TONE_ALARM] = "\033[1;31m"
	};

	return colours[rules[class].tone];
}

static void print_headline(const struct report *report, const struct render_options *options,
			   FILE *out)
{
	const struct model *model = report->model;
	const struct process_model *first = model->processes;
	char class[24], comm[RECORD_COMM_LEN * 2], time[UNITS_LEN];
	size_t i;

	snprintf(class, sizeof(class), "%s", verdict_class_name(report->verdict->class));
	for (i = 0; class[i]; i++)
		class[i] = (char)toupper((unsigned char)class[i]);
	fprintf(out, "%s%s%s  (%s confidence)",
		options->colour ? class_colour(report->verdict->class) : "", class, PLAIN(options),
		confidence_name(report->verdict->confidence));
	if (first) {
		units_printable(first->comm, sizeof(first->comm), comm, sizeof(comm));
		fprintf(out, "          %s[%u]", comm, first->pid);
		if (model->process_count > 1)
			fprintf(out, " and %zu more process%s", model->process_count - 1,
				model->process_count > 2 ? "es" : "");
	}
	fprintf(out, ", %s, %llu thread%s\n", units_time(model->duration_ns, time),
		(unsigned long long)model->threads_seen, model->threads_seen == 1 ? "" : "s");
	fprintf(out, "%s\n", report->verdict->headline);
	for (i = 0; i < report->verdict->cause_count; i++) {
		const struct verdict_cause *cause = &report->verdict->causes[i];

		fprintf(out, "  %6s  %-10s  %s%s%s\n", units_share(cause->share, time), cause->kind,
			cause->detail, cause->where[0] ? "   " : "", cause->where);
	}
}

static void print_advice(const struct verdict *verdict, const struct render_options *options,
			 FILE *out)
{
	size_t i;

	if (verdict->advice_now[0])
		fprintf(out, "%sNow:%s   %s\n", BOLD(options), PLAIN(options), verdict->advice_now);
	if (verdict->advice_next[0])
		fprintf(out, "%sNext:%s  %s\n", BOLD(options), PLAIN(options),
			verdict->advice_next);
	for (i = 0; i < verdict->finding_count; i++)
		fprintf(out, "%sAlso:%s  %s: %s\n", BOLD(options), PLAIN(options),
			verdict->findings[i].kind, verdict->findings[i].detail);
}

static void print_ledger(const struct ledger *ledger, const struct render_options *options,
			 FILE *out)
{
	char time[UNITS_LEN], share[UNITS_LEN];
	int i;

	fprintf(out, "\n%sWhere the time went%s (%s of thread time)\n", BOLD(options),
		PLAIN(options), units_time(ledger->wall_ns, time));
	for (i = 1; i <= NR_STATES; i++) { /* unobserved last */
		int s = i % NR_STATES;

		if (!ledger->state_ns[s])
			continue;
		fprintf(out, "  %6s  %9s  %-10s  %s%s%s\n",
			units_share((double)ledger->state_ns[s] / (double)ledger->wall_ns, share),
			units_time(ledger->state_ns[s], time), state_name((uint32_t)s),
			DIM(options), state_meaning((uint32_t)s), PLAIN(options));
	}
	if (ledger->throttled_ns != RECORD_UNKNOWN && ledger->throttled_ns)
		fprintf(out,
			"          %9s  throttled   %spart of the runnable time: out of CPU "
			"quota%s\n",
			units_time(ledger->throttled_ns, time), DIM(options), PLAIN(options));
}

static void print_switches(const struct model *model, const struct render_options *options,
			   FILE *out)
{
	const struct switch_counts *switches = &model->switches;
	const uint64_t *ns = model->time.state_ns;
	uint64_t cost = switches_cost(&model->capture, switches);
	char time[UNITS_LEN], share[UNITS_LEN];

	fprintf(out, "\n%sSwitches%s  %llu voluntary, %llu involuntary, %llu migrations; ",
		BOLD(options), PLAIN(options), (unsigned long long)switches->voluntary,
		(unsigned long long)switches->involuntary,
		(unsigned long long)switches->migrations);
	if (cost == RECORD_UNKNOWN)
		fprintf(out, "the cost of switching is unknown");
	else
		fprintf(out, "switching cost about %s, %s of its CPU time", units_time(cost, time),
			ns[STATE_ON_CPU] ?
				units_share((double)cost / (double)ns[STATE_ON_CPU], share) :
				"0 %");
	fprintf(out, "; %s queued for a CPU\n", units_time(states_sum(ns, GROUP_READY), time));
}

static void print_basis(const struct report *report, const struct render_options *options,
			FILE *out)
{
	const struct model *model = report->model;
	const struct verdict *verdict = report->verdict;
	char time[UNITS_LEN], other[UNITS_LEN];
	size_t i;

	fprintf(out, "\n%sEvidence%s ", BOLD(options), PLAIN(options));
	for (i = 0; i < verdict->evidence_count; i++) {
		const struct verdict_evidence *row = &verdict->evidence[i];

		fprintf(out, "%s %s ", i ? ";" : "", row->rule);
		if (isnan(row->value)) {
			fprintf(out, "unknown");
		} else if (i + 1 < verdict->evidence_count && !strcmp(row->rule, row[1].rule)) {
			/* between two thresholds */
			fprintf(out, "%.3g (thresholds %.3g and %.3g %s)", row->value,
				row->threshold, row[1].threshold, row->unit);
			i++;
		} else {
			fprintf(out, "%.3g (threshold %.3g %s)", row->value, row->threshold,
				row->unit);
		}
	}
	print_switches(model, options, out);
	fprintf(out, "%sNot measured%s  ", BOLD(options), PLAIN(options));
	for (i = 0; i < verdict->unmeasured_count; i++)
		fprintf(out, "%s%s", i ? "; " : "", verdict->unmeasured[i]);
	fputc('\n', out);
	if (model->lost_total) {
		fprintf(out, "%sLost%s ", BOLD(options), PLAIN(options));
		for (i = 0; i < NR_LOSSES; i++)
			if (model->lost[i])
				fprintf(out, " %s: %llu.", loss_meaning((uint32_t)i),
					(unsigned long long)model->lost[i]);
		fprintf(out, " Confidence is lowered where it matters.\n");
	}
	fprintf(out, "%sboundby's own cost%s  ", BOLD(options), PLAIN(options));
	if (model->overhead.bpf_run_ns != RECORD_UNKNOWN && model->duration_ns)
		fprintf(out, "about %.2f %% of a CPU in the kernel, ",
			100.0 * (double)model->overhead.bpf_run_ns / (double)model->duration_ns);
	if (model->overhead.reader_cpu_ns == RECORD_UNKNOWN ||
	    model->overhead.reader_rss_bytes == RECORD_UNKNOWN)
		fprintf(out, "the reader's was not measured\n");
	else
		fprintf(out, "%s of CPU and %s of memory in the reader\n",
			units_time(model->overhead.reader_cpu_ns, time),
			units_bytes(model->overhead.reader_rss_bytes, other));
}

struct text {
	const struct report *report;
	const struct render_options *options;
};

static void print_all(const void *arg, FILE *out)
{
	const struct text *text = arg;

	print_headline(text->report, text->options, out);
	print_advice(text->report->verdict, text->options, out);
	print_ledger(&text->report->model->time, text->options, out);
	text_print_tables(text->report, text->options, out);
	print_basis(text->report, text->options, out);
}

int render_text(const struct report *report, const struct render_options *options, FILE *out)
{
	return wrap_print(print_all, &(const struct text){ report, options }, options->width, out);
}
