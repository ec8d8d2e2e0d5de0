/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The processes met while watching. Receives samples and events; hands on PROCESS records. */
#ifndef BOUNDBY_COLLECT_PROCESS_TABLE_H
#define BOUNDBY_COLLECT_PROCESS_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "trace/record.h"
#include "wire.h"

struct process_table {
	struct record_process *processes;
	size_t count, capacity;
};

/* Notes a fork, exec or exit. 0 or -ENOMEM. */
int process_table_event(struct process_table *table, const struct process_event *event);
/* Notes that a thread of this process was seen. 0 or -ENOMEM. */
int process_table_seen(struct process_table *table, const struct thread_sample *sample);
/*
 * Reads name, memory, threads and descriptors anew for those that live; whole: executable and
 * zombies too. What is gone keeps its last.
 */
void process_table_refresh(struct process_table *table, bool whole);
void process_table_free(struct process_table *table);

#endif
