// SPDX-License-Identifier: GPL-2.0-or-later
/* Orders and limits rows. */
#include "render/top/rows.h"

#include <stdlib.h>
#include <string.h>

#include "lib/state_names.h"

#define TOP_SORT_NAME(ident, name) [TOP_SORT_##ident] = (name),
static const char *const sort_names[NR_TOP_SORTS] = { TOP_SORTS(TOP_SORT_NAME) };
#undef TOP_SORT_NAME

const char *top_sort_name(enum top_sort sort)
{
	return sort_names[sort];
}

/* What hangs comes first, though it does no work; what is idle or brief last. */
static int urgency(const struct top_row *row)
{
	if (row->class == VERDICT_HUNG)
		return 2;
	return row->class != VERDICT_IDLE && row->class != VERDICT_INSUFFICIENT;
}

static int compare_hurts(const void *a, const void *b)
{
	const struct top_row *one = *(const struct top_row *const *)a,
			     *other = *(const struct top_row *const *)b;

	if (urgency(one) != urgency(other))
		return urgency(other) - urgency(one);
	if (one->work_s != other->work_s)
		return one->work_s < other->work_s ? 1 : -1;
	return (one > other) - (one < other);
}

static double figure(const struct top_row *row, enum top_sort sort)
{
	switch (sort) {
	case TOP_SORT_CPU:
		return (double)row->ns[STATE_ON_CPU];
	case TOP_SORT_READY:
		return (double)states_sum(row->ns, GROUP_READY);
	case TOP_SORT_WAIT:
		return (double)(states_sum(row->ns, GROUP_IO) + states_sum(row->ns, GROUP_WAIT));
	default:
		return (double)row->switches;
	}
}

static int compare_by(const void *a, const void *b, void *arg)
{
	const struct top_row *one = *(const struct top_row *const *)a,
			     *other = *(const struct top_row *const *)b;
	enum top_sort sort = *(const enum top_sort *)arg;
	int names;

	if (sort == TOP_SORT_HURTS)
		return compare_hurts(a, b);
	if (sort == TOP_SORT_NAME) {
		names = strcmp(one->name, other->name);
		return names ? names : (one > other) - (one < other);
	}
	if (figure(one, sort) != figure(other, sort))
		return figure(one, sort) < figure(other, sort) ? 1 : -1;
	return compare_hurts(a, b);
}
size_t top_select(const struct top_rows *rows, enum top_sort sort, const char *filter,
		  const struct top_row **ret)
{
	size_t i, count = 0;

	for (i = 0; i < rows->count; i++)
		if (!filter[0] || strcasestr(rows->list[i].name, filter) ||
		    strcasestr(verdict_class_name(rows->list[i].class), filter))
			ret[count++] = &rows->list[i];
	qsort_r(ret, count, sizeof(*ret), compare_by, &sort);
	return count;
}

void top_rows_limit(struct top_rows *rows, size_t most)
{
	const struct top_row **order;
	struct top_row *kept;
	size_t i;

	if (rows->count <= most)
		return;
	order = calloc(rows->count, sizeof(*order));
	kept = calloc(most, sizeof(*kept));
	/* without memory for fewer rows they stay as they are */
	if (order && kept) {
		top_select(rows, TOP_SORT_HURTS, "", order);
		for (i = 0; i < most; i++)
			kept[i] = *order[i];
		rows->left_out += rows->count - most;
		free(rows->list);
		rows->list = kept;
		rows->count = most;
		kept = NULL;
	}
	free(kept);
	free(order);
}
