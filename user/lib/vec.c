// SPDX-License-Identifier: GPL-2.0-or-later
/* A growing array, doubled when full. Receives and hands on the caller's pointer and capacity. */
#include "lib/vec.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

int vec_reserve(void **items, size_t *capacity, size_t count, size_t size)
{
	size_t wanted = *capacity ? *capacity * 2 : 16;
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
