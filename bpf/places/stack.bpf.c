// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copies stacks of a thread that leaves a call after a long wait, or computes in a stall: one event
 * with its registers, the upper end of its stack, to be unwound in user space, and the frames
 * of its runtime. These events have a separate ring buffer, so that they never crowd out others.
 */
#include "places/stack.bpf.h"

#include "core_compat.bpf.h"
#include "emit.bpf.h"
#include "places/place.bpf.h"
#include "places/python.bpf.h"
#include "places/v8.bpf.h"

#define RED_ZONE 128 /* bytes below the stack pointer that a function may use; the x86-64 ABI */

/*
 * Copies from a little below the stack pointer to the end of the page, then page by page, so that
 * nothing is lost where the stack ends: a read is done as a whole or not at all.
 */
static __always_inline void copy_stack(struct stack_event *event, __u64 stack)
{
	__u64 start = stack - RED_ZONE, at = start & (WIRE_STACK_PAGE - 1), page = start - at;
	__u32 part = WIRE_STACK_PAGE - at;

	event->start = start;
	event->size = 0;
	if (bpf_probe_read_user(event->bytes + at, part, (void *)start))
		return;
	event->size = part;
	if (bpf_probe_read_user(event->bytes + WIRE_STACK_PAGE, WIRE_STACK_PAGE,
				(void *)(page + WIRE_STACK_PAGE)))
		return;
	event->size += WIRE_STACK_PAGE;
	if (!bpf_probe_read_user(event->bytes + 2 * WIRE_STACK_PAGE, WIRE_STACK_PAGE,
				 (void *)(page + 2 * WIRE_STACK_PAGE)))
		event->size += WIRE_STACK_PAGE;
}

/* No room for the event: what asked for it goes without. */
static __always_inline void drop(struct thread_ledger *ledger, bool clock, __u32 why)
{
	struct run_counters *counters = emit_counters();

	if (counters)
		counters->stacks_dropped++;
	if (counters && clock && why == STACK_PLACE) {
		counters->places_refused++;
		counters->places_refused_ns[STATE_ON_CPU] += sample_ns;
	}
	if (clock)
		return;
	ledger->stack_ns = 0;
	place_refuse(ledger);
}

/* A sample of computing: of the call that it computes in, if any. */
static __always_inline void fill_computing(struct stack_event *event, const struct pt_regs *regs,
					   const struct thread_ledger *ledger)
{
	__builtin_memset(&event->site, 0, sizeof(event->site));
	event->site.state = STATE_ON_CPU;
	event->site.call = compat_call(regs);
	event->site.compat = !!(ledger->flags & SAMPLE_COMPAT);
	event->place_ns = sample_ns;
	event->address = 0;
}

/* The frames of its runtime, if it has one whose frames can be read. */
static __always_inline void take_frames(struct stack_event *event, const struct pt_regs *regs,
					bool clock)
{
	__u32 frames = python_take(&event->frames.python, event->tgid);

	/* what made a system call is in C++: its own frame is of no use */
	if (!frames)
		frames = v8_take(&event->frames.v8, event->tgid, clock ? compat_frame(regs) : 0,
				 compat_pc(regs));
	event->frame_count = frames & 0xffff;
	event->frame_flags = frames >> 16;
}

__u32 stack_take(struct thread_ledger *ledger, __u32 why)
{
	const struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
	/* an interrupt: what the ledger asks for is of a call that has not ended */
	const bool clock = why & (STACK_CPU | STACK_PLACE);
	struct stack_event *event;

	if (!ledger)
		return 0;
	event = bpf_ringbuf_reserve(&stacks, sizeof(*event), 0);
	if (!event) {
		drop(ledger, clock, why);
		return 0;
	}
	if (ledger->stack_ns && !clock)
		why |= STACK_LOCK;
	if (ledger->place_ns && !clock)
		why |= STACK_PLACE;
	event->header.kind = EVENT_STACK;
	event->header.size = sizeof(*event);
	/* what computes has not switched since before its iteration began */
	event->header.at_ns = clock ? bpf_ktime_get_ns() : ledger->since_ns;
	event->process_start_ns = ledger->wait.process_start_ns;
	event->address = why & STACK_LOCK ? ledger->stack_lock : ledger->futex.address;
	event->ns = ledger->stack_ns;
	event->iteration_ns = ledger->iteration.open_ns;
	event->block_ns = ledger->iteration.stack_block_ns;
	event->place_ns = ledger->place_ns;
	__builtin_memcpy(&event->site, &ledger->wait.site, sizeof(event->site));
	event->id = ledger->id;
	event->why = why;
	event->pad = 0;
	event->tgid = ledger->wait.tgid;
	event->tid = ledger->tid;
	event->shared = ledger->futex.shared;
	if (why & STACK_LOCK)
		ledger->stack_ns = 0;
	if (clock)
		fill_computing(event, regs, ledger);
	else if (why & STACK_PLACE)
		ledger->place_ns = 0;
	take_frames(event, regs, clock);
	compat_registers(regs, event->registers);
	copy_stack(event, compat_stack(regs));
	bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
	return 0;
}
