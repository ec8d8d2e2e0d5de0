/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of a wait: where it was, on which lock, and which thread ended it. */
#ifndef BOUNDBY_WAIT_END_BPF_H
#define BOUNDBY_WAIT_END_BPF_H

#include "waits/blocked_object.bpf.h"
#include "maps.bpf.h"

/*
 * Counts the wait that the thread was in until now, CLOCK_MONOTONIC ns, into the tables. The
 * ledger still is in the state of the wait. Returns 0.
 */
__u32 wait_count(struct thread_ledger *ledger, __u64 now);

/*
 * Monitoring pauses during a wait of the thread: counts the part seen up to now, although the wait
 * has not ended. Returns 0.
 */
__u32 wait_cut(struct thread_ledger *ledger, __u64 now);

/* An epoll wait ends: was a request of the program in flight? */
static __always_inline void wait_judge_poll(struct thread_ledger *ledger, __u64 now)
{
	__u32 was = ledger->state;
	bool counted = was < NR_STATES && ledger->total.state_count[was];

	if (now - ledger->entered_ns >= POLL_LOOK_PERIOD_NS ||
	    now - ledger->poll_walk_ns >= POLL_LOOK_PERIOD_NS) {
		ledger->poll_io = poll_look(ledger->poll_set, &ledger->wait.site);
		ledger->poll_walk_ns = now;
	}
	ledger->state = ledger->poll_io ? STATE_POLL_IO : STATE_POLL_IDLE;
	/* it was counted as what it seemed when it began, except one that began before the ledger */
	if (counted && was < NR_STATES) {
		ledger->total.state_count[was]--;
		ledger->total.state_count[ledger->state]++;
	}
	ledger->wait.site.state = ledger->state;
}

#endif
