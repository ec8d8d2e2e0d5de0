// SPDX-License-Identifier: GPL-2.0-or-later
/* Distinct strings, found by hash. */
#include "lib/texts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/vec.h"

int texts_add(struct texts *texts, const char *text, size_t *ret)
{
	uint64_t key = index_hash(text, strlen(text), 0);
	char *copy;

	/* names come from outside: two of one hash must not become one */
	for (;; key++) {
		*ret = index_find(&texts->index, key);
		if (*ret == INDEX_NONE)
			break;
		if (!strcmp(texts->items[*ret], text))
			return 0;
	}
	if (vec_reserve((void **)&texts->items, &texts->capacity, texts->count,
			sizeof(*texts->items)))
		return -ENOMEM;
	copy = strdup(text);
	if (!copy || index_add(&texts->index, key, texts->count)) {
		free(copy);
		return -ENOMEM;
	}
	*ret = texts->count;
	texts->items[texts->count++] = copy;
	return 0;
}

void texts_free(struct texts *texts)
{
	size_t i;

	for (i = 0; i < texts->count; i++)
		free(texts->items[i]);
	free(texts->items);
	index_free(&texts->index);
	memset(texts, 0, sizeof(*texts));
}
