// SPDX-License-Identifier: GPL-2.0-or-later
/* A growing array, doubled when full. */
#include "lib/vec.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#define CAPACITY_LEAST 16

int vec_reserve(void **items, size_t *capacity, size_t count, size_t size)
{
	size_t wanted = *capacity ? *capacity * 2 : CAPACITY_LEAST;
	void *grown;

	if (count < *capacity)
		return 0;
	if (wanted > SIZE_MAX / size)
		return -ENOMEM;
	grown = realloc(*items, wanted * size);
	if (!grown)
		return -ENOMEM;
	*items = grown;
	*capacity = wanted;
	return 0;
}

void vec_shrink(void **items, size_t *capacity, size_t count, size_t size)
{
	size_t wanted = *capacity;
	void *less;

	while (wanted > CAPACITY_LEAST && count < wanted / 4)
		wanted /= 2;
	if (wanted == *capacity)
		return;
	less = realloc(*items, wanted * size);
	if (!less)
		return;
	*items = less;
	*capacity = wanted;
}
