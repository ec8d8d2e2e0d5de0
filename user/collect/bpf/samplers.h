/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Clocks of threads that may be loops: each runs a BPF program in its thread every few ms of CPU
 * time, and takes an fd while it exists.
 */
#ifndef BOUNDBY_COLLECT_BPF_SAMPLERS_H
#define BOUNDBY_COLLECT_BPF_SAMPLERS_H

#include <linux/types.h>
#include <stddef.h>

struct bpf_program;

/* Zeroed before use, freed by samplers_free. */
struct samplers {
	struct sampler {
		struct bpf_link *link; /* NULL: not started */
		__u64 id; /* of the thread's ledger */
		__u32 tid;
		__u32 pad;
	} * list;
	size_t count, capacity;
};

/* Takes a thread; its clock is not started. 0 or negative errno, -ENOSPC: there are too many. */
int samplers_add(struct samplers *samplers, __u32 tid, __u64 id);

/*
 * Starts the clocks that do not run; period_ns: of running. Threads that are gone are left out: a
 * number may be another thread's by now, which the program has to look at. 0, or the negative errno
 * of one that could not be started.
 */
int samplers_start(struct samplers *samplers, const struct bpf_program *program, __u64 period_ns);

/* Stops all clocks; the threads stay. */
void samplers_stop(struct samplers *samplers);

/* The thread has ended. */
void samplers_end(struct samplers *samplers, __u64 id);

void samplers_free(struct samplers *samplers);

#endif
