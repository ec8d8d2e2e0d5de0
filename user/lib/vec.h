/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A growing array: given the three fields by name, makes room for one more element. */
#ifndef BOUNDBY_LIB_VEC_H
#define BOUNDBY_LIB_VEC_H

#include <stddef.h>

/*
 * Makes room for one more element of `size` bytes in *items, which holds `count` of *capacity.
 * Returns 0, or -ENOMEM with everything as it was.
 */
int vec_reserve(void **items, size_t *capacity, size_t count, size_t size);

/* Gives memory back where less than a quarter of it is in use: a burst is not paid for ever. */
void vec_shrink(void **items, size_t *capacity, size_t count, size_t size);

#endif
