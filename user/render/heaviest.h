/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which rows to show: from weights to a mark for each that is heavy enough. */
#ifndef BOUNDBY_RENDER_HEAVIEST_H
#define BOUNDBY_RENDER_HEAVIEST_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Marks the `most` heaviest of those that weigh at least `least`; of equal ones the first. 0 or
 * -ENOMEM.
 */
int heaviest_mark(const double *weights, size_t count, size_t most, double least, bool *ret_marks);

#endif
