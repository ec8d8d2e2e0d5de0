// SPDX-License-Identifier: GPL-2.0-or-later
/* Open addressing, linear probing, at most half full. Receives keys; hands on positions. */
#include "lib/index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FNV_OFFSET 0xcbf29ce484222325ULL
#define FNV_PRIME 0x100000001b3ULL
#define SPREAD 0x9e3779b97f4a7c15ULL /* 2^64 / golden ratio: neighbouring keys part */

static size_t slot_of(const struct index *index, uint64_t key)
{
	size_t slot = (size_t)(key * SPREAD >> 20) & (index->size - 1);

	while (index->slots[slot].position && index->slots[slot].key != key)
		slot = (slot + 1) & (index->size - 1);
	return slot;
}

size_t index_find(const struct index *index, uint64_t key)
{
	size_t position;

	if (!index->size)
		return INDEX_NONE;
	position = index->slots[slot_of(index, key)].position;
	return position ? position - 1 : INDEX_NONE;
}

static int grow(struct index *index)
{
	struct index grown = { .size = index->size ? index->size * 2 : 64, .used = index->used };
	size_t i;

	grown.slots = calloc(grown.size, sizeof(*grown.slots));
	if (!grown.slots)
		return -ENOMEM;
	for (i = 0; i < index->size; i++)
		if (index->slots[i].position)
			grown.slots[slot_of(&grown, index->slots[i].key)] = index->slots[i];
	free(index->slots);
	*index = grown;
	return 0;
}

int index_add(struct index *index, uint64_t key, size_t position)
{
	struct index_slot *slot;

	if (index->used * 2 >= index->size && grow(index))
		return -ENOMEM;
	slot = &index->slots[slot_of(index, key)];
	if (!slot->position)
		index->used++;
	slot->key = key;
	slot->position = position + 1;
	return 0;
}

void index_free(struct index *index)
{
	free(index->slots);
	memset(index, 0, sizeof(*index));
}

uint64_t index_hash(const void *bytes, size_t length, uint64_t seed)
{
	const unsigned char *byte = bytes;
	/* spread first: a small seed and a small first byte must not make up for each other */
	uint64_t hash = FNV_OFFSET ^ seed * SPREAD;

	while (length--)
		hash = (hash ^ *byte++) * FNV_PRIME;
	return hash;
}
