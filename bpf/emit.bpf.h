/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loss counters and events: the only code that reserves ring space. Every failure is counted. */
#ifndef BOUNDBY_EMIT_BPF_H
#define BOUNDBY_EMIT_BPF_H

#include "maps.bpf.h"

#define ERROR_BUSY 16 /* EBUSY */

static __always_inline struct run_counters *emit_counters(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&run_counters, &zero);
}

static __always_inline void emit_lost(enum loss_cause cause)
{
	struct run_counters *counters = emit_counters();

	if (counters)
		counters->lost[cause]++;
}

/* A hook was missed, and nothing is hidden by it: the scheduler's own stamps fill the gap. */
static __always_inline void emit_recovered(void)
{
	struct run_counters *counters = emit_counters();

	if (counters)
		counters->recovered++;
}

/* Counts a failed map insert by its error: a locked bucket is not a full table. */
static __always_inline void emit_lost_insert(long error)
{
	emit_lost(error == -ERROR_BUSY ? LOSS_MAP_BUSY : LOSS_MAP_FULL);
}

/* Fills the head of an event about a thread. */
static __always_inline void emit_thread(struct thread_event *event,
					const struct thread_ledger *ledger, __u32 kind, __u32 size,
					__u64 now)
{
	event->header.kind = kind;
	event->header.size = size;
	event->header.at_ns = now;
	event->id = ledger->id;
	event->process_start_ns = ledger->wait.process_start_ns;
	event->tgid = ledger->wait.tgid;
	event->tid = ledger->tid;
}

#endif
