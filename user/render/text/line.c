// SPDX-License-Identifier: GPL-2.0-or-later
/* A window in one line: time, class and where the time went. */
#include <ctype.h>
#include <math.h>

#include "lib/units.h"
#include "render/report.h"

#define NAME_COLUMNS 24
#define CLOCK_FROM 11 /* of an RFC 3339 time: the hour */
#define CLOCK_LEN 8

/* "uvicorn[4242] +3": the process that the verdict is about, and how many others there are. */
static void print_target(const struct report *report, FILE *out)
{
	const struct model *model = report->model;
	const struct process_model *most = model_process_of(model, report->verdict->main_pid);
	char name[RECORD_COMM_LEN * 2], text[64];

	if (!most) {
		fprintf(out, "%-*s", NAME_COLUMNS, "-");
		return;
	}
	units_printable(most->comm, sizeof(most->comm), name, sizeof(name));
	if (most->merged)
		snprintf(text, sizeof(text), "%s x%llu +%llu", name,
			 (unsigned long long)most->merged,
			 (unsigned long long)(model_processes(model) - most->merged));
	else if (model->process_count > 1)
		snprintf(text, sizeof(text), "%s[%u] +%llu", name, most->pid,
			 (unsigned long long)(model_processes(model) - 1));
	else
		snprintf(text, sizeof(text), "%s[%u]", name, most->pid);
	fprintf(out, "%-*s", NAME_COLUMNS, text);
}

static void print_cost(const struct model *model, FILE *out)
{
	const struct record_overhead *cost = &model->overhead;

	if (cost->bpf_run_ns == RECORD_UNKNOWN || cost->reader_cpu_ns == RECORD_UNKNOWN ||
	    !model->duration_ns)
		fprintf(out, "  cost unknown");
	else
		fprintf(out, "  cost %.2f %%",
			100 * (double)(cost->bpf_run_ns + cost->reader_cpu_ns) /
				(double)model->duration_ns);
}

int render_line(const struct report *report, const struct render_options *options, FILE *out)
{
	const struct model *model = report->model;
	const struct verdict *verdict = report->verdict;
	char when[UNITS_UTC_LEN], share[UNITS_LEN];
	const struct verdict_cause *cause = verdict->causes;
	struct signals signals;

	(void)options;
	signals_compute(model, NULL, &signals);
	units_utc(model->capture.start_realtime_ns + model->start_ns + model->duration_ns, when);
	fprintf(out, "%.*sZ  %-12s  ", CLOCK_LEN, when + CLOCK_FROM,
		verdict_class_name(verdict->class));
	print_target(report, out);
	if (isnan(signals.cores))
		fprintf(out, "  unknown cores");
	else
		fprintf(out, "  %5.2f cores", signals.cores);
	if (verdict->cause_count)
		fprintf(out, "  %s %s %s%s%s", units_share(cause->share, share), cause->kind,
			cause->detail, cause->where[0] ? " at " : "", cause->where);
	print_cost(model, out);
	return fputc('\n', out) == EOF || fflush(out) ? -1 : 0;
}
