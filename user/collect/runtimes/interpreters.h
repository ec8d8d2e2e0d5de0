/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The interpreters of the monitored processes. Looks for them when a process is first seen and a
 * few times after; later, since programs may load them at any time, when its address space has
 * grown by what an interpreter takes, or a lock lies in one. Gives the kernel side the addresses of
 * their locks, and the process table their names.
 */
#ifndef BOUNDBY_COLLECT_RUNTIMES_INTERPRETERS_H
#define BOUNDBY_COLLECT_RUNTIMES_INTERPRETERS_H

#include "collect/bpf/bpf_session.h"
#include "collect/procfs/process_table.h"
#include "collect/reader/reader.h"
#include "collect/runtimes/layout.h"
#include "collect/runtimes/python.h"

struct interpreter_look {
	uint64_t next_ns; /* when to look again, CLOCK_MONOTONIC; UINT64_MAX never */
	uint32_t execs; /* of the process at the last look */
	uint64_t size_bytes; /* of the address space at the last look */
	unsigned int tries;
	bool found;
	bool hinted; /* that there is one: once, in case it cannot be read */
	struct python python; /* ... and which, if it is CPython */
	struct runtime_layout layout; /* of the frames, as far as it is known */
};

struct interpreters {
	struct interpreter_look *looks; /* one for each process of the table, in its order */
	size_t count, capacity;
	struct reader *helper; /* borrowed */
};

/* Looks where it is time to. now: CLOCK_MONOTONIC ns. 0 or -ENOMEM. */
int interpreters_look(struct interpreters *interpreters, struct process_table *processes,
		      struct bpf_session *session, uint64_t now);

/* A lock of a process: if it lies in an interpreter that is not known yet, that is looked for soon. */
void interpreters_hint(struct interpreters *interpreters, const struct process_table *processes,
		       const struct record_lock_place *lock);

/* Where the interpreter of a process keeps its frames; NULL: it has none, or it is not known. */
const struct runtime_layout *interpreters_layout(const struct interpreters *interpreters,
						 const struct process_table *processes,
						 uint32_t pid, uint64_t start_ns);

/*
 * Forgets those of ended processes, before the table does, and removes them from the kernel side.
 */
void interpreters_forget(struct interpreters *interpreters, const struct process_table *processes,
			 struct bpf_session *session);

void interpreters_free(struct interpreters *interpreters);

#endif
