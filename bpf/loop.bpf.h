/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Event loops: which wait a thread returns to, and how long it stays away from it. Fed with entries
 * into event waits and returns from them; keeps sums in the ledger and sends stalls as events.
 */
#ifndef BOUNDBY_LOOP_BPF_H
#define BOUNDBY_LOOP_BPF_H

#include "waits/calls.bpf.h"
#include "core_compat.bpf.h"
#include "maps.bpf.h"

/* One event wait, by its arguments. */
struct loop_wait {
	__u64 object; /* loop_sums.object */
	__u32 members;
	__u32 room;
	__u32 timed; /* a timeout that is neither none nor 0 */
	__u32 patient; /* any but 0 */
	__u32 uneven;
	__u32 again; /* no other call of the thread has succeeded since the last one */
	__u32 unlinked; /* ... or it is not known whether */
	__u64 list; /* poll: address of the set, 0 not known */
};

static __always_inline bool loop_is_wait(enum call_kind kind)
{
	return kind >= CALL_EPOLL && kind <= CALL_IO_URING;
}

/* -ERESTARTSYS to -ERESTART_RESTARTBLOCK: a signal is handled, then the call goes on. */
static __always_inline bool loop_is_restarted(long result)
{
	return result <= -512 && result >= -516;
}

/*
 * Reads which object an event wait of the current thread waits on. 1: *ret is filled, 0: not an
 * event wait, because it has fewer than two fds or does not block.
 */
__u32 loop_look(struct loop_wait *ret);

/*
 * The current thread enters this wait. Ends an iteration when it is the loop's; one that was long
 * is a stall. Returns 0.
 */
__u32 loop_enter(struct thread_ledger *ledger, const struct loop_wait *wait, __u64 now);

/*
 * Depth sched: a wait ends that is not the loop's, and was as long as a stall. It is one by itself,
 * whatever the loop did before and after, unseen. Returns 0.
 */
__u32 loop_long_wait(struct thread_ledger *ledger, __u64 now);

/* The thread has returned from the loop's wait, with this: an iteration starts. Returns 0. */
__u32 loop_return(struct thread_ledger *ledger, __s64 result, __u64 now);

/*
 * Whether to take a stack at the end of a call of the current thread, after waits in it. 1: yes,
 * and it is recorded as taken.
 */
__u32 loop_wants_stack(struct thread_ledger *ledger, __u64 now);

/* Hands the loop of a thread that ends to user space. Returns 0. */
__u32 loop_end(const struct thread_ledger *ledger, __u64 now);

/* The part from open_ns to now that lies in the newest burst. */
static __always_inline __u64 loop_part_in_burst(__u64 open_ns, __u64 now)
{
	__u64 from = burst_from_ns, to = burst_to_ns;

	if (!cfg_knobs || !from || !open_ns)
		return 0;
	if (from < open_ns)
		from = open_ns;
	if (to > now)
		to = now;
	return to > from ? to - from : 0;
}

/* cfg_loops: watching was not paused since the iteration started. */
static __always_inline bool loop_is_whole(const struct thread_ledger *ledger)
{
	return cfg_loops && ledger->iteration.burst == epoch_now();
}

/*
 * How long the thread has been away from its loop's wait for certain: while each entry into it is
 * seen. Else it may have been back without sleeping.
 */
static __always_inline __u64 loop_away_ns(const struct thread_ledger *ledger, __u64 now)
{
	__u64 open_ns = ledger->iteration.open_ns;

	if (!open_ns)
		return 0;
	if (cfg_calls || loop_is_whole(ledger))
		return now > open_ns ? now - open_ns : 0;
	return in_burst(now) ? loop_part_in_burst(open_ns, now) : 0;
}

/*
 * Notes the sums as they were at the return from the wait: before they first change, as most
 * iterations end before that, and it is 160 bytes from and to as many lines of the cache.
 */
static __always_inline void loop_note_return(struct thread_ledger *ledger)
{
	struct iteration *iteration = &ledger->iteration;
	__u32 state = ledger->state;

	if (!iteration->open_ns || iteration->noted)
		return;
	__builtin_memcpy(iteration->at_return, ledger->total.state_ns,
			 sizeof(iteration->at_return));
	if (state < NR_STATES && iteration->open_ns > ledger->since_ns)
		iteration->at_return[state] += iteration->open_ns - ledger->since_ns;
	iteration->noted = 1;
}

/* Fills a sample, as of the ledger's since_ns. */
static __always_inline void loop_fill(struct loop_sample *sample,
				      const struct thread_ledger *ledger)
{
	const struct iteration *iteration = &ledger->iteration;
	__u64 state_ns;
	__u32 i;

	__builtin_memcpy(&sample->sums, &ledger->loop, sizeof(sample->sums));
	sample->open_ns = ledger->iteration.open_ns;
	sample->burst_open_ns = cfg_knobs && !loop_is_whole(ledger) ?
					loop_part_in_burst(iteration->open_ns, bpf_ktime_get_ns()) :
					0;
	sample->slept = ledger->iteration.slept;
	sample->waiting = ledger->loop_waiting;
	for (i = 0; i < NR_STATES; i++) {
		state_ns = ledger->total.state_ns[i];
		sample->parts_ns[i] = iteration->noted ? state_ns - iteration->at_return[i] : 0;
	}
	/* as of before the return: what is to be added up to now is too much by that */
	if (!iteration->noted && ledger->state < NR_STATES && iteration->open_ns > ledger->since_ns)
		sample->parts_ns[ledger->state] -= iteration->open_ns - ledger->since_ns;
}

#endif
