// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Event loop accounting: a loop is the event wait that a thread returns to most. Adds up iterations
 * and stalls, and sends one event per stall. At depth sched only waits that sleep are seen.
 */
#include "loop.bpf.h"

#include "bits.bpf.h"
#include "waits/blocked_object.bpf.h"

#include <bpf/bpf_tracing.h>

#include "emit.bpf.h"
#include "histogram.bpf.h"
#include "places/stack.bpf.h"

#define ENTER_GETEVENTS 1 /* IORING_ENTER_GETEVENTS */
#define CALL_NUMBER_EPOLL_PWAIT2 441
#define SELECT_WORDS 16 /* FD_SETSIZE is 1024 */
#define STRENGTH_MAX 64 /* this many other waits in a row make another object the loop's */
#define FOUND_AFTER 3 /* waits: one is no loop, and two may be coincidence */
#define EVENT_SPACE_NS 10000000 /* shorter stalls than the default limit share events */

#if defined(__TARGET_ARCH_x86)
#define CALL_NUMBER_POLL 7
#else
#define CALL_NUMBER_POLL -2
#endif

/* Descriptors that a select waits to read from. */
static __always_inline __u32 select_members(__u64 set, __u64 highest)
{
	__u64 words[SELECT_WORDS] = {};
	__u32 count = 0, i;

	if (!set || bpf_probe_read_user(words, sizeof(words), (void *)set))
		return 0;
	for (i = 0; i < SELECT_WORDS; i++)
		if (highest > i * 64ULL)
			count += bits_count(words[i]);
	return count;
}

enum timeout { TIMEOUT_NONE, TIMEOUT_ZERO, TIMEOUT_SOME };

static __always_inline enum timeout timeout_ms(__s32 ms)
{
	return ms < 0 ? TIMEOUT_NONE : ms ? TIMEOUT_SOME : TIMEOUT_ZERO;
}

/* A timespec or timeval in the thread's memory; what cannot be read is taken for a time. */
static __always_inline enum timeout timeout_at(__u64 address)
{
	__u64 parts[2];

	if (!address)
		return TIMEOUT_NONE;
	if (bpf_probe_read_user(parts, sizeof(parts), (void *)address))
		return TIMEOUT_SOME;
	return parts[0] || parts[1] ? TIMEOUT_SOME : TIMEOUT_ZERO;
}

__u32 loop_look(struct loop_wait *ret)
{
	const struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
	long call = compat_call(regs);
	enum timeout timeout = TIMEOUT_NONE;
	__u64 kind, descriptor = 0;

	if (!ret)
		return 0;
	ret->members = ret->room = ret->uneven = ret->again = ret->unlinked = 0;
	ret->list = 0;
	switch (call_kind(call)) {
	case CALL_EPOLL:
		kind = LOOP_EPOLL;
		descriptor = (__u32)compat_arg0(regs);
		ret->room = compat_arg2(regs);
		timeout = call == CALL_NUMBER_EPOLL_PWAIT2 ? timeout_at(compat_arg3(regs)) :
							     timeout_ms((__s32)compat_arg3(regs));
		break;
	case CALL_POLL:
		kind = LOOP_POLL;
		ret->members = compat_arg1(regs);
		ret->list = compat_arg0(regs);
		timeout = call == CALL_NUMBER_POLL ? timeout_ms((__s32)compat_arg2(regs)) :
						     timeout_at(compat_arg2(regs));
		break;
	case CALL_SELECT:
		kind = LOOP_POLL;
		if (compat_arg0(regs) < 2)
			return 0;
		ret->members = select_members(compat_arg1(regs), compat_arg0(regs));
		timeout = timeout_at(compat_arg4(regs));
		break;
	case CALL_IO_URING:
		if (!(compat_arg3(regs) & ENTER_GETEVENTS) || !compat_arg2(regs))
			return 0;
		kind = LOOP_IO_URING;
		descriptor = (__u32)compat_arg0(regs);
		ret->uneven = (__u32)compat_arg1(regs) != (__u32)compat_arg2(regs);
		break;
	default:
		return 0;
	}
	if (kind == LOOP_POLL && ret->members < 2)
		return 0;
	ret->timed = timeout == TIMEOUT_SOME;
	ret->patient = timeout != TIMEOUT_ZERO;
	ret->object = kind << 32 | descriptor;
	return 1;
}

/* Time in a state up to now, of the thread whose state started at since_ns. */
static __always_inline __u64 state_now(const struct thread_ledger *ledger, __u32 state, __u64 now)
{
	__u64 ns = ledger->total.state_ns[state];

	return ledger->state == state && now > ledger->since_ns ? ns + (now - ledger->since_ns) :
								  ns;
}

/* Octave, then its part. */
static __always_inline __u32 lag_at(__u64 ns)
{
	__u32 octave = histogram_slot(ns);

	if (octave < WIRE_LAG_FIRST)
		return 0;
	return (octave - WIRE_LAG_FIRST) * WIRE_LAG_PARTS +
	       (ns >> (octave - 2) & (WIRE_LAG_PARTS - 1));
}

/* Time in a state since the iteration began. Global: verified once, not for each state. */
__noinline __u64 stall_part(const struct thread_ledger *ledger, __u32 state, __u64 now)
{
	__s64 part;

	if (!ledger || state >= NR_STATES)
		return 0;
	part = state_now(ledger, state, now) - ledger->iteration.at_return[state];
	return part > 0 ? part : 0; /* a correction of the switch before may have taken from it */
}

/* Sums the parts of the stall that ends now by cause. Returns the largest. */
__u32 stall_sum(struct thread_ledger *ledger, __u64 now)
{
	__u64 part, largest = 0;
	__u32 which = STALL_CPU, at, i;

	if (!ledger)
		return which;
	for (i = 0; i < NR_STALL_CAUSES; i++)
		ledger->iteration.cause_ns[i] = 0;
	for (i = 0; i < NR_STATES; i++) {
		part = stall_part(ledger, i, now);
		at = stall_cause_of(i);
		if (at >= NR_STALL_CAUSES)
			continue;
		ledger->iteration.cause_ns[at] += part;
		ledger->loop.cause_ns[at] += part;
	}
	/* not woken by a thread: a plain timed sleep */
	part = ledger->iteration.timed_ns;
	if (part > ledger->iteration.cause_ns[STALL_LOCK])
		part = ledger->iteration.cause_ns[STALL_LOCK];
	ledger->iteration.cause_ns[STALL_LOCK] -= part;
	ledger->iteration.cause_ns[STALL_BLOCKING_CALL] += part;
	ledger->loop.cause_ns[STALL_LOCK] -= part;
	ledger->loop.cause_ns[STALL_BLOCKING_CALL] += part;
	for (i = 0; i < NR_STALL_CAUSES; i++)
		if (ledger->iteration.cause_ns[i] > largest) {
			largest = ledger->iteration.cause_ns[i];
			which = i;
		}
	return which;
}

/*
 * The stall that a burst saw a part of begins and ends with that. Stalls that follow each other too
 * closely are counted, without an event each. Returns 0.
 */
__u32 stall_emit(struct thread_ledger *ledger, __u64 now)
{
	struct stall_event *event = NULL;
	struct iteration *iteration;
	__u32 i;

	if (!ledger)
		return 0;
	iteration = &ledger->iteration;
	if (now >= iteration->event_ns)
		event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		ledger->loop.stalls_unsent++;
		return 0;
	}
	iteration->event_ns = now + EVENT_SPACE_NS / 2;
	emit_thread(&event->thread, ledger, EVENT_STALL, sizeof(*event), now);
	event->begin_ns = iteration->open_ns;
	if (!sees_loops() && event->begin_ns < burst_from_ns)
		event->begin_ns = burst_from_ns;
	if (!sees_loops() && now > burst_to_ns)
		event->thread.header.at_ns = burst_to_ns;
	event->block_ns = iteration->block_ns;
	event->timed_ns = iteration->timed_ns;
	__builtin_memcpy(&event->block, &iteration->block, sizeof(event->block));
	for (i = 0; i < NR_STATES; i++)
		event->parts_ns[i] = stall_part(ledger, i, now);
	bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
	return 0;
}

/* The iteration that ends now was a stall. */
static __always_inline void stall_end(struct thread_ledger *ledger, __u64 now)
{
	__u32 cause;

	loop_note_return(ledger);
	cause = stall_sum(ledger, now);
	if (cause < NR_STALL_CAUSES)
		ledger->loop.cause_count[cause]++;
	stall_emit(ledger, now);
}

static __always_inline void iteration_end(struct thread_ledger *ledger, __u64 now)
{
	struct iteration *iteration = &ledger->iteration;
	struct loop_sums *loop = &ledger->loop;
	__u64 ns = now > iteration->open_ns ? now - iteration->open_ns : 0;
	bool whole = cfg_calls || loop_is_whole(ledger);
	__u64 away = whole ? ns : loop_part_in_burst(iteration->open_ns, now);
	__u32 at = lag_at(ns);

	if (away >= cfg_stall_ns) {
		loop->stalls++;
		loop->stalled_ns += away;
		if (!whole) {
			loop->burst_stalls++;
			loop->burst_stalled_ns += away;
		}
		stall_end(ledger, now);
	}
	/* a burst saw its start and not its end: how often the thread returned since is not known */
	if (!sees_loops() && iteration->burst && !(in_burst(now) && iteration->burst == burst))
		return;
	loop->iterations++;
	loop->busy_ns += ns;
	if (ns > loop->max_ns)
		loop->max_ns = ns;
	if (at < WIRE_LAG_LEN)
		loop->lag[at]++;
}

/*
 * The object of most of a thread's event waits, found in one pass and constant space: Boyer-Moore
 * majority vote. Waits on other objects belong to the current iteration.
 */
static __always_inline bool is_own(struct thread_ledger *ledger, __u64 object)
{
	struct iteration *iteration = &ledger->iteration;

	if (ledger->loop.object == object) {
		if (iteration->strength < STRENGTH_MAX)
			iteration->strength++;
		return true;
	}
	if (ledger->loop.object && --iteration->strength)
		return false;
	ledger->loop.object = object;
	iteration->strength = 1;
	iteration->open_ns = 0;
	return true;
}

__u32 loop_enter(struct thread_ledger *ledger, const struct loop_wait *wait, __u64 now)
{
	struct thread_event *event;
	struct iteration *iteration;
	struct loop_sums *loop;

	if (!ledger || !wait || !is_own(ledger, wait->object))
		return 0;
	iteration = &ledger->iteration;
	loop = &ledger->loop;
	if (iteration->open_ns)
		iteration_end(ledger, now);
	iteration->open_ns = 0;
	ledger->loop_waiting = 1;
	loop->waits++;
	loop->timed += wait->timed;
	loop->patient += wait->patient;
	loop->uneven += wait->uneven;
	loop->unserved += wait->again && iteration->handed;
	loop->unlinked += wait->unlinked;
	iteration->list = wait->list;
	iteration->list_members = wait->members;
	loop->members = wait->members;
	loop->room = wait->room;
	if (!iteration->found && loop->waits >= FOUND_AFTER) {
		event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
		if (!event)
			return 0;
		iteration->found = 1;
		emit_thread(event, ledger, EVENT_LOOP_FOUND, sizeof(*event), now);
		bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
	}
	return 0;
}

__u32 loop_long_wait(struct thread_ledger *ledger, __u64 now)
{
	struct stall_event *event = NULL;
	struct loop_sums *loop;
	__u32 cause, i;
	__u64 ns;

	if (!ledger)
		return 0;
	loop = &ledger->loop;
	ns = now - ledger->entered_ns;
	cause = stall_cause_of(ledger->state);
	if (cause == STALL_LOCK && ledger->state == STATE_CONDITION && !ledger->wake.tgid)
		cause = STALL_BLOCKING_CALL;
	loop->stalls++;
	loop->stalled_ns += ns;
	if (cause < NR_STALL_CAUSES) {
		loop->cause_count[cause]++;
		loop->cause_ns[cause] += ns;
	}
	if (now >= ledger->iteration.event_ns)
		event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		loop->stalls_unsent++;
		return 0;
	}
	ledger->iteration.event_ns = now + EVENT_SPACE_NS / 2;
	emit_thread(&event->thread, ledger, EVENT_STALL, sizeof(*event), now);
	event->begin_ns = ledger->entered_ns;
	event->block_ns = ns;
	event->timed_ns = cause == STALL_BLOCKING_CALL ? ns : 0;
	__builtin_memcpy(&event->block, &ledger->wait.site, sizeof(event->block));
	for (i = 0; i < NR_STATES; i++)
		event->parts_ns[i] = i == ledger->state ? ns : 0;
	bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
	return 0;
}

#define SERVED_CHUNK 16 /* descriptors of a poll set that are read at a time, ... */
#define SERVED_CHUNKS 4 /* ... and how often */

/*
 * poll passes its set again at each call: was a different fd delivered than before? Possibly, if
 * several are ready at once or it is not among the first.
 */
static __always_inline void note_served(struct thread_ledger *ledger, __s64 result)
{
	struct iteration *iteration = &ledger->iteration;
	struct poll_fd entries[SERVED_CHUNK];
	__u32 chunk, i, first;

	for (chunk = 0; result == 1 && iteration->list && chunk < SERVED_CHUNKS; chunk++) {
		first = chunk * SERVED_CHUNK;
		/* the list may end before the chunk does, and the memory behind it be any */
		if (first >= iteration->list_members ||
		    bpf_probe_read_user(entries, sizeof(entries),
					(void *)(iteration->list + first * sizeof(entries[0]))))
			break;
		for (i = 0; i < SERVED_CHUNK; i++) {
			if (first + i >= iteration->list_members)
				break;
			if (!entries[i].revents)
				continue;
			if (!iteration->served)
				iteration->served = (__u32)entries[i].fd + 1;
			if (iteration->served == (__u32)entries[i].fd + 1)
				return;
			ledger->loop.several++;
			return;
		}
	}
	ledger->loop.several++;
}

__u32 loop_return(struct thread_ledger *ledger, __s64 result, __u64 now)
{
	struct iteration *iteration;

	if (!ledger)
		return 0;
	/* what it is handed in a burst is not all that it serves */
	if (result > 0 && sees_loops()) {
		ledger->loop.delivered++;
		/* once it was several, it is */
		if (!ledger->loop.several)
			note_served(ledger, result);
	}
	iteration = &ledger->iteration;
	iteration->slept += iteration->asleep;
	iteration->asleep = 0;
	ledger->loop_waiting = 0;
	ledger->served = cfg_loops ? SERVED_RETURNS : 0;
	iteration->open_ns = now;
	iteration->handed = result > 0;
	if (cfg_loops)
		iteration->burst = epoch_now();
	else if (cfg_knobs)
		iteration->burst = in_burst(now) ? burst : 0;
	iteration->block_ns = ledger->last_block_ns = iteration->stack_block_ns = 0;
	iteration->timed_ns = 0;
	iteration->noted = 0;
	return 0;
}

/*
 * Take a stack when this wait is at least twice the longest so far in its iteration, and is a good
 * part of a stall by itself or the iteration is already one. At most two per stall threshold of
 * elapsed time, so that the work is bounded.
 */
__u32 loop_wants_stack(struct thread_ledger *ledger, __u64 now)
{
	struct iteration *iteration;
	__u64 ns, away;

	if (!ledger)
		return 0;
	iteration = &ledger->iteration;
	ns = ledger->last_block_ns;
	ledger->last_block_ns = 0;
	away = loop_away_ns(ledger, now);
	if (!away || !keeps(DETAIL_STACKS) || ns < 2 * iteration->stack_block_ns ||
	    (ns < cfg_stall_ns / 4 && away < cfg_stall_ns) || now < iteration->stack_ns)
		return 0;
	iteration->stack_block_ns = ns;
	iteration->stack_ns =
		now + (cfg_stall_ns < EVENT_SPACE_NS ? EVENT_SPACE_NS : cfg_stall_ns) / 2;
	return 1;
}

__u32 loop_end(const struct thread_ledger *ledger, __u64 now)
{
	struct loop_event *event;

	if (!ledger || !ledger->iteration.found)
		return 0;
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		emit_lost(LOSS_RING_FULL);
		return 0;
	}
	emit_thread(&event->thread, ledger, EVENT_LOOP, sizeof(*event), now);
	loop_fill(&event->loop, ledger);
	bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
	return 0;
}

/*
 * Per-thread clock, every few milliseconds while a loop computes: where is it, if it has been away
 * from its wait for long? The sample is discarded if the iteration ends before it becomes a stall.
 */
SEC("perf_event")
int on_cpu_clock(struct bpf_perf_event_data *ctx)
{
	struct thread_ledger *ledger = ledger_of(bpf_get_current_task_btf());
	struct iteration *iteration;
	__u64 now, away;

	if (!ledger)
		return 0;
	iteration = &ledger->iteration;
	now = bpf_ktime_get_ns();
	away = loop_away_ns(ledger, now);
	if (!away || away < cfg_stall_ns / 2 || now < iteration->sample_ns || !keeps(DETAIL_STACKS))
		return 0;
	/* the longer it lasts, the rarer: some eight for each tenfold */
	iteration->sample_ns = now + away / 3;
	stack_take(ledger, STACK_CPU);
	return 0;
}
