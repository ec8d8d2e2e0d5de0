/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's tables of waits, calls and locks, by the fds of their maps. */
#ifndef BOUNDBY_COLLECT_BPF_TABLES_H
#define BOUNDBY_COLLECT_BPF_TABLES_H

#include "wire.h"

/*
 * Called with each row. 0, TABLES_TAKE_OUT: the row is taken out of the table, or negative errno,
 * which ends the reading and is what it returns.
 */
#define TABLES_TAKE_OUT 1
typedef int tables_found_wait(void *arg, const struct wait_key *key,
			      const struct wait_total *total);
typedef int tables_found_call(void *arg, const struct call_key *key,
			      const struct call_total *total);
typedef int tables_found_lock(void *arg, const struct lock_key *key,
			      const struct lock_total *total);

/* 0 or negative errno. gone: the rows that were taken out are added to it. */
int tables_read_waits(int map, tables_found_wait *found, void *arg);
int tables_read_calls(int map, tables_found_call *found, void *arg);
int tables_read_locks(int map, tables_found_lock *found, void *arg, __u64 *gone);

/*
 * The calls of the processes that have a row of their own: process_rows, call_rows. Rows are not
 * used again: when all were given away, further processes have theirs in the table of calls.
 */
int tables_read_call_rows(int processes, int rows_map, tables_found_call *found, void *arg);

/*
 * Drops the half of the locks with the least waiting. Adds the rows that went to *gone, and the
 * waits and their time to *dropped and *dropped_ns. 0 or negative errno.
 */
int tables_trim_locks(int map, __u32 most, __u64 *gone, __u64 *dropped, __u64 *dropped_ns);

#endif
