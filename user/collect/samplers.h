/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Clocks of threads that may be loops: each interrupts its thread every few ms that it runs, and
 * is a descriptor. Receives threads; a BPF program is run at each tick.
 */
#ifndef BOUNDBY_COLLECT_SAMPLERS_H
#define BOUNDBY_COLLECT_SAMPLERS_H

#include <stddef.h>
#include <linux/types.h>

struct bpf_program;

/* Zeroed before use, freed by samplers_free. */
struct samplers {
	struct sampler {
		struct bpf_link *link;
		__u64 id; /* of the thread's ledger */
	} * list;
	size_t count, capacity;
};

/* period_ns: of running. 0 or negative errno, -ENOSPC: there are too many. */
int samplers_add(struct samplers *samplers, const struct bpf_program *program, __u32 tid, __u64 id,
		 __u64 period_ns);

/* The thread has ended. */
void samplers_end(struct samplers *samplers, __u64 id);

void samplers_free(struct samplers *samplers);

#endif
