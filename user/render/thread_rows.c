// SPDX-License-Identifier: GPL-2.0-or-later
/* Receives a process; hands on rows. */
#include "render/thread_rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A thread and what it did; of rows that share threads nobody knows who did what. */
struct weight {
	const struct thread_model *thread;
	double work_s;
	size_t place;
};

static int by_work(const void *a, const void *b)
{
	const struct weight *one = a, *other = b;

	if (one->work_s != other->work_s)
		return one->work_s < other->work_s ? 1 : -1;
	return (one->place > other->place) - (one->place < other->place);
}

static int by_place(const void *a, const void *b)
{
	const struct weight *one = a, *other = b;

	return (one->place > other->place) - (one->place < other->place);
}

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

/* Sorts the threads so that those with a row of their own come first, and tells how many. */
static size_t choose(const struct report *report, const struct process_model *process,
		     const struct render_options *options, struct weight *weights)
{
	size_t i, own = process->thread_count;
	struct signals signals;

	for (i = 0; i < process->thread_count; i++) {
		const struct thread_model *thread = &process->threads[i];

		signals_of_thread(report->model, process, thread, &signals);
		weights[i] = (struct weight){ thread, signals.work_s, i };
		/* a loop matters even while it has nothing to do */
		if (model_is_loop(process, thread))
			weights[i].work_s += signals.window_s;
	}
	qsort(weights, process->thread_count, sizeof(*weights), by_work);
	if (own > options->threads_most)
		own = options->threads_most;
	while (own && weights[own - 1].work_s < options->threads_least * signals.window_s)
		own--;
	qsort(weights, own, sizeof(*weights), by_place);
	return own;
}

int thread_rows_choose(const struct report *report, const struct process_model *process,
		       const struct render_options *options, struct thread_rows *ret)
{
	size_t count = process->thread_count, own = count, i;
	struct weight *weights = calloc(count + 1, sizeof(*weights));
	int error = 0;

	ret->rows = calloc(count + 1, sizeof(*ret->rows));
	if (!weights || !ret->rows) {
		free(weights);
		return -ENOMEM;
	}
	for (i = 0; i < count; i++)
		weights[i].thread = &process->threads[i];
	if (options->threads_most && count)
		own = choose(report, process, options, weights);
	for (i = own; i < count && !error; i++)
		error = share(ret, weights[i].thread);
	for (i = 0; i < own; i++)
		ret->rows[ret->count++] = weights[i].thread;
	for (i = 0; i < ret->shared_count && !error; i++)
		ret->rows[ret->count++] = ret->shared[i].only ? ret->shared[i].only :
								&ret->shared[i].sum;
	free(weights);
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
