/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pausing and resuming: time that was not seen is unobserved, never guessed. Takes a ledger that no
 * hook has updated since; closes it, or continues it in the state that the thread is known to be
 * in.
 */
#ifndef BOUNDBY_PAUSE_BPF_H
#define BOUNDBY_PAUSE_BPF_H

#include "core_compat.bpf.h"
#include "ledger.bpf.h"
#include "waits/wait_end.bpf.h"

#define PAUSE_BUSY (~0U) /* thread_ledger.epoch: it is being closed */

/* Unobserved up to an instant, in this state since then. */
static __always_inline void pause_learn(struct thread_ledger *ledger, __u32 state, __u64 since)
{
	if (ledger->state >= NR_STATES) /* born in the pause */
		ledger->state = STATE_UNOBSERVED;
	if (since > ledger->since_ns)
		ledger_close(ledger, since);
	ledger_enter(ledger, state);
}

/* Adopts the state found by the resume scan. */
static __always_inline void pause_believe(struct thread_ledger *ledger)
{
	ledger->wait.site = ledger->seen_site;
	ledger->futex = ledger->seen_futex;
	ledger->poll_set = ledger->seen_poll_set;
	ledger->blind = ledger->seen_blind;
}

/*
 * At the start of a pause: closes what was seen. From now on hooks do not touch the ledger, except
 * at the last switch of a thread; the loser of the compare-and-swap between that hook and the
 * iterator skips the ledger.
 */
static __noinline void pause_close(struct thread_ledger *ledger, __u32 number)
{
	__u32 was = ledger->epoch;
	__u64 at = paused_ns;

	if (was == PAUSE_BUSY ||
	    __sync_val_compare_and_swap(&ledger->epoch, was, PAUSE_BUSY) != was)
		return;
	/*
	 * no hook during the whole period between two pauses: it stayed in the state it was seen in
	 */
	if (was != number - 1 && ledger->seen_epoch == number - 1) {
		pause_learn(ledger, ledger->seen_state, resumed_ns);
		pause_believe(ledger);
	}
	if (ledger->state >= NR_STATES) {
		ledger->state = STATE_UNOBSERVED;
	} else if (at > ledger->since_ns) {
		if (ledger_is_blocked(ledger->state)) {
			if (ledger->poll_set)
				wait_judge_poll(ledger, at);
			wait_cut(ledger, at);
		}
		ledger_close(ledger, at);
	}
	ledger->state = STATE_UNOBSERVED;
	ledger->entered_ns = ledger->since_ns;
	ledger->poll_set = 0;
	ledger->throttled = 0;
	ledger->loop_waiting = 0;
	ledger->iteration.asleep = 0;
	ledger->iteration.open_ns = 0;
	ledger_barrier();
	ledger->epoch = number;
}

/* It was created, or about to start, during the pause: only its existence is known. */
static __always_inline bool pause_hides_birth(const struct thread_ledger *ledger)
{
	__u32 number;

	if (!cfg_knobs || ledger->state != LEDGER_NEWBORN)
		return false;
	number = epoch;
	return number & 1 || ledger->epoch != number;
}

/*
 * The present of a thread that no hook has met since watching went on. Returns the epoll set that it
 * waits at, 0 none.
 */
static __always_inline __u64 pause_sample(struct thread_sample *sample,
					  const struct thread_ledger *ledger)
{
	__u64 since = resumed_ns;
	__u32 number = epoch;

	if (sample->state >= NR_STATES) {
		sample->state = STATE_UNOBSERVED;
		sample->entered_ns = sample->since_ns;
	}
	if (ledger->epoch == number)
		return ledger->poll_set;
	if (number & 1 && ledger->state < NR_STATES)
		sample->flags |= SAMPLE_TORN; /* it is being closed */
	if (number & 1 || ledger->seen_epoch != number || since < sample->since_ns)
		return 0;
	sample->total.state_ns[STATE_UNOBSERVED] += since - sample->since_ns;
	sample->since_ns = sample->entered_ns = since;
	sample->state = ledger->seen_state;
	__builtin_memcpy(&sample->site, &ledger->seen_site, sizeof(sample->site));
	__builtin_memcpy(&sample->futex, &ledger->seen_futex, sizeof(sample->futex));
	return ledger->seen_poll_set;
}

#endif
