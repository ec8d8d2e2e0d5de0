// SPDX-License-Identifier: GPL-2.0-or-later
/* A growing array, doubled when full. */
#include "lib/vec.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#define CAPACITY_LEAST 16 /* items, ... */
#define BYTES_LEAST 1024 /* ... of large ones as many as this holds: tables of one row are many */

/* The first capacity of an array of items of this size. */
static size_t first_capacity(size_t size)
{
	if (size * CAPACITY_LEAST <= BYTES_LEAST)
		return CAPACITY_LEAST;
	return size < BYTES_LEAST ? BYTES_LEAST / size : 1;
}

int vec_reserve(void **items, size_t *capacity, size_t count, size_t size)
{
	size_t wanted = *capacity ? *capacity * 2 : first_capacity(size);
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
