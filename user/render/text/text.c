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
#include "verdict/causes/stalls.h"
#include "verdict/words/wording.h"
#include "render/text/wrap.h"

/* Without -v the answer comes in some fifteen lines. */
#define MAX_FINDINGS 3
#define MAX_STATES 5

static const char *class_colour(enum verdict_class class)
{
	static const char *const colours[] = {
		[TONE_CALM] = "\033[1;36m", [TONE_NOTE] = "\033[1;33m", [TONE_ALARM] = "\033[1;31m"
	};

	return colours[rules[class].tone];
}

/* The one that the verdict is about, which the title names. NULL: there is none at all. */
static const struct process_model *main_process(const struct report *report)
{
	const struct model *model = report->model;
	const struct process_model *found = model_process_of(model, report->verdict->main_pid);

	if (found)
		return found;
	return model->process_count ? model->processes : NULL;
}

/* Shares in whole percent, as the interval is seldom narrower. */
static void print_places(const struct verdict_cause *cause, FILE *out)
{
	const struct verdict_place *first = cause->places, *place;
	char margin[16], share[16];
	bool equal;
	size_t i;

	for (i = 0; i < cause->place_count; i++) {
		place = &cause->places[i];
		equal = i && first->share - place->share < fmax(first->margin, place->margin);
		margin[0] = '\0';
		if (place->margin >= 0.005)
			snprintf(margin, sizeof(margin), " +-%.0f", 100 * place->margin);
		if (place->share < 0.005)
			snprintf(share, sizeof(share), "<1");
		else
			snprintf(share, sizeof(share), "%.0f", 100 * place->share);
		fprintf(out, "            %3s %%%-5s  %s%s\n", share, margin, place->where,
			equal ? "   (about equal)" : "");
	}
}

/* The script, and where it runs: the innermost that is known. */
static void print_label(const struct record_label *label, FILE *out)
{
	const char *within = label->pod[0]	 ? label->pod :
			     label->container[0] ? label->container :
						   label->unit;
	char text[sizeof(label->pod)];

	if (label->script[0])
		fprintf(out, " %s",
			units_printable(label->script, sizeof(label->script), text, sizeof(text)));
	if (within[0])
		fprintf(out, " in %s", units_printable(within, strlen(within), text, sizeof(text)));
}

static void print_headline(const struct report *report, const struct render_options *options,
			   FILE *out)
{
	const struct model *model = report->model;
	const struct process_model *first = main_process(report);
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
		print_label(&first->label, out);
		if (model->process_count > 1)
			fprintf(out, " and %llu more process%s",
				(unsigned long long)(model_processes(model) - 1),
				model_processes(model) > 2 ? "es" : "");
	}
	fprintf(out, ", %s, %llu thread%s\n", units_time(model->duration_ns, time),
		(unsigned long long)model->threads_seen, model->threads_seen == 1 ? "" : "s");
	fprintf(out, "%s\n", report->verdict->headline);
	for (i = 0; i < report->verdict->cause_count; i++) {
		const struct verdict_cause *cause = &report->verdict->causes[i];

		fprintf(out, "  %6s  %-10s  %s%s%s\n", units_share(cause->share, time), cause->kind,
			cause->detail, cause->where[0] && !cause->place_count ? "   " : "",
			cause->place_count ? "" : cause->where);
		print_places(cause, out);
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
	for (i = 0; i < verdict->finding_count && (options->verbose || i < MAX_FINDINGS); i++)
		fprintf(out, "%sAlso:%s  %s: %s\n", BOLD(options), PLAIN(options),
			verdict->findings[i].kind, verdict->findings[i].detail);
	if (i < verdict->finding_count)
		fprintf(out, "%sAlso:%s  ... and %zu more: -v shows all\n", BOLD(options),
			PLAIN(options), verdict->finding_count - i);
}

struct share {
	uint64_t ns;
	uint32_t state;
	bool signal; /* the part of STATE_OTHER that waits for a signal */
};

static int compare_shares(const void *a, const void *b)
{
	const struct share *one = a, *other = b;

	if (one->ns != other->ns)
		return one->ns < other->ns ? 1 : -1;
	return (one->state > other->state) - (one->state < other->state);
}

const char *text_state_name(uint32_t state, bool signal)
{
	return signal ? "other (signal)" : state_name(state);
}

/*
 * Fills the states of the model's time that took any, the longest first; waits for a signal are
 * apart. Returns how many.
 */
static size_t sort_states(const struct model *model, struct share shares[NR_STATES + 1])
{
	const uint64_t *ns = model->time.state_ns;
	uint64_t signal_ns = 0;
	size_t count = 0, i;
	uint32_t s;

	for (i = 0; i < model->process_count; i++)
		signal_ns += model_signal_ns(&model->processes[i]);
	if (signal_ns > ns[STATE_OTHER])
		signal_ns = ns[STATE_OTHER];
	if (signal_ns)
		shares[count++] = (struct share){ signal_ns, STATE_OTHER, true };
	for (s = 0; s < NR_STATES; s++)
		if (ns[s] > (s == STATE_OTHER ? signal_ns : 0))
			shares[count++] =
				(struct share){ ns[s] - (s == STATE_OTHER ? signal_ns : 0), s,
						false };
	qsort(shares, count, sizeof(*shares), compare_shares);
	return count;
}

/* All states, the longest first. */
static void print_ledger(const struct model *model, const struct render_options *options, FILE *out)
{
	const struct ledger *ledger = &model->time;
	char time[UNITS_LEN], share[UNITS_LEN];
	struct share shares[NR_STATES + 1];
	size_t count = sort_states(model, shares), i;

	fprintf(out, "\n%sWhere the time went%s (%s of thread time)\n", BOLD(options),
		PLAIN(options), units_time(ledger->wall_ns, time));
	for (i = 0; i < count; i++)
		fprintf(out, "  %6s  %9s  %-10s  %s%s%s\n",
			units_share((double)shares[i].ns / (double)ledger->wall_ns, share),
			units_time(shares[i].ns, time), state_name(shares[i].state), DIM(options),
			shares[i].signal ? "waiting for a signal" : state_meaning(shares[i].state),
			PLAIN(options));
	if (ledger->throttled_ns != RECORD_UNKNOWN && ledger->throttled_ns)
		fprintf(out,
			"          %9s  throttled   %spart of the runnable time: out of CPU "
			"quota%s\n",
			units_time(ledger->throttled_ns, time), DIM(options), PLAIN(options));
}

/* The same in a line: the states that took most. */
static void print_ledger_line(const struct model *model, const struct render_options *options,
			      FILE *out)
{
	const struct ledger *ledger = &model->time;
	char time[UNITS_LEN], share[UNITS_LEN];
	struct share shares[NR_STATES + 1];
	size_t count = sort_states(model, shares), i;

	fprintf(out, "\n%sTime%s      of %s of thread time: ", BOLD(options), PLAIN(options),
		units_time(ledger->wall_ns, time));
	for (i = 0; i < count && i < MAX_STATES; i++)
		fprintf(out, "%s%s %s", i ? ", " : "",
			units_share((double)shares[i].ns / (double)ledger->wall_ns, share),
			text_state_name(shares[i].state, shares[i].signal));
	fprintf(out, "%s\n", i < count ? ", ..." : "");
}

static void print_switches(const struct model *model, const struct render_options *options,
			   FILE *out)
{
	const struct switch_counts *switches = &model->switches;
	const uint64_t *ns = model->time.state_ns;
	uint64_t cost = switches_cost(&model->capture, switches);
	char time[UNITS_LEN], share[UNITS_LEN];

	fprintf(out, "%sSwitches%s  %llu voluntary, %llu involuntary, %llu migrations; ",
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

static void print_evidence(const struct verdict *verdict, const struct render_options *options,
			   FILE *out)
{
	size_t i;

	fprintf(out, "%sEvidence%s  ", BOLD(options), PLAIN(options));
	for (i = 0; i < verdict->evidence_count; i++) {
		const struct verdict_evidence *row = &verdict->evidence[i];

		fprintf(out, "%s%s ", i ? "; " : "", row->rule);
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
	fputc('\n', out);
}

static void print_lost(const struct model *model, const struct render_options *options, FILE *out)
{
	size_t i;

	if (!model->lost_total)
		return;
	fprintf(out, "%sLost%s     ", BOLD(options), PLAIN(options));
	for (i = 0; i < NR_LOSSES; i++)
		if (model->lost[i])
			fprintf(out, " %s: %llu.", loss_meaning((uint32_t)i),
				(unsigned long long)model->lost[i]);
	fprintf(out, " Confidence is lowered where it matters.\n");
}

static void print_cost(const struct model *model, const struct render_options *options, FILE *out)
{
	char time[UNITS_LEN], bytes[UNITS_LEN];

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
			units_bytes(model->overhead.reader_rss_bytes, bytes));
}

/* When, where, by what: a report is passed on, and reports of -i follow each other. */
static void print_origin(const struct model *model, const struct render_options *options, FILE *out)
{
	char at[UNITS_UTC_LEN], host[140];

	units_utc(model->start_ns + model->capture.start_realtime_ns, at);
	units_printable(model->host, strlen(model->host), host, sizeof(host));
	fprintf(out, "%s%.10s %.8s UTC%s%s, Linux %s, boundby %s%s%s\n", DIM(options), at,
		at + strlen("2026-11-30T"), host[0] ? ", " : "", host, model->capture.kernel,
		model->capture.tool_version,
		options->verbose ? "" : "; -v shows all that was measured, and what was not",
		PLAIN(options));
}

static void print_basis(const struct report *report, const struct render_options *options,
			FILE *out)
{
	const struct model *model = report->model;
	const struct verdict *verdict = report->verdict;
	char time[UNITS_LEN];
	size_t i;

	if (options->verbose)
		fputc('\n', out);
	else
		print_ledger_line(model, options, out);
	print_evidence(verdict, options, out);
	if (options->verbose) {
		print_switches(model, options, out);
		fprintf(out, "%sNot measured%s  ", BOLD(options), PLAIN(options));
		for (i = 0; i < verdict->unmeasured_count; i++)
			fprintf(out, "%s%s", i ? "; " : "", verdict->unmeasured[i]);
		if (model->places_refused)
			fprintf(out,
				"%sthe places of %s of thread time: %llu samples came too fast, or "
				"had no stack",
				i ? "; " : "", units_time(model_places_refused_ns(model), time),
				(unsigned long long)model->places_refused);
		fputc('\n', out);
	}
	print_lost(model, options, out);
	if (options->verbose)
		print_cost(model, options, out);
	print_origin(model, options, out);
}

struct text {
	const struct report *report;
	const struct render_options *options;
};

static int print_all(const void *arg, FILE *out)
{
	const struct text *text = arg;
	int error;

	print_headline(text->report, text->options, out);
	print_advice(text->report->verdict, text->options, out);
	if (text->options->verbose)
		print_ledger(text->report->model, text->options, out);
	error = text_print_tables(text->report, text->options, out);
	print_basis(text->report, text->options, out);
	return error;
}

int render_text(const struct report *report, const struct render_options *options, FILE *out)
{
	return wrap_print(print_all, &(const struct text){ report, options }, options->width, out);
}
