// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tables for DuckDB, ClickHouse, pandas: ndjson and csv. One row for each thread in each window,
 * its ledger in flat columns; or, where views are asked for, one row for each stack in each window.
 * What is not known is null in JSON and empty in CSV, never 0.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/units.h"
#include "render/export/export_parts.h"
#include "render/json/json_put.h"
#include "render/stacks.h"

#define MAX_COLUMNS 48
#define NAME_LEN 32

/* One value of a row. Text is printable; "" is not known, as RECORD_UNKNOWN is. */
struct cell {
	char name[NAME_LEN];
	const char *text; /* NULL: it is a count; else short_text, or borrowed while the row is put */
	char short_text[128];
	uint64_t count;
};

struct row {
	struct cell cells[MAX_COLUMNS];
	size_t count;
};

static void add_text(struct row *row, const char *name, const char *text, size_t length)
{
	struct cell *cell = &row->cells[row->count++];

	snprintf(cell->name, sizeof(cell->name), "%s", name);
	cell->text = units_printable(text, length, cell->short_text, sizeof(cell->short_text));
}

static void add_count(struct row *row, const char *name, uint64_t count)
{
	struct cell *cell = &row->cells[row->count++];

	snprintf(cell->name, sizeof(cell->name), "%s", name);
	cell->text = NULL;
	cell->count = count;
}

static void add_ledger(struct row *row, const struct ledger *time)
{
	char name[NAME_LEN];
	int s;

	add_count(row, "wall_ns", time->wall_ns);
	add_count(row, "on_cpu_ns", time->state_ns[STATE_ON_CPU]);
	add_count(row, "wakeup_ns", time->state_ns[STATE_RUNNABLE_WAKEUP]);
	add_count(row, "preempted_ns", time->state_ns[STATE_RUNNABLE_PREEMPTED]);
	add_count(row, "throttled_ns", time->throttled_ns);
	for (s = STATE_RUNNABLE_PREEMPTED + 1; s < NR_STATES; s++) {
		snprintf(name, sizeof(name), "blocked_%s_ns", export_state_name((uint32_t)s));
		add_count(row, name, time->state_ns[s]);
	}
	add_count(row, "unobserved_ns", time->state_ns[STATE_UNOBSERVED]);
}

/* When it was, and what was found. */
static void add_window(struct row *row, const struct report *report, size_t at)
{
	const struct model *model = report->model;
	const char *class = verdict_class_name(export_class(report));
	char start[UNITS_UTC_LEN];

	row->count = 0;
	units_utc(model->start_ns + model->capture.start_realtime_ns, start);
	/* databases know a time to the microsecond: with more digits it is a text to them */
	memcpy(start + strlen(start) - 4, "Z", 2);
	add_text(row, "window_start", start, sizeof(start));
	add_count(row, "window_ns", model->duration_ns);
	add_text(row, "class", class, strlen(class));
	class = verdict_class_name(report->process_verdicts[at].class);
	add_text(row, "process_class", class, strlen(class));
}

static void add_process(struct row *row, const struct process_model *process)
{
	add_count(row, "pid", process->pid);
	add_count(row, "ppid", process->ppid);
	add_text(row, "comm", process->comm, sizeof(process->comm));
	add_text(row, "exe", process->exe, sizeof(process->exe));
	add_text(row, "runtime", process->runtime, sizeof(process->runtime));
}

static void add_identity(struct row *row, const struct process_model *process)
{
	add_text(row, "unit", process->label.unit, sizeof(process->label.unit));
	add_text(row, "container", process->label.container, sizeof(process->label.container));
	add_text(row, "pod", process->label.pod, sizeof(process->label.pod));
	add_text(row, "script", process->label.script, sizeof(process->label.script));
}

static void fill_thread(struct row *row, const struct report *report, size_t at,
			const struct thread_model *thread)
{
	const struct process_model *process = &report->model->processes[at];

	add_window(row, report, at);
	add_process(row, process);
	add_count(row, "tid", thread->count == 1 ? thread->tid : RECORD_UNKNOWN);
	add_text(row, "thread", thread->comm, sizeof(thread->comm));
	add_count(row, "thread_count", thread->count);
	add_ledger(row, &thread->time);
	add_count(row, "voluntary", thread->switches.voluntary);
	add_count(row, "involuntary", thread->switches.involuntary);
	add_count(row, "migrations", thread->switches.migrations);
	add_identity(row, process);
}

/* frames: of the stack, outermost first, printable and with ';' between them. */
static void fill_stack(struct row *row, const struct report *report, const struct stack *stack,
		       const char *frames)
{
	const struct process_model *process = stack->process;
	const char *view = stack_view_name(stack->view);

	add_window(row, report, (size_t)(process - report->model->processes));
	add_process(row, process);
	add_count(row, "tid", stack->tid ? stack->tid : RECORD_UNKNOWN);
	add_text(row, "view", view, strlen(view));
	add_text(row, "reason", stack->reason, strlen(stack->reason));
	add_text(row, "peer", stack->peer, strlen(stack->peer));
	add_count(row, "ns", stack->ns);
	add_count(row, "count", stack->count ? stack->count : RECORD_UNKNOWN);
	add_text(row, "place", stack->where, strlen(stack->where));
	add_text(row, "stack", "", 0);
	row->cells[row->count - 1].text = frames;
	add_identity(row, process);
}

typedef void (*put_row)(const struct row *row, FILE *out);

struct stack_rows {
	const struct report *report;
	put_row put;
	FILE *out;
};

static int put_stack(void *context, const struct stack *stack)
{
	const struct stack_rows *rows = context;
	struct row row;
	char *frames = folded_frames(stack);

	if (!frames)
		return -ENOMEM;
	fill_stack(&row, rows->report, stack, frames);
	rows->put(&row, rows->out);
	free(frames);
	return 0;
}

static void put_threads(const struct report *report, put_row put, FILE *out)
{
	const struct model *model = report->model;
	struct row row;
	size_t i, j;

	for (i = 0; i < model->process_count; i++)
		for (j = 0; j < model->processes[i].thread_count; j++) {
			fill_thread(&row, report, i, &model->processes[i].threads[j]);
			put(&row, out);
		}
}

static int put_rows(const struct report *report, put_row put, FILE *out)
{
	struct stack_rows rows = { .report = report, .put = put, .out = out };

	if (!report->views) {
		put_threads(report, put, out);
	} else if (stacks_each(report->model, report->views, put_stack, &rows)) {
		errno = ENOMEM;
		return -1;
	}
	return export_written(out);
}

/* ---- ndjson ---------------------------------------------------------------------------------- */
static void put_object(const struct row *row, FILE *out)
{
	struct json_object *object = json_object_new_object();
	size_t i;

	for (i = 0; i < row->count; i++)
		if (row->cells[i].text)
			json_put_known(object, row->cells[i].name, row->cells[i].text);
		else
			json_put_count(object, row->cells[i].name, row->cells[i].count);
	fprintf(out, "%s\n",
		json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN |
							       JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}

int ndjson_put(void *state, const struct report *report, FILE *out)
{
	return put_rows(report, put_object, out);
}

/* ---- csv, RFC 4180 with the line ends of this system ------------------------------------------ */
static void put_field(const char *text, FILE *out)
{
	if (!strpbrk(text, "\",")) {
		fputs(text, out);
		return;
	}
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

static void put_line(const struct row *row, FILE *out)
{
	size_t i;

	for (i = 0; i < row->count; i++) {
		const struct cell *cell = &row->cells[i];

		if (i)
			fputc(',', out);
		if (cell->text)
			put_field(cell->text, out);
		else if (cell->count != RECORD_UNKNOWN)
			fprintf(out, "%" PRIu64, cell->count);
	}
	fputc('\n', out);
}

/* The names are those of a row of nothing. */
int csv_begin(void **state, uint32_t views, FILE *out)
{
	static const struct process_model process;
	static const struct thread_model thread;
	static const struct verdict verdict;
	static const struct model model = { .processes = (struct process_model *)&process };
	static const struct stack stack = { .process = &process, .reason = "", .where = "" };
	static const struct report nothing = {
		.model = &model,
		.verdict = &verdict,
		.process_verdicts = &verdict,
	};
	struct row row;
	size_t i;

	*state = NULL;
	if (views)
		fill_stack(&row, &nothing, &stack, "");
	else
		fill_thread(&row, &nothing, 0, &thread);
	for (i = 0; i < row.count; i++)
		fprintf(out, "%s%s", i ? "," : "", row.cells[i].name);
	fputc('\n', out);
	return export_written(out);
}

int csv_put(void *state, const struct report *report, FILE *out)
{
	return put_rows(report, put_line, out);
}
