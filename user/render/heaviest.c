// SPDX-License-Identifier: GPL-2.0-or-later
/* Marks the largest weights. */
#include "render/heaviest.h"

#include <errno.h>
#include <stdlib.h>

struct weight {
	double weight;
	size_t place;
};

static int compare(const void *a, const void *b)
{
	const struct weight *one = a, *other = b;

	if (one->weight != other->weight)
		return one->weight < other->weight ? 1 : -1;
	return (one->place > other->place) - (one->place < other->place);
}

int heaviest_mark(const double *weights, size_t count, size_t most, double least, bool *ret_marks)
{
	struct weight *sorted = calloc(count + 1, sizeof(*sorted));
	size_t i;

	if (!sorted)
		return -ENOMEM;
	for (i = 0; i < count; i++)
		sorted[i] = (struct weight){ weights[i], i };
	qsort(sorted, count, sizeof(*sorted), compare);
	for (i = 0; i < count; i++)
		ret_marks[sorted[i].place] = i < most && sorted[i].weight >= least;
	free(sorted);
	return 0;
}
