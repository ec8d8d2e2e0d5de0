/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The processes seen during the watch. Takes samples and events; returns PROCESS records. */
#ifndef BOUNDBY_COLLECT_PROCFS_PROCESS_TABLE_H
#define BOUNDBY_COLLECT_PROCFS_PROCESS_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/index.h"
#include "trace/record.h"
#include "wire.h"

#define PROCESSES_MAX 65536 /* at a time; of more, threads are watched but not their processes */

/* Zeroed before use, freed by process_table_free. */
struct process_table {
	struct record_process *processes;
	size_t count, capacity;
	struct process_mark {
		uint64_t touched_ns; /* when it was last known to live or to end */
		uint64_t reading; /* the last in which threads of it were met ... */
		uint32_t read_count; /* ... this many ... */
		bool parent; /* ... and one of them had children then */
		bool over; /* no thread of it is left, and all of it was recorded */
		bool stale, stale_whole; /* it has run since its facts were read, all of them */
		bool stale_runtime; /* it has run since an interpreter was looked for */
		bool recount; /* has zombies, which are counted twice */
		bool looked; /* event sets were looked for ... */
		uint64_t looked_execs, looked_descriptors; /* ... when these were this many */
		bool stopped; /* threads of it were stopped, or traced, in the reading */
		bool pressed; /* or they waited for pages, storage or a CPU */
		bool file_lock; /* or one waits for a lock, that may be one of a file */
		bool status_read, limits_read;
		uint64_t status_execs; /* when status was read */
		bool labelled;
		uint64_t labelled_execs; /* when its unit and container were read */
		uint64_t failures; /* of the memory limit when it was first read */
	} * marks; /* beside processes */
	size_t mark_capacity;
	struct index index; /* by number and start */
	uint64_t reading; /* counts the readings of all threads */
	uint64_t since_ns; /* boundary of the reading before this one */
	uint32_t *parents; /* PIDs of those whose children ended since the last whole refresh */
	size_t parent_count, parent_capacity;
	uint64_t left_out; /* times that one found no room */
};

/* Notes a fork, exec or exit. 0 or -ENOMEM. */
int process_table_event(struct process_table *table, const struct process_event *event);
/* All threads are read once more. since_ns: boundary of the reading before; 0: there was none. */
void process_table_begin(struct process_table *table, uint64_t since_ns);
/* Notes that a thread of this process lived at at_ns (CLOCK_MONOTONIC). 0 or -ENOMEM. */
int process_table_seen(struct process_table *table, const struct thread_sample *sample,
		       uint64_t at_ns);
/*
 * Marks as ended the processes that neither lived nor exited at before_ns or later. With before_ns
 * the previous snapshot, and after all threads were read, nothing more will come of those. For
 * processes whose exit was recorded this holds already at exited_before_ns; 0: not known.
 */
void process_table_mark(struct process_table *table, uint64_t before_ns, uint64_t exited_before_ns);
/*
 * Is this process over? One that is not known is, when it started (start_ns, CLOCK_BOOTTIME)
 * before started_ns: it was over and forgotten before.
 */
bool process_table_over(const struct process_table *table, uint32_t pid, uint64_t start_ns,
			uint64_t started_ns);
/* Is the number one of a process that is not over? */
bool process_table_has(const struct process_table *table, uint32_t pid);
/* Drops the ended processes. 0 or -ENOMEM. */
int process_table_forget(struct process_table *table);
/*
 * Updates name, memory, threads and fds of living processes; whole: executable and zombies too. An
 * ended process keeps its last values.
 * event sets and zombies too. A process that did not run keeps what was read, so that the cost
 * follows what runs, not what exists. One that has ended keeps its name.
 */
void process_table_refresh(struct process_table *table, bool whole);
void process_table_free(struct process_table *table);

#endif
