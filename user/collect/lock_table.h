/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's table of locks, when it is nearly full. */
#ifndef BOUNDBY_COLLECT_LOCK_TABLE_H
#define BOUNDBY_COLLECT_LOCK_TABLE_H

#include "wire.h"

/*
 * Drops the half of the rows with the least waiting. Adds the rows that went to *gone, and the
 * waits and their time to *dropped and *dropped_ns. 0 or negative errno.
 */
int lock_table_trim(int map, __u32 most, __u64 *gone, __u64 *dropped, __u64 *dropped_ns);

#endif
