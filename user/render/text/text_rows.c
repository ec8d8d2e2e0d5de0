// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tables of processes and of threads: the busiest first. Without -v like processes share a row,
 * as workers do, and what is idle shares one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/state_names.h"
#include "lib/units.h"
#include "render/text/text_parts.h"
#include "verdict/verdict.h"

#define MAX_ROWS 8
#define NAME_COLUMNS 34
#define SCRIPT_SHOWN 24 /* characters of a script's name ... */
#define SCRIPT_LEAST 6 /* ... but fewer do not tell it */

/* A row: processes of one name and class, a thread, or threads that ended and share one. */
struct row {
	char name[96];
	struct ledger sum;
	uint64_t signal_ns; /* of it: waits for a signal, of STATE_OTHER */
	struct signals signals;
	enum verdict_class class;
	size_t first, count;
};

struct rows {
	const struct report *report;
	struct row *list;
	size_t count;
};

/* ---- order ----------------------------------------------------------------------------------- */
/* Idle, or seen too briefly to judge. */
static bool is_minor(const struct row *row)
{
	return row->class == VERDICT_IDLE || row->class == VERDICT_INSUFFICIENT;
}

/* What is idle comes last; then by the time it was at work, or wanted to be; then as they came. */
static int compare_rows(const void *a, const void *b)
{
	const struct row *one = a, *other = b;

	if (is_minor(one) != is_minor(other))
		return is_minor(one) ? 1 : -1;
	/* what hangs does no work */
	if ((one->class == VERDICT_HUNG) != (other->class == VERDICT_HUNG))
		return one->class == VERDICT_HUNG ? -1 : 1;
	if (one->signals.work_s != other->signals.work_s)
		return one->signals.work_s < other->signals.work_s ? 1 : -1;
	return (one->first > other->first) - (one->first < other->first);
}

/* ---- a row ----------------------------------------------------------------------------------- */
/* Share of a ledger's wall time. */
static const char *cell(const struct ledger *ledger, uint64_t ns, char buffer[UNITS_LEN])
{
	return ledger->wall_ns && ns ? units_share((double)ns / (double)ledger->wall_ns, buffer) :
				       "-";
}

/* The state that took most of a ledger, besides those that have a column; NR_STATES: none. */
static uint32_t largest_wait(const struct ledger *ledger)
{
	uint32_t s, largest = NR_STATES;

	for (s = 0; s < NR_STATES; s++)
		if (s != STATE_ON_CPU && state_group(s) != GROUP_READY && ledger->state_ns[s] &&
		    (largest == NR_STATES || ledger->state_ns[s] > ledger->state_ns[largest]))
			largest = s;
	return largest;
}

static void print_row(const char *name, const struct row *row, FILE *out)
{
	const struct ledger *ledger = &row->sum;
	char on_cpu[UNITS_LEN], ready[UNITS_LEN], waits[UNITS_LEN];
	uint32_t s = largest_wait(ledger);
	uint64_t ns = s < NR_STATES ? ledger->state_ns[s] : 0;
	bool signal = s == STATE_OTHER && row->signal_ns > ns / 2;

	if (signal && row->signal_ns < ns)
		ns = row->signal_ns;
	fprintf(out, "  %-*s %8s %8s   %s%s%s\n", NAME_COLUMNS, name,
		cell(ledger, ledger->state_ns[STATE_ON_CPU], on_cpu),
		cell(ledger, states_sum(ledger->state_ns, GROUP_READY), ready),
		cell(ledger, ns, waits), ns ? " " : "", ns ? text_state_name(s, signal) : "");
}

/* Sorts and prints. what: "process", "thread"; plural: of what is idle. */
static void print_rows(struct rows *rows, const char *what, const char *plural,
		       const struct render_options *options, FILE *out)
{
	size_t limit = options->verbose ? SIZE_MAX : MAX_ROWS, i, minor = 0;
	struct row sum = { 0 };
	bool brief = false;
	char name[64];

	qsort(rows->list, rows->count, sizeof(*rows->list), compare_rows);
	fprintf(out, "\n%s  %-*s %8s %8s   %s%s\n", BOLD(options), NAME_COLUMNS, what, "on CPU",
		"queued", "otherwise mostly", PLAIN(options));
	for (i = 0; i < rows->count && i < limit; i++) {
		if (is_minor(&rows->list[i]) && !options->verbose)
			break;
		print_row(rows->list[i].name, &rows->list[i], out);
	}
	if (i < rows->count && !is_minor(&rows->list[i]))
		fprintf(out, "  ... and more that are busy: -v shows all\n");
	for (; i < rows->count; i++)
		if (is_minor(&rows->list[i])) {
			minor += rows->list[i].count;
			brief |= rows->list[i].class == VERDICT_INSUFFICIENT;
			ledger_add(&sum.sum, &rows->list[i].sum);
			sum.signal_ns += rows->list[i].signal_ns;
		}
	snprintf(name, sizeof(name), "%zu %s%s", minor, brief ? "idle or brief " : "idle ",
		 minor == 1 ? what : plural);
	if (minor)
		print_row(name, &sum, out);
}

/* ---- processes ------------------------------------------------------------------------------- */
/* Are they of one name and class? */
static bool is_like(const struct report *report, size_t one, size_t other)
{
	return report->process_verdicts[one].class == report->process_verdicts[other].class &&
	       !memcmp(report->model->processes[one].comm, report->model->processes[other].comm,
		       RECORD_COMM_LEN) &&
	       !strcmp(report->model->processes[one].label.script,
		       report->model->processes[other].label.script);
}

static struct row *row_of(struct rows *rows, size_t at)
{
	size_t i;

	for (i = 0; i < rows->count; i++)
		if (is_like(rows->report, rows->list[i].first, at))
			return &rows->list[i];
	return NULL;
}

static void add_process(struct rows *rows, size_t at, bool apart)
{
	const struct model *model = rows->report->model;
	const struct process_model *process = &model->processes[at];
	struct row *row = apart ? NULL : row_of(rows, at);
	struct signals each;

	signals_compute(model, process, &each);
	if (!row) {
		row = &rows->list[rows->count++];
		*row = (struct row){ .signals = each, .first = at };
		row->class = rows->report->process_verdicts[at].class;
	} else {
		signals_add(model, &each, &row->signals);
	}
	ledger_add(&row->sum, &process->time);
	row->signal_ns += model_signal_ns(process);
	row->count += model_processes_of(process);
}

/* Short processes that are each idle by themselves may be a load together. */
static void name_process(const struct report *report, struct row *row)
{
	const struct process_model *process = &report->model->processes[row->first];
	char comm[RECORD_COMM_LEN * 2], which[RECORD_COMM_LEN * 2 + 24], script[SCRIPT_SHOWN + 1];
	int room;

	units_printable(process->comm, sizeof(process->comm), comm, sizeof(comm));
	units_printable(process->label.script, sizeof(process->label.script), script,
			sizeof(script));
	if (row->count > 1) {
		row->class = verdict_of_signals(&row->signals, report->settings);
		snprintf(which, sizeof(which), "%s x%zu", comm, row->count);
	} else {
		snprintf(which, sizeof(which), "%s[%u]", comm, process->pid);
	}
	room = NAME_COLUMNS - (int)(strlen(which) + 3 + strlen(verdict_class_name(row->class)));
	snprintf(row->name, sizeof(row->name), "%s%s%.*s  %s", which,
		 script[0] && room >= SCRIPT_LEAST ? " " : "", room >= SCRIPT_LEAST ? room : 0,
		 script, verdict_class_name(row->class));
}

static int print_processes(const struct report *report, const struct render_options *options,
			   FILE *out)
{
	size_t count = report->model->process_count, i;
	struct rows rows = { .report = report, .list = calloc(count + 1, sizeof(*rows.list)) };

	if (!rows.list)
		return -ENOMEM;
	for (i = 0; i < count; i++)
		add_process(&rows, i, options->verbose);
	for (i = 0; i < rows.count; i++)
		name_process(report, &rows.list[i]);
	print_rows(&rows, "process", "processes", options, out);
	free(rows.list);
	return 0;
}

/* ---- threads --------------------------------------------------------------------------------- */
static void add_thread(struct rows *rows, const struct process_model *process,
		       const struct thread_model *thread)
{
	const struct report *report = rows->report;
	struct row *row = &rows->list[rows->count];
	char comm[RECORD_COMM_LEN * 2];

	*row = (struct row){ .sum = thread->time, .first = rows->count++, .count = thread->count };
	/* calls are known of processes: where all `other` is for signals, so is each thread's */
	if (model_signal_ns(process) >= process->time.state_ns[STATE_OTHER])
		row->signal_ns = thread->time.state_ns[STATE_OTHER];
	signals_of_thread(report->model, process, thread, &row->signals);
	row->class = verdict_of_thread(report->model, process, thread, report->settings);
	units_printable(thread->comm, sizeof(thread->comm), comm, sizeof(comm));
	if (thread->count > 1)
		snprintf(row->name, sizeof(row->name), "%s x%llu, ended", comm,
			 (unsigned long long)thread->count);
	else
		snprintf(row->name, sizeof(row->name), "%s/%u%s  %s", comm, thread->tid,
			 thread->exited ? ", ended" : "", verdict_class_name(row->class));
}

static int print_threads(const struct report *report, const struct render_options *options,
			 FILE *out)
{
	const struct model *model = report->model;
	struct rows rows = { .report = report };
	size_t i, j, count = 0;

	for (i = 0; i < model->process_count; i++)
		count += model->processes[i].thread_count;
	if (count < 2)
		return 0;
	rows.list = calloc(count, sizeof(*rows.list));
	if (!rows.list)
		return -ENOMEM;
	for (i = 0; i < model->process_count; i++)
		for (j = 0; j < model->processes[i].thread_count; j++)
			add_thread(&rows, &model->processes[i], &model->processes[i].threads[j]);
	print_rows(&rows, "thread", "threads", options, out);
	free(rows.list);
	return 0;
}

int text_print_rows(const struct report *report, const struct render_options *options, FILE *out)
{
	bool several = report->model->process_count > 1;
	int error = several ? print_processes(report, options, out) : 0;

	if (!error && (!several || options->verbose))
		error = print_threads(report, options, out);
	return error;
}
