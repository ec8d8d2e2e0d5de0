/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A table of distinct strings, each with a position in order of insertion. */
#ifndef BOUNDBY_LIB_TEXTS_H
#define BOUNDBY_LIB_TEXTS_H

#include "lib/index.h"

struct texts {
	char **items; /* owned */
	size_t count, capacity;
	struct index index;
};

/* Adds a copy of the text unless it is there. 0 with its position in *ret, or -ENOMEM. */
int texts_add(struct texts *texts, const char *text, size_t *ret);
void texts_free(struct texts *texts);

#endif
