// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Counts waits that have ended: takes the ledger and the waker stored in it; adds rows to
 * wait_totals and lock_waits, and to the ledger's own table of wakers. Only the part of a wait
 * inside the window counts.
 */
#include "waits/wait_end.bpf.h"

#include "waits/calls.bpf.h"
#include "core_compat.bpf.h"
#include "emit.bpf.h"
#include "histogram.bpf.h"
#include "loop.bpf.h"
#include "places/place.bpf.h"

#define ERROR_EXISTS (-17) /* EEXIST: another thread was first */
#define PAGE_OFFSET 0xfff /* of the smallest pages */
#define STACK_MIN_NS 1000000 /* shorter waits get no stack */
#define RETRY_NS 1000000 /* between two waits of one episode: a retry follows at once */

static __always_inline void count_place(const struct thread_ledger *ledger, __u64 ns)
{
	static const struct wait_total nothing = {};
	struct wait_key key = ledger->wait;
	struct wait_total *total = bpf_map_lookup_elem(&wait_totals, &key);
	long error;

	if (!total) {
		error = bpf_map_update_elem(&wait_totals, &key, &nothing, BPF_NOEXIST);
		if (error && error != ERROR_EXISTS) {
			emit_lost_insert(error);
			return;
		}
		total = bpf_map_lookup_elem(&wait_totals, &key);
		if (!total)
			return;
	}
	__sync_fetch_and_add(&total->count, 1);
	__sync_fetch_and_add(&total->ns, ns);
	if (ns > total->max_ns)
		total->max_ns = ns;
}

static __always_inline struct lock_total *lock_row(const struct lock_key *key, __u64 ns)
{
	static const struct lock_total nothing = {};
	struct lock_total *total = bpf_map_lookup_elem(&lock_waits, key);
	struct run_counters *counters;
	long error;

	if (total)
		return total;
	error = bpf_map_update_elem(&lock_waits, key, &nothing, BPF_NOEXIST);
	counters = emit_counters();
	if (!error && counters)
		counters->lock_rows++;
	if (!error || error == ERROR_EXISTS)
		return bpf_map_lookup_elem(&lock_waits, key);
	if (counters && !(key->role & LOCK_ROLE_HOLDER)) {
		counters->lock_dropped++;
		counters->lock_dropped_ns += ns;
	}
	return NULL;
}

#define FILL_AGAIN 1u
#define FILL_RELEASED 2u
#define FILL_HANDED 4u

/* Adds a wait, or (again) what a wait that is in the row already has grown by. */
__u32 wait_fill(struct lock_total *total, __u64 ns, __u64 episode, __u32 flags)
{
	__u32 at = histogram_slot(episode), was;

	if (!total)
		return 0;
	__sync_fetch_and_add(&total->ns, ns);
	__sync_fetch_and_add(&total->released, flags / FILL_RELEASED & 1);
	__sync_fetch_and_add(&total->handed, flags / FILL_HANDED & 1);
	if (episode > total->max_ns)
		total->max_ns = episode;
	if (flags & FILL_AGAIN) { /* it moves on in the histogram */
		was = histogram_slot(episode - ns);
		if (was < WIRE_HISTOGRAM_LEN)
			__sync_fetch_and_add(&total->histogram[was], -1);
	} else {
		__sync_fetch_and_add(&total->count, 1);
	}
	if (at < WIRE_HISTOGRAM_LEN)
		__sync_fetch_and_add(&total->histogram[at], 1);
	return 0;
}

/* A word that is shared has another address in each process, at the same place of its page. */
static __always_inline bool same_word(const struct futex_wait *futex, __u64 address, __u64 own)
{
	return address == own || (futex->shared && address && !((address ^ own) & PAGE_OFFSET));
}

/*
 * A wait much longer than any before gets a stack at the end of the call: at most as many as the
 * length can double.
 */
static __always_inline void want_stack(struct thread_ledger *ledger, struct lock_total *total,
				       __u64 episode, __u64 now)
{
	__u32 kind = ledger->futex.kind;

	if (!(cfg_calls || in_burst(now)) || episode < STACK_MIN_NS ||
	    episode < 2 * total->stack_ns || kind == LOCK_CONDITION || kind == LOCK_GIL_HANDOVER ||
	    !keeps(DETAIL_STACKS))
		return;
	total->stack_ns = ledger->stack_ns = episode;
	ledger->stack_lock = ledger->futex.address;
	ledger->stack_burst = cfg_calls ? 0 : burst;
}

/*
 * CPython waits for the GIL 5 ms at a time; such retries are one wait. The thread that wakes the
 * word ended the wait; without one, it was a timeout or a signal.
 */
static __always_inline void count_lock(struct thread_ledger *ledger, __u64 ns, __u64 now)
{
	const struct futex_wait *futex = &ledger->futex;
	bool released = ledger->wake.tgid && same_word(futex, ledger->wake.word, futex->word);
	bool handed = released && same_word(futex, ledger->wake.acquired, futex->address);
	bool again = futex->kind == LOCK_GIL && ledger->episode_ns &&
		     ledger->entered_ns - ledger->futex_end_ns < RETRY_NS;
	__u64 episode = again ? ledger->episode_ns + ns : ns;
	__u32 flags = (released ? FILL_RELEASED : 0) | (handed ? FILL_HANDED : 0);
	struct lock_key key = {
		.process_start_ns = ledger->wait.process_start_ns,
		.address = futex->address,
		.tgid = ledger->wait.tgid,
		.tid = ledger->tid,
		.kind = futex->kind,
		.role = LOCK_ROLE_WAITER | (futex->shared ? LOCK_ROLE_SHARED : 0),
	};
	struct lock_total *total = lock_row(&key, ns);

	if (total) {
		wait_fill(total, ns, episode, flags | (again ? FILL_AGAIN : 0));
		want_stack(ledger, total, episode, now);
	}
	ledger->futex_end_ns = now;
	ledger->episode_ns = futex->kind == LOCK_GIL && !released ? episode : 0;
	/*
	 * a thread that gets a lock waits for the GIL before it can proceed: that is no other lock
	 */
	if (released && futex->kind != LOCK_GIL && futex->kind != LOCK_GIL_HANDOVER) {
		ledger->acquired = ledger->held = futex->address;
		ledger->held_ns = now;
	}
	/*
	 * Charge the releasing thread for its own hold time only; earlier time belongs to previous
	 * holders, each of which woke another waiter. Without a releasing thread, the holder at the
	 * start of the wait is charged.
	 */
	key.tid = released ? ledger->wake.tid : futex->kind != LOCK_GIL ? futex->holder : 0;
	if (!key.tid)
		return;
	if (released && same_word(futex, ledger->wake.held, futex->address) &&
	    now > ledger->wake.held_ns && now - ledger->wake.held_ns < episode)
		episode = now - ledger->wake.held_ns;
	key.role |= LOCK_ROLE_HOLDER | (released ? 0 : LOCK_ROLE_NUMBERED);
	total = lock_row(&key, ns);
	if (total)
		wait_fill(total, episode, episode, flags);
}

/* Waits ended by a timeout, storage or the kernel itself have no meaningful waker thread. */
static __always_inline bool has_waker(__u32 state)
{
	return !(STATES_ENDED_BY_KERNEL >> state & 1);
}

/*
 * What arrives from outside is delivered in an interrupt, which may hit any thread in any call:
 * only one that was sending can have sent it.
 */
static __always_inline bool is_waker(__u32 state, __u32 kind)
{
	return !(STATES_ENDED_BY_PACKET >> state & 1) || kind == CALL_WRITE;
}

static __always_inline void count_waker(struct thread_ledger *ledger, __u64 ns)
{
	__u32 state = ledger->state, tid = ledger->wake.tid, tgid = ledger->wake.tgid;
	struct waker *waker;
	int i;

	if (!has_waker(state) || !keeps(DETAIL_WAKERS))
		return;
	if (!is_waker(state, ledger->wake.kind))
		tid = tgid = 0;
	for (i = 0; i < WIRE_WAKERS_LEN - 1; i++) {
		waker = &ledger->wakers[i];
		if (!waker->count) {
			waker->tgid = tgid;
			waker->tid = tid;
			waker->state = state;
		} else if (waker->tid != tid || waker->state != state || waker->tgid != tgid) {
			continue;
		}
		waker->count++;
		waker->ns += ns;
		return;
	}
	ledger->wakers[WIRE_WAKERS_LEN - 1].count++;
	ledger->wakers[WIRE_WAKERS_LEN - 1].ns += ns;
}

/* Inside an iteration of a loop: its longest wait, and whether the end of the call wants a stack. */
static __always_inline void note_block(struct thread_ledger *ledger, __u64 now)
{
	struct iteration *iteration = &ledger->iteration;
	__u64 ns = now - ledger->entered_ns;

	if (ledger->wait.site.call >= 0)
		ledger->last_block_ns = ns;
	if (ledger->state == STATE_CONDITION && !ledger->wake.tgid)
		iteration->timed_ns += ns;
	if (ns >= cfg_stall_ns && loop_away_ns(ledger, now) < ns)
		loop_long_wait(ledger, now);
	if (ns <= iteration->block_ns)
		return;
	iteration->block_ns = ns;
	__builtin_memcpy(&iteration->block, &ledger->wait.site, sizeof(iteration->block));
}

__u32 wait_cut(struct thread_ledger *ledger, __u64 now)
{
	__u64 from, window = window_start_ns;

	if (!ledger)
		return 0;
	from = ledger->entered_ns < window ? window : ledger->entered_ns;
	if (now <= from)
		return 0;
	ledger->wake.tgid = 0;
	count_place(ledger, now - from);
	if (ledger->futex.word)
		count_lock(ledger, now - from, now);
	ledger->episode_ns = 0;
	return 0;
}

__u32 wait_count(struct thread_ledger *ledger, __u64 now)
{
	__u64 from, window = window_start_ns, ns;

	if (!ledger)
		return 0;
	from = ledger->entered_ns < window ? window : ledger->entered_ns;
	ns = now > from ? now - from : 0;
	count_place(ledger, ns);
	if (ledger->futex.word)
		count_lock(ledger, ns, now);
	count_waker(ledger, ns);
	if (ledger->loop_waiting)
		ledger->iteration.asleep = 1;
	else if (ledger->iteration.open_ns)
		note_block(ledger, now);
	wait_histogram_add(ledger, now);
	place_decide(ledger, ns, now);
	ledger->wake.tgid = 0;
	ledger->wake.tid = 0;
	ledger->wake.word = 0;
	return 0;
}
