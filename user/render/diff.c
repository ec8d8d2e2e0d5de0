// SPDX-License-Identifier: GPL-2.0-or-later
/* The difference of two reports, for people and as boundby.diff/1. */
#include <ctype.h>
#include <errno.h>
#include <json-c/json.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/state_names.h"
#include "lib/units.h"
#include "render/json/json_parts.h"
#include "render/text/text_parts.h"
#include "render/text/wrap.h"

#define TEXT_ROWS 12 /* one screen; -v shows all */
#define TEXT_LEAST 0.005 /* threads: less is not shown without -v */

static const char *state_of(const struct change *change)
{
	return change->kind == CHANGE_STATE || change->kind == CHANGE_WAIT ?
		       state_name(change->state) :
		       "";
}

static const char *unit_of(const struct change *change)
{
	return change->kind == CHANGE_SWITCHES ? "1/s" :
	       change->kind == CHANGE_MEMORY   ? "bytes" :
						 "threads";
}

/* ---- text ------------------------------------------------------------------------------------ */
static void print_side(const char *name, const struct report *report, FILE *out)
{
	const struct model *model = report->model;
	char start[UNITS_UTC_LEN], time[UNITS_LEN];

	fprintf(out, "  %-7s %-14s %s from %s, %llu thread%s\n", name,
		verdict_class_name(report->verdict->class), units_time(model->duration_ns, time),
		units_utc(model->start_ns + model->capture.start_realtime_ns, start),
		(unsigned long long)model->threads_seen, model->threads_seen == 1 ? "" : "s");
}

static void print_figure(const struct change *change, double value, FILE *out)
{
	char bytes[UNITS_LEN];

	if (change->kind == CHANGE_MEMORY)
		fprintf(out, "  %9s", units_bytes((uint64_t)fmax(0, value), bytes));
	else if (change->kind == CHANGE_SWITCHES)
		fprintf(out, "  %7.0f/s", value);
	else
		fprintf(out, "  %9.3f", value);
}

static void print_change(const struct change *change, FILE *out)
{
	double by = change->after - change->before;
	char bytes[UNITS_LEN], name[CHANGE_NAME_LEN * 2];

	if (change->kind == CHANGE_MEMORY)
		fprintf(out, "  %c%8s", by < 0 ? '-' : '+', units_bytes((uint64_t)fabs(by), bytes));
	else if (change->kind == CHANGE_SWITCHES)
		fprintf(out, "  %+7.0f/s", by);
	else
		fprintf(out, "  %+9.3f", by);
	print_figure(change, change->before, out);
	print_figure(change, change->after, out);
	fprintf(out, "  %-8s %-10s  %s\n", change_kind_name(change->kind), state_of(change),
		units_printable(change->name, sizeof(change->name), name, sizeof(name)));
}

struct text {
	const struct diff_report *diff;
	const struct render_options *options;
};

static int print_all(const void *arg, FILE *out)
{
	const struct diff_report *diff = ((const struct text *)arg)->diff;
	const struct render_options *options = ((const struct text *)arg)->options;
	const struct comparison *comparison = diff->comparison;
	bool same = diff->before->verdict->class == diff->after->verdict->class;
	size_t i, shown = 0;

	fprintf(out, "%s%s%s\n%s\n", BOLD(options), same ? "SAME CLASS" : "CHANGED", PLAIN(options),
		comparison->headline);
	print_side("before", diff->before, out);
	print_side("after", diff->after, out);
	for (i = 0; i < comparison->warning_count; i++)
		fprintf(out, "%sBeware:%s %s\n", BOLD(options), PLAIN(options),
			comparison->warnings[i]);
	fprintf(out,
		"\n%s     change     before      after%s  threads on average, except switches "
		"and memory\n",
		BOLD(options), PLAIN(options));
	for (i = 0; i < comparison->count; i++) {
		const struct change *change = &comparison->changes[i];
		bool thread = change->kind < CHANGE_SWITCHES;

		if (!options->verbose && thread &&
		    (shown >= TEXT_ROWS || fabs(change->after - change->before) < TEXT_LEAST))
			continue;
		shown += thread;
		print_change(change, out);
	}
	if (!shown)
		fprintf(out, "  none by more than %.3g of a thread\n", TEXT_LEAST);
	return 0;
}

int render_diff_text(const struct diff_report *diff, const struct render_options *options,
		     FILE *out)
{
	return wrap_print(print_all, &(const struct text){ diff, options }, options->width, out);
}

/* ---- JSON ------------------------------------------------------------------------------------ */
static void put_side(struct json_object *root, const char *key, const struct report *report)
{
	const struct model *model = report->model;
	struct json_object *side = json_put(root, key, json_object_new_object());
	struct signals signals;

	signals_compute(model, NULL, &signals);
	json_put_time(side, "start", model, model->start_ns);
	json_put_count(side, "duration_ns", model->duration_ns);
	json_put_string(side, "class", verdict_class_name(report->verdict->class));
	json_put_string(side, "confidence", confidence_name(report->verdict->confidence));
	json_put_number(side, "ratio", signals.ratio);
	json_put_number(side, "cores", signals.cores);
	json_put_number(side, "stalled", signals.stalled);
	json_put_count(side, "threads", model->threads_seen);
	json_put_count(side, "lost_events", model->lost_total);
	json_put_ledger(side, "time", &model->time);
}

static void put_change(struct json_object *list, const struct change *change)
{
	struct json_object *row = json_object_new_object();

	json_object_array_add(list, row);
	json_put_string(row, "kind", change_kind_name(change->kind));
	json_put_text(row, "name", change->name, sizeof(change->name));
	json_put_known(row, "state", state_of(change));
	json_put_number(row, "before", change->before);
	json_put_number(row, "after", change->after);
	json_put_number(row, "change", change->after - change->before);
	json_put_string(row, "unit", unit_of(change));
}

int render_diff_json(const struct diff_report *diff, const struct render_options *options,
		     FILE *out)
{
	struct json_object *root = json_object_new_object(), *list;
	const char *text;
	size_t i;
	int failed;

	(void)options;
	json_put_string(root, "schema", "boundby.diff/1");
	json_put_string(root, "headline", diff->comparison->headline);
	put_side(root, "before", diff->before);
	put_side(root, "after", diff->after);
	list = json_put(root, "warnings", json_object_new_array());
	for (i = 0; i < diff->comparison->warning_count; i++)
		json_object_array_add(list, json_clean_string(diff->comparison->warnings[i]));
	list = json_put(root, "changes", json_object_new_array());
	for (i = 0; i < diff->comparison->count; i++)
		put_change(list, &diff->comparison->changes[i]);
	text = json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY |
							    JSON_C_TO_STRING_SPACED |
							    JSON_C_TO_STRING_NOSLASHESCAPE);
	if (!text)
		errno = ENOMEM;
	failed = !text || fprintf(out, "%s\n", text) < 0 || fflush(out);
	json_object_put(root);
	return failed ? -1 : 0;
}
