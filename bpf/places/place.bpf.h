/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Samples of where a program waits, decided at the end of a wait, by its length: one of d ns is taken
 * with the probability min(1, d / tau) and stands for max(d, tau). So the expected time of each line
 * is the time that it waited, whatever tau is (Poisson sampling with inclusion probabilities
 * proportional to size; Horvitz-Thompson weights).
 */
#ifndef BOUNDBY_PLACE_BPF_H
#define BOUNDBY_PLACE_BPF_H

#include "core_compat.bpf.h"
#include "emit.bpf.h"

#define PLACE_SHIFT 6 /* less than 2^32 of these units are 4.6 minutes */
#define PLACE_CPUS 1024 /* CPUs beyond share */

extern __u64 place_period_ns; /* start of the period, ... */
extern __u64 place_taken; /* ... and samples in it */
extern __u8 place_wanted[PLACE_CPUS]; /* the thread that is being switched in is to be sampled */
extern __u32 place_outside; /* cfg_calls: a wait outside any call was to be a sample */
extern volatile __u32 place_hooked; /* cfg_calls: the hook behind each switch is there */

/* The sample that the ledger asks for cannot be had. */
static __always_inline void place_refuse(struct thread_ledger *ledger)
{
	struct run_counters *counters = emit_counters();
	__u32 state = ledger->wait.site.state;

	if (counters && ledger->place_ns && state < NR_STATES) {
		counters->places_refused++;
		counters->places_refused_ns[state] += ledger->place_ns;
	}
	ledger->place_ns = 0;
}

/* The stack of a wait is the same at the end of its call, whose hook is there at depth syscalls. */
static __always_inline bool place_at_call_end(const struct thread_ledger *ledger)
{
	return cfg_calls && ledger->wait.site.call >= 0;
}

/* Can a stack be had when this wait is over? */
static __always_inline bool place_can(const struct thread_ledger *ledger)
{
	return cfg_switch_stacks || place_at_call_end(ledger);
}

/*
 * Will it be taken? At depth syscalls only waits outside any call (page faults) need the hook behind
 * each switch, and most programs have none: it is attached when the first was to be a sample.
 */
static __always_inline bool place_is_hooked(const struct thread_ledger *ledger)
{
	if (!cfg_calls || place_at_call_end(ledger) || place_hooked)
		return true;
	place_outside = 1;
	return false;
}

/* Whether another sample may be taken; two CPUs may begin a period at once. */
static __always_inline bool place_token(__u64 now)
{
	if (now - place_period_ns >= PLACE_PERIOD_NS) {
		place_period_ns = now;
		place_taken = 0;
	}
	return __sync_fetch_and_add(&place_taken, 1) < place_tokens;
}

/*
 * 32 random bits. The kernel's own generator costs more than all else that the decision takes; chance
 * enters by the clock, and the multiplication (of a linear congruential generator) spreads it.
 */
static __always_inline __u64 place_random(struct thread_ledger *ledger, __u64 now)
{
	ledger->random = (ledger->random ^ now) * 6364136223846793005ULL + 1442695040888963407ULL;
	return ledger->random >> 32;
}

/*
 * A wait of the thread has ended, ns of which lay in the window. Several in one system call are of
 * one stack: where that is taken at the end of the call, they add up.
 */
static __always_inline void place_decide(struct thread_ledger *ledger, __u64 ns, __u64 now)
{
	__u64 tau = STATES_OF_REST >> ledger->state & 1 ? place_rest_ns : place_work_ns;

	if (!tau || !place_can(ledger) || !keeps(DETAIL_STACKS))
		return;
	if (ledger->place_ns && !place_at_call_end(ledger))
		place_refuse(ledger);
	if (ns < tau) {
		if (place_random(ledger, now) * (tau >> PLACE_SHIFT) >= ns >> PLACE_SHIFT << 32)
			return;
		ns = tau;
	}
	ledger->place_ns += ns;
	if (!place_token(now) || !place_is_hooked(ledger))
		place_refuse(ledger);
}

/* The thread is being switched in here: its stack can be read as soon as its memory is there. */
static __always_inline void place_switch_in(const struct thread_ledger *ledger, __u32 cpu)
{
	if (cfg_switch_stacks && ledger->place_ns && !place_at_call_end(ledger))
		place_wanted[compat_index(cpu, PLACE_CPUS)] = 1;
}

#endif
