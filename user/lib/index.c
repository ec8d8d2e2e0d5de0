// SPDX-License-Identifier: GPL-2.0-or-later
/* Open addressing, linear probing, at most half full. */
#include "lib/index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "lib/siphash.h"

#define SPREAD 0x9e3779b97f4a7c15ULL /* 2^64 / golden ratio: neighbouring keys part */

/* Random keys never collide this much; crafted ones would take too long. */
#define PROBES_MAX 4096
#define SIZE_LEAST 64

/* The key's place, or the free one where it would be; NULL: there are too many around it. */
static struct index_slot *slot_of(const struct index *index, uint64_t key)
{
	/* the upper bits depend on the whole key */
	size_t at = (size_t)(key * SPREAD >> __builtin_clzll(index->size - 1)), probes;

	for (probes = 0; probes < PROBES_MAX; probes++, at = (at + 1) & (index->size - 1))
		if (!index->slots[at].position || index->slots[at].key == key)
			return &index->slots[at];
	return NULL;
}

size_t index_find(const struct index *index, uint64_t key)
{
	const struct index_slot *slot = index->size ? slot_of(index, key) : NULL;

	return slot && slot->position ? slot->position - 1 : INDEX_NONE;
}

/* All keys into a table of another size; moved: NULL, or where positions are now. */
static int rebuild(struct index *index, size_t size, const size_t *moved)
{
	struct index built = { .size = size };
	struct index_slot *slot;
	size_t position, i;

	built.slots = calloc(built.size, sizeof(*built.slots));
	if (!built.slots)
		return -ENOMEM;
	for (i = 0; i < index->size; i++) {
		if (!index->slots[i].position)
			continue;
		position = index->slots[i].position - 1;
		if (moved)
			position = moved[position];
		if (position == INDEX_NONE)
			continue;
		slot = slot_of(&built, index->slots[i].key);
		if (!slot) {
			free(built.slots);
			return -ENOMEM;
		}
		slot->key = index->slots[i].key;
		slot->position = position + 1;
		built.used++;
	}
	free(index->slots);
	*index = built;
	return 0;
}

int index_add(struct index *index, uint64_t key, size_t position)
{
	struct index_slot *slot;

	if (index->used * 2 >= index->size &&
	    rebuild(index, index->size ? index->size * 2 : SIZE_LEAST, NULL))
		return -ENOMEM;
	slot = slot_of(index, key);
	if (!slot)
		return -ENOMEM;
	if (!slot->position)
		index->used++;
	slot->key = key;
	slot->position = position + 1;
	return 0;
}

int index_move(struct index *index, const size_t *moved)
{
	size_t size = index->size, kept = 0, i;

	if (!size)
		return 0;
	for (i = 0; i < index->size; i++)
		kept += index->slots[i].position &&
			moved[index->slots[i].position - 1] != INDEX_NONE;
	/* half of what it may hold: it does not grow again at once */
	while (size > SIZE_LEAST && kept * 8 < size)
		size /= 2;
	return rebuild(index, size, moved);
}

void index_clear(struct index *index)
{
	if (index->used)
		memset(index->slots, 0, index->size * sizeof(*index->slots));
	index->used = 0;
}

void index_free(struct index *index)
{
	free(index->slots);
	memset(index, 0, sizeof(*index));
}

/*
 * Two keys are taken for one when their hashes are equal, so what a file or a program says must not
 * be able to bring that about: the hash has a key that this process alone knows. No result depends
 * on it, for an index is never walked through in the order of its slots.
 */
static uint64_t hash_key[2];

__attribute__((constructor)) static void choose_key(void)
{
	struct timespec now;

	if (getrandom(hash_key, sizeof(hash_key), GRND_NONBLOCK) == sizeof(hash_key))
		return;
	/* just after booting: better than a key that stands in the source */
	clock_gettime(CLOCK_REALTIME, &now);
	hash_key[0] = (uint64_t)now.tv_nsec * SPREAD ^ (uint64_t)now.tv_sec;
	hash_key[1] = (uint64_t)(uintptr_t)&now * SPREAD;
}

uint64_t index_hash(const void *bytes, size_t length, uint64_t seed)
{
	return siphash(hash_key, seed, bytes, length);
}
