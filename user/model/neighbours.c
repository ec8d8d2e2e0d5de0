// SPDX-License-Identifier: GPL-2.0-or-later
/* What the neighbours had in the window, from their sums at its two ends. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/builder.h"

static uint64_t before_ns(const struct pending_rows *rows, const struct record_neighbour *last)
{
	const struct record_neighbour *all = rows->rows;
	size_t i;

	for (i = 0; i < rows->count; i++)
		if (all[i].pid == last->pid && all[i].process_start_ns == last->process_start_ns)
			return all[i].cpu_ns;
	return 0;
}

static int compare_neighbours(const void *a, const void *b)
{
	const struct neighbour_model *one = a, *other = b;

	return (one->cpu_ns < other->cpu_ns) - (one->cpu_ns > other->cpu_ns);
}

/*
 * Children that were waited for count with all that they ever used: in sum the neighbours cannot have
 * had more than the CPUs gave in the window, less what the target had.
 */
static void limit(struct model *model)
{
	double given = (double)model->capture.cpus * (double)model->duration_ns;
	double most, own = 0;
	double share;
	size_t i;

	for (i = 0; i < model->process_count; i++)
		own += (double)model->processes[i].time.state_ns[STATE_ON_CPU];
	most = given > own ? given - own : 0;
	share = model->neighbour_ns ? most / (double)model->neighbour_ns : 1;
	for (i = 0; i < model->neighbour_count && share < 1; i++)
		model->neighbours[i].cpu_ns =
			(uint64_t)(share * (double)model->neighbours[i].cpu_ns);
	if (share < 1)
		model->neighbour_ns = (uint64_t)most;
}

int build_neighbours(struct builder *builder)
{
	const struct session *session = builder->session;
	const struct pending_rows *last = &session->neighbours.last;
	const struct pending_rows *base = builder->window.whole ? &session->neighbours.first :
								  &session->neighbours.previous;
	const struct record_neighbour *rows = last->rows;
	struct model *model = builder->model;
	struct neighbour_model *row;
	size_t i;

	if (!last->count)
		return 0;
	model->neighbours = calloc(last->count, sizeof(*model->neighbours));
	if (!model->neighbours)
		return -ENOMEM;
	for (i = 0; i < last->count; i++) {
		row = &model->neighbours[model->neighbour_count];
		row->cpu_ns = span_minus(rows[i].cpu_ns, before_ns(base, &rows[i]));
		if (!row->cpu_ns)
			continue;
		row->pid = rows[i].pid;
		row->start_ns = rows[i].process_start_ns;
		memcpy(row->comm, rows[i].comm, sizeof(row->comm));
		memcpy(row->label, rows[i].label, sizeof(row->label));
		model->neighbour_ns += row->cpu_ns;
		model->neighbour_count++;
	}
	limit(model);
	qsort(model->neighbours, model->neighbour_count, sizeof(*row), compare_neighbours);
	return 0;
}
