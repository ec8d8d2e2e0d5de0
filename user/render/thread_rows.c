// SPDX-License-Identifier: GPL-2.0-or-later
/* Selects and merges the rows of a process's threads. */
#include "render/thread_rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "render/heaviest.h"

/* The shared row of this name, new when there is none; NULL without memory. */
static struct shared_row *row_of(struct thread_rows *rows, const struct thread_model *thread)
{
	char name[RECORD_COMM_LEN];
	struct shared_row *row;
	size_t i;

	model_base_name(thread->comm, name);
	for (i = 0; i < rows->shared_count; i++)
		if (rows->shared[i].sum.exited == thread->exited &&
		    !memcmp(rows->shared[i].sum.comm, name, sizeof(name)))
			return &rows->shared[i];
	row = reallocarray(rows->shared, rows->shared_count + 1, sizeof(*row));
	if (!row)
		return NULL;
	rows->shared = row;
	row = &rows->shared[rows->shared_count++];
	memset(row, 0, sizeof(*row));
	memcpy(row->sum.comm, name, sizeof(name));
	row->sum.exited = thread->exited;
	return row;
}

/* What not each of them has measured is not measured of all. */
static int add_histogram(struct thread_model *row, const struct thread_model *thread, int state)
{
	bool first = row->state_count[state] == 0;
	size_t i;

	if (!thread->state_count[state])
		return 0;
	if (!thread->histogram[state] || (!first && !row->histogram[state])) {
		free(row->histogram[state]);
		row->histogram[state] = NULL;
		return 0;
	}
	if (first)
		row->histogram[state] =
			calloc(RECORD_HISTOGRAM_LEN, sizeof(*row->histogram[state]));
	if (!row->histogram[state])
		return -ENOMEM;
	for (i = 0; i < RECORD_HISTOGRAM_LEN; i++)
		row->histogram[state][i] += thread->histogram[state][i];
	return 0;
}

static int share(struct thread_rows *rows, const struct thread_model *thread)
{
	struct shared_row *shared = row_of(rows, thread);
	struct thread_model *row;
	int state;

	if (!shared)
		return -ENOMEM;
	shared->only = shared->sum.count ? NULL : thread;
	row = &shared->sum;
	for (state = 0; state < NR_STATES; state++) {
		if (add_histogram(row, thread, state))
			return -ENOMEM;
		row->state_count[state] += thread->state_count[state];
	}
	row->count += thread->count;
	row->unended_ipc_ns += thread->unended_ipc_ns;
	row->inner_ns += thread->inner_ns;
	ledger_add(&row->time, &thread->time);
	switches_add(&row->switches, &thread->switches);
	return 0;
}

/* Marks the busiest, which have a row of their own. */
static int choose(const struct report *report, const struct process_model *process,
		  const struct render_options *options, bool *ret_own)
{
	double *work_s = calloc(process->thread_count + 1, sizeof(*work_s));
	struct signals signals = { 0 };
	size_t i;
	int error;

	if (!work_s)
		return -ENOMEM;
	for (i = 0; i < process->thread_count; i++) {
		signals_of_thread(report->model, process, &process->threads[i], &signals);
		work_s[i] = signals.work_s;
		/* a loop matters even while it has nothing to do */
		if (model_is_loop(process, &process->threads[i]))
			work_s[i] += signals.window_s;
	}
	error = heaviest_mark(work_s, process->thread_count, options->threads_most,
			      options->threads_least * signals.window_s, ret_own);
	free(work_s);
	return error;
}

int thread_rows_choose(const struct report *report, const struct process_model *process,
		       const struct render_options *options, struct thread_rows *ret)
{
	size_t count = process->thread_count, i;
	bool *own = calloc(count + 1, sizeof(*own));
	int error = -ENOMEM;

	ret->rows = calloc(count + 1, sizeof(*ret->rows));
	if (own && ret->rows)
		error = options->threads_most ? choose(report, process, options, own) : 0;
	for (i = 0; i < count && !error; i++)
		if (!options->threads_most || own[i])
			ret->rows[ret->count++] = &process->threads[i];
		else
			error = share(ret, &process->threads[i]);
	for (i = 0; i < ret->shared_count && !error; i++)
		ret->rows[ret->count++] = ret->shared[i].only ? ret->shared[i].only :
								&ret->shared[i].sum;
	free(own);
	return error;
}

void thread_rows_free(struct thread_rows *rows)
{
	size_t i;
	int state;

	for (i = 0; i < rows->shared_count; i++)
		for (state = 0; state < NR_STATES; state++)
			free(rows->shared[i].sum.histogram[state]);
	free(rows->shared);
	free(rows->rows);
	memset(rows, 0, sizeof(*rows));
}
