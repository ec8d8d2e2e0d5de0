// SPDX-License-Identifier: GPL-2.0-or-later
/* The windows as data: a list of figures for each state of the target and of each thread. */
#include <stdlib.h>
#include <string.h>

#include "lib/state_names.h"
#include "render/heaviest.h"
#include "render/html/page_parts.h"
#include "render/json/json_put.h"

#define LANES_MOST 200 /* threads, or processes, with a lane */
#define THOUSANDTHS 1000.0

static void put_windows(struct json_object *to, const struct page_rows *rows,
			const struct model *model)
{
	struct json_object *starts = json_put(to, "starts_ns", json_object_new_array());
	struct json_object *lengths = json_put(to, "durations_ns", json_object_new_array());
	size_t i;

	for (i = 0; i < rows->count; i++) {
		uint64_t start = rows->windows[i].start_ns;

		start = start > model->start_ns ? start - model->start_ns : 0;
		json_object_array_add(starts, json_object_new_uint64(start));
		json_object_array_add(lengths,
				      json_object_new_uint64(rows->windows[i].duration_ns));
	}
	json_put_count(to, "merged", rows->merged);
}

/* Thousandths of the window, rounded; a merged row may have more than 1000. */
static uint64_t thousandths(uint64_t ns, uint64_t window_ns)
{
	return window_ns ? (uint64_t)(THOUSANDTHS * (double)ns / (double)window_ns + 0.5) : 0;
}

static void put_state(struct json_object *states, const struct page_rows *rows,
		      const uint64_t *figures, const char *name)
{
	struct json_object *list;
	bool any = false;
	size_t i;

	for (i = 0; i < rows->count; i++)
		any |= figures[i] != 0;
	if (!any)
		return;
	list = json_put(states, name, json_object_new_array());
	for (i = 0; i < rows->count; i++)
		json_object_array_add(list, json_object_new_uint64(figures[i]));
}

/*
 * Fills grids with ns, each of them a figure for each state and window, at [state * windows + window].
 * position: of each subject's grid, SIZE_MAX none.
 */
static void fill(const struct page_rows *rows, const size_t *position, uint64_t *ns)
{
	size_t i, j;

	for (i = 0; i < rows->count; i++)
		for (j = 0; j < rows->windows[i].count; j++) {
			const struct page_cell *cell = &rows->windows[i].cells[j];
			size_t grid = position[cell->subject];

			if (grid != SIZE_MAX)
				ns[(grid * NR_STATES + cell->state) * rows->count + i] += cell->ns;
		}
}

static void put_states(struct json_object *to, const struct page_rows *rows, const uint64_t *ns)
{
	struct json_object *states = json_put(to, "states", json_object_new_object());
	uint32_t s;

	for (s = 0; s < NR_STATES; s++)
		put_state(states, rows, &ns[s * rows->count], state_name(s));
}

struct json_object *page_target_json(const struct page_rows *target, const struct model *model)
{
	struct json_object *to = json_object_new_object();
	uint64_t *ns = calloc(NR_STATES * (target->count + 1), sizeof(*ns));
	size_t position[1] = { 0 };

	if (!ns) {
		json_object_put(to);
		return NULL;
	}
	put_windows(to, target, model);
	fill(target, position, ns);
	put_states(to, target, ns);
	free(ns);
	return to;
}

/* Marks the threads with a lane: those that work most, then those that were there longest. */
static int choose(const struct page_rows *rows, bool *ret)
{
	double *weights = calloc(rows->subject_count + 1, sizeof(*weights));
	size_t i;
	int error;

	if (!weights)
		return -1;
	for (i = 0; i < rows->subject_count; i++)
		weights[i] =
			(double)rows->subjects[i].work_ns + 1e-6 * (double)rows->subjects[i].ns;
	error = heaviest_mark(weights, rows->subject_count, LANES_MOST, 0, ret);
	free(weights);
	return error;
}

/* How many figures the lanes of these threads have. */
static size_t figures_of(const struct page_rows *rows, const bool *own)
{
	uint32_t *states = calloc(rows->subject_count + 1, sizeof(*states));
	size_t i, j, count = 0;

	if (!states)
		return SIZE_MAX;
	for (i = 0; i < rows->count; i++)
		for (j = 0; j < rows->windows[i].count; j++)
			states[rows->windows[i].cells[j].subject] |=
				1u << rows->windows[i].cells[j].state;
	for (i = 0; i < rows->subject_count; i++)
		count += own[i] ? (size_t)__builtin_popcount(states[i]) * rows->count : 0;
	free(states);
	return count;
}

static void put_lane(struct json_object *list, const struct page_rows *rows,
		     const struct page_subject *subject, uint64_t *ns)
{
	struct json_object *lane = json_object_new_object();
	size_t s, i;

	json_object_array_add(list, lane);
	json_put_count(lane, "pid", subject->pid);
	json_put_count(lane, "tid", subject->tid ? subject->tid : RECORD_UNKNOWN);
	json_put_text(lane, "comm", subject->comm, sizeof(subject->comm));
	for (s = 0; s < NR_STATES; s++)
		for (i = 0; i < rows->count; i++) {
			uint64_t *figure = &ns[s * rows->count + i];

			*figure = thousandths(*figure, rows->windows[i].duration_ns);
		}
	put_states(lane, rows, ns);
}

static int put_lanes(struct json_object *to, const struct page_rows *rows, const bool *own)
{
	struct json_object *list = json_put(to, "lanes", json_object_new_array());
	size_t *position = calloc(rows->subject_count + 1, sizeof(*position));
	size_t one = NR_STATES * rows->count, lanes = 0, i;
	uint64_t *ns = NULL;

	for (i = 0; position && i < rows->subject_count; i++)
		position[i] = own[i] ? lanes++ : SIZE_MAX;
	if (position)
		ns = calloc(lanes * one + 1, sizeof(*ns));
	if (ns)
		fill(rows, position, ns);
	for (i = 0; ns && i < rows->subject_count; i++)
		if (own[i])
			put_lane(list, rows, &rows->subjects[i], &ns[position[i] * one]);
	json_put_count(to, "left_out", rows->subject_count - lanes);
	free(ns);
	free(position);
	return ns ? 0 : -1;
}

struct json_object *page_lanes_json(struct page_rows *rows, const struct model *model,
				    size_t figures_most)
{
	bool *own = calloc(rows->subject_count + 1, sizeof(*own));
	struct json_object *to = NULL;

	if (!own || choose(rows, own))
		goto out;
	while (rows->count > 1 && figures_of(rows, own) > figures_most)
		if (page_rows_limit(rows, rows->count - 1, SIZE_MAX))
			goto out;
	to = json_object_new_object();
	put_windows(to, rows, model);
	if (put_lanes(to, rows, own)) {
		json_object_put(to);
		to = NULL;
	}
out:
	free(own);
	return to;
}
