/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A hash index: 64-bit key -> position in the caller's array. Keys are hashed by the caller. */
#ifndef BOUNDBY_LIB_INDEX_H
#define BOUNDBY_LIB_INDEX_H

#include <stddef.h>
#include <stdint.h>

struct index_slot {
	uint64_t key;
	size_t position; /* plus one; 0: free */
};

struct index {
	struct index_slot *slots;
	size_t size, used;
};

#define INDEX_NONE SIZE_MAX

/* Position of the key, or INDEX_NONE. */
size_t index_find(const struct index *index, uint64_t key);
/* Adds a key that is not there yet. 0 or -ENOMEM, also when too many keys lie at one place. */
int index_add(struct index *index, uint64_t key, size_t position);
/*
 * After the caller's array was closed up: positions become moved[position]; keys of INDEX_NONE are
 * taken out. Memory that is not needed any more is given back. 0, or -ENOMEM with all as it was.
 */
int index_move(struct index *index, const size_t *moved);
/* Takes all keys out and keeps the memory. */
void index_clear(struct index *index);
void index_free(struct index *index);

/*
 * The key of some bytes; seed: the key of the part before, or 0. The same in one process only: it is
 * for indexes, not for files.
 */
uint64_t index_hash(const void *bytes, size_t length, uint64_t seed);

#endif
