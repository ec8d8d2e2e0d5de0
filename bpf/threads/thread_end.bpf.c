// SPDX-License-Identifier: GPL-2.0-or-later
/* A thread ends: its histograms and its loop go to user space, then its sums, in one event. */
#include "threads/thread_end.bpf.h"

#include "emit.bpf.h"
#include "histogram.bpf.h"
#include "ledger.bpf.h"
#include "loop.bpf.h"

/* The boundary as of which the ledger has kept its sums, 0: it began after it, or has not reached it. */
static __always_inline __u64 kept_boundary(const struct thread_ledger *ledger)
{
	__u64 boundary = boundary_ns;

	return ledger->snap_ns == boundary && ledger->start_ns <= boundary ? boundary : 0;
}

/* Sends the histogram of one state. Returns 0 if it was lost. */
__noinline __u32 histogram_emit(struct thread_ledger *ledger, __u32 at, __u64 boundary, __u64 now)
{
	struct kept_histogram *place = ledger ? histogram_place(ledger, at) : NULL;
	struct histogram_event *event;

	if (!ledger)
		return 1;
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		emit_lost(LOSS_RING_FULL);
		return 0;
	}
	event->header.kind = EVENT_HISTOGRAM;
	event->header.size = sizeof(*event);
	event->header.at_ns = now;
	event->id = ledger->id;
	event->boundary_ns = boundary;
	event->state = WIRE_FIRST_WAIT + at;
	event->pad = 0;
	if (place) {
		__builtin_memcpy(&event->last, &place->now, sizeof(event->last));
		__builtin_memcpy(&event->at_boundary, &place->snap, sizeof(event->at_boundary));
	} else {
		__builtin_memset(&event->last, 0, sizeof(event->last));
		__builtin_memset(&event->at_boundary, 0, sizeof(event->at_boundary));
	}
	bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
	return 1;
}

/* One event for each state that the thread was ever in: most are in three or four. */
static __always_inline void histograms_emit(struct thread_ledger *ledger, __u64 boundary, __u64 now)
{
	__u32 known = histograms_of(ledger), i;

	for (i = 0; i < WIRE_WAIT_STATES; i++)
		if (known & 1u << (WIRE_FIRST_WAIT + i) &&
		    !histogram_emit(ledger, i, boundary, now))
			break;
	histograms_free(ledger);
}

__u32 thread_emit(struct thread_ledger *ledger, const struct thread_name *name, __u64 now)
{
	struct run_counters *counters = emit_counters();
	struct thread_exit_event *event;
	__u64 boundary;

	if (!ledger || !name)
		return 0;
	ledger->state = LEDGER_EXITED;
	__sync_fetch_and_add(&ledgers_live, -1);
	if (!counters)
		return 0;
	counters->ledgers_ended++;
	boundary = kept_boundary(ledger);
	histograms_emit(ledger, boundary, now);
	loop_end(ledger, now);
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		counters->lost[LOSS_RING_FULL]++;
		counters->lost_exit_count++;
		counters->lost_exit_ns += ledger->since_ns - ledger->start_ns;
		return 0;
	}
	/* by parts, kept apart: the compiler clears at most 1 KiB at once */
	__builtin_memset(&event->last, 0, sizeof(event->last));
	ledger_barrier();
	__builtin_memset(&event->at_boundary, 0, sizeof(event->at_boundary));
	event->boundary_ns = boundary;
	event->header.kind = EVENT_THREAD_EXIT;
	event->header.size = sizeof(*event);
	event->header.at_ns = now;
	ledger_sample(&event->last, ledger, false);
	event->last.flags |= SAMPLE_EXITED;
	event->last.state = STATE_ON_CPU;
	__builtin_memcpy(event->last.comm, name->comm, WIRE_COMM_LEN);
	if (boundary) {
		ledger_sample(&event->at_boundary, ledger, true);
		__builtin_memcpy(event->at_boundary.comm, event->last.comm, WIRE_COMM_LEN);
	}
	bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
	return 0;
}
