/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ledger of one thread: closing time into states, entering states, taking the snapshot when a
 * boundary has passed. Invariant: total.state_ns sums to since_ns - start_ns.
 */
#ifndef BOUNDBY_LEDGER_BPF_H
#define BOUNDBY_LEDGER_BPF_H

#include "core_compat.bpf.h"
#include "emit.bpf.h"
#include "histogram.bpf.h"
#include "maps.bpf.h"

#define ledger_barrier() asm volatile("" ::: "memory")

static __always_inline bool ledger_is_runnable(__u32 state)
{
	return state == STATE_RUNNABLE_WAKEUP || state == STATE_RUNNABLE_PREEMPTED;
}

static __always_inline bool ledger_is_blocked(__u32 state)
{
	return state > STATE_RUNNABLE_PREEMPTED && state < NR_STATES;
}

/* Adds the time up to `to` to the state that the thread is in. */
static __always_inline void ledger_add(struct thread_ledger *ledger, __u64 to)
{
	__u32 state = ledger->state;
	__u64 ns = to - ledger->since_ns;

	if (state >= NR_STATES)
		return;
	ledger->total.state_ns[state] += ns;
	if (ledger->throttled && ledger_is_runnable(state))
		ledger->total.throttled_ns += ns;
	ledger->since_ns = to;
}

/*
 * A snapshot time has passed since the ledger was last updated: splits the interval there and keeps
 * the sums as of that time, so that all threads are read as of the same instant however long the
 * reading takes. crossing_ns tells the reader that the copy is being changed.
 * Returns 0.
 */
__u32 ledger_cross(struct thread_ledger *ledger, __u64 boundary, __u64 now);

/* Closes the time up to now into the present state. The clock may differ between CPUs. */
static __always_inline void ledger_close(struct thread_ledger *ledger, __u64 now)
{
	__u64 boundary = boundary_ns;

	if (ledger->snap_ns != boundary)
		ledger_cross(ledger, boundary, now);
	if (now < ledger->since_ns)
		emit_lost(LOSS_CLOCK);
	else
		ledger_add(ledger, now);
}

/* Enters a state at since_ns, which ledger_close has just set. */
static __always_inline void ledger_enter(struct thread_ledger *ledger, __u32 state)
{
	ledger->state = state;
	ledger->entered_ns = ledger->since_ns;
	if (state < NR_STATES)
		ledger->total.state_count[state]++;
}

/*
 * The scheduler wakes and switches at the times when it reads its clock; our hooks run later, by
 * more when caches are cold, and by far more when the host takes the CPU away in between. Its
 * stamps in sched_info give the length of an interval as the scheduler counts it (`is`); we
 * measured `seen`. The difference is taken from the preceding interval (lender), so that sums stay
 * exact. Never across a snapshot: it must not change time already in a snapshot.
 */
static __always_inline void ledger_lend(struct thread_ledger *ledger, __u32 state, __u64 seen,
					__u64 is)
{
	__u32 lender = ledger->lender;
	__s64 most = ledger->lender_left_ns, ns = is - seen;

	if (lender >= NR_STATES || state >= NR_STATES || ledger->throttled ||
	    ledger->lender_ns <= ledger->snap_ns)
		return;
	if (ns > most)
		ns = most;
	ledger->total.state_ns[lender] -= ns;
	ledger->total.state_ns[state] += ns;
	ledger->lender_left_ns -= ns;
}

/*
 * A runnable thread is found on a CPU, or leaves one: its switch-in was missed, as where the kernel hides
 * a task of the host from tracing. When it was, by the scheduler's own sum of the time in queues, which
 * grows at a switch-in by the whole wait; 0: not known, or there was none (a switch-out is in progress).
 */
static __always_inline __u64 ledger_missed_arrival(const struct thread_ledger *ledger,
						   struct task_struct *task, __u64 now)
{
	__u64 queued = compat_run_delay_ns(task) - ledger->run_delay_ns;
	__u64 arrival = ledger->entered_ns + queued;

	/* of the first interval the start is not known */
	if (!queued || ledger->entered_ns == ledger->start_ns || arrival < ledger->since_ns ||
	    arrival > now)
		return 0;
	return arrival;
}

/* The hook that should have ended this state was missed: the time cannot be attributed. */
static __always_inline void ledger_unmatched(struct thread_ledger *ledger)
{
	ledger->state = STATE_UNOBSERVED;
	emit_lost(LOSS_UNMATCHED);
}

/* Starts the ledger of a thread seen for the first time. */
static __always_inline void ledger_begin(struct thread_ledger *ledger, __u64 now)
{
	__u64 boundary = boundary_ns;

	ledger->start_ns = now;
	ledger->since_ns = now;
	ledger->entered_ns = now;
	/* a snapshot time that has passed does not concern it; one set ahead is still to come */
	ledger->snap_ns = boundary <= now ? boundary : 0;
}

static __always_inline void ledger_sample_head(struct thread_sample *sample,
					       const struct thread_ledger *ledger)
{
	sample->id = ledger->id;
	sample->process_start_ns = ledger->wait.process_start_ns;
	sample->start_ns = ledger->start_ns;
	sample->tgid = ledger->wait.tgid;
	sample->tid = ledger->tid;
	sample->ppid = ledger->ppid;
	sample->flags = ledger->flags | (compat_throttle_known() ? SAMPLE_THROTTLE_KNOWN : 0);
	sample->born = ledger->born;
	sample->histograms = 0;
	sample->loops = 0;
	sample->own_tid = 0;
	sample->pad = 0;
}

/* Fills a sample from the snapshot, or from the present. */
static __always_inline void ledger_sample(struct thread_sample *sample,
					  const struct thread_ledger *ledger, bool snap)
{
	ledger_sample_head(sample, ledger);
	sample->since_ns = snap ? ledger->snap_ns : ledger->since_ns;
	sample->entered_ns = snap ? ledger->snap_entered_ns : ledger->entered_ns;
	sample->state = snap ? ledger->snap_state : ledger->state;
	__builtin_memcpy(&sample->site, snap ? &ledger->snap_site : &ledger->wait.site,
			 sizeof(sample->site));
	__builtin_memcpy(&sample->futex, snap ? &ledger->snap_futex : &ledger->futex,
			 sizeof(sample->futex));
	__builtin_memcpy(sample->wakers, ledger->wakers, sizeof(sample->wakers));
	__builtin_memcpy(&sample->total, snap ? &ledger->snap : &ledger->total,
			 sizeof(sample->total));
}

#endif
