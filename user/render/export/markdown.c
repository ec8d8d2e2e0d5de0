// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The report for a ticket or a chat: GitHub's flavour of Markdown, which others take as well. Texts of
 * the target are escaped: no name becomes markup, a link or a row of a table.
 */
#include <ctype.h>
#include <string.h>

#include "lib/units.h"
#include "render/export/export_parts.h"
#include "verdict/confidence.h"

/* Characters that begin markup, a mention or a link somewhere in a line. */
#define MARKUP "\\`*_[]<>#|~$&@"

static void put_text(const char *text, FILE *out)
{
	for (; *text; text++) {
		if (strchr(MARKUP, *text) || !strncmp(text, "://", 3))
			fputc('\\', out);
		fputc(*text, out);
	}
}

/* Inside backquotes nothing is markup, but they end it, and a table is cut before. */
static void put_code(const char *text, FILE *out)
{
	fputc('`', out);
	for (; *text; text++)
		fputc(*text == '`' ? '\'' : *text == '|' ? '/' : *text, out);
	fputc('`', out);
}

static void put_head(const struct report *report, FILE *out)
{
	const struct verdict *verdict = report->verdict;
	const char *class = verdict_class_name(verdict->class);
	const struct model *model = report->model;
	char time[UNITS_LEN];

	fputs("**", out);
	for (; *class; class ++)
		fputc(toupper((unsigned char)*class), out);
	fprintf(out, "** (%s confidence), %s, %llu process%s, %llu thread%s\n\n",
		confidence_name(verdict->confidence), units_time(model->duration_ns, time),
		(unsigned long long)model_processes(model), model_processes(model) == 1 ? "" : "es",
		(unsigned long long)model->threads_seen, model->threads_seen == 1 ? "" : "s");
	put_text(verdict->headline, out);
	fputs("\n\n", out);
}

static void put_cause(const struct verdict_cause *cause, FILE *out)
{
	char share[UNITS_LEN];
	size_t i;

	fprintf(out, "| %s | ", units_share(cause->share, share));
	put_text(cause->kind, out);
	fputs(": ", out);
	put_text(cause->detail, out);
	fputs(" | ", out);
	if (!cause->place_count && cause->where[0])
		put_code(cause->where, out);
	for (i = 0; i < cause->place_count; i++) {
		fprintf(out, "%s%s ", i ? "<br>" : "", units_share(cause->places[i].share, share));
		put_code(cause->places[i].where, out);
	}
	fputs(" |\n", out);
}

static void put_causes(const struct verdict *verdict, FILE *out)
{
	size_t i;

	if (!verdict->cause_count)
		return;
	fputs("| share | cause | where |\n| ---: | --- | --- |\n", out);
	for (i = 0; i < verdict->cause_count; i++)
		put_cause(&verdict->causes[i], out);
	fputc('\n', out);
}

static void put_advice(const struct verdict *verdict, FILE *out)
{
	size_t i;

	if (verdict->advice_now[0]) {
		fputs("- **Now:** ", out);
		put_text(verdict->advice_now, out);
		fputc('\n', out);
	}
	if (verdict->advice_next[0]) {
		fputs("- **Next:** ", out);
		put_code(verdict->advice_next, out);
		fputc('\n', out);
	}
	for (i = 0; i < verdict->finding_count; i++) {
		fprintf(out, "- **%s:** ", verdict->findings[i].kind);
		put_text(verdict->findings[i].detail, out);
		fputc('\n', out);
	}
	fputc('\n', out);
}

static void put_origin(const struct model *model, FILE *out)
{
	char at[UNITS_UTC_LEN], host[2 * sizeof(model->host)];

	units_utc(model->start_ns + model->capture.start_realtime_ns, at);
	fprintf(out, "%.10s %.8s UTC, ", at, at + strlen("2026-11-30T"));
	if (model->host[0]) {
		put_text(units_printable(model->host, strlen(model->host), host, sizeof(host)),
			 out);
		fputs(", ", out);
	}
	fputs("Linux ", out);
	put_text(model->capture.kernel, out);
	fputs(", boundby ", out);
	put_text(model->capture.tool_version, out);
	fputc('\n', out);
}

int markdown_put(void *state, const struct report *report, FILE *out)
{
	(void)state;
	put_head(report, out);
	put_causes(report->verdict, out);
	put_advice(report->verdict, out);
	put_origin(report->model, out);
	return export_written(out);
}
