// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copies stacks of a thread that leaves a call after a long wait, or computes in a stall: one event
 * with its registers, the upper end of its stack, to be unwound in user space, and its Python
 * frames. These events have a separate ring buffer, so that they never crowd out others.
 */
#include "stack.bpf.h"

#include "core_compat.bpf.h"
#include "emit.bpf.h"
#include "python.bpf.h"

__u32 stack_take(struct thread_ledger *ledger, __u32 why)
{
	const struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
	struct run_counters *counters;
	struct stack_event *event;
	__u64 stack;
	__u32 python;

	if (!ledger)
		return 0;
	event = bpf_ringbuf_reserve(&stacks, sizeof(*event), 0);
	if (!event) {
		counters = emit_counters();
		if (counters)
			counters->stacks_dropped++;
		ledger->stack_ns = 0;
		return 0;
	}
	if (ledger->stack_ns && why != STACK_CPU)
		why |= STACK_LOCK;
	event->header.kind = EVENT_STACK;
	event->header.size = sizeof(*event);
	/* what computes has not switched since before its iteration began */
	event->header.at_ns = why == STACK_CPU ? bpf_ktime_get_ns() : ledger->since_ns;
	event->process_start_ns = ledger->wait.process_start_ns;
	event->address = ledger->stack_lock;
	event->ns = ledger->stack_ns;
	event->iteration_ns = ledger->iteration.open_ns;
	event->block_ns = ledger->iteration.stack_block_ns;
	event->id = ledger->id;
	event->why = why;
	event->pad = 0;
	event->tgid = ledger->wait.tgid;
	event->tid = ledger->tid;
	event->shared = ledger->futex.shared;
	if (why & STACK_LOCK)
		ledger->stack_ns = 0;
	python = python_take(&event->python, ledger->wait.tgid);
	event->python_count = python & 0xffff;
	event->python_flags = python >> 16;
	compat_registers(regs, event->registers);
	stack = compat_stack(regs);
	/* the upper end of the stack may be nearer than a whole copy */
	event->size = sizeof(event->bytes);
	if (bpf_probe_read_user(event->bytes, sizeof(event->bytes), (void *)stack)) {
		event->size = sizeof(event->bytes) / 4;
		if (bpf_probe_read_user(event->bytes, sizeof(event->bytes) / 4, (void *)stack)) {
			event->size = sizeof(event->bytes) / 16;
			if (bpf_probe_read_user(event->bytes, sizeof(event->bytes) / 16,
						(void *)stack))
				event->size = 0;
		}
	}
	bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
	return 0;
}
