// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The second depth: counts and times of system calls per process and call number, from the raw
 * enter and exit tracepoints. The ledger does not depend on it. Calls are not counted in a burst of
 * depth sched: sums of a moment would be mistaken for those of the window.
 */
#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "emit.bpf.h"
#include "loop.bpf.h"
#include "places/stack.bpf.h"

SEC("tp_btf/sys_enter")
int BPF_PROG(on_sys_enter, struct pt_regs *regs, long call)
{
	struct task_struct *task;
	struct thread_ledger *ledger;
	const bool counts = cfg_calls;
	struct loop_wait wait;
	__u64 now = 0;
	bool compat;

	/* a burst ends in time, even if user space is no longer there to detach the hooks */
	if (!counts) {
		now = bpf_ktime_get_ns();
		if (!in_burst(now))
			return 0;
	}
	task = bpf_get_current_task_btf();
	ledger = ledger_of(task);
	if (!ledger)
		return 0;
	compat = compat_is_32bit(task);
	ledger->call = compat ? call | WIRE_CALL_COMPAT : call;
	if (counts) {
		ledger->call_start_ns = now = bpf_ktime_get_ns();
	}
	/* hooks of the event waits alone come next */
	if (cfg_loops)
		return 0;
	/* loops of 32-bit programs are not looked for */
	if (!compat && loop_is_wait(call_kind(call)) && loop_look(&wait)) {
		wait.again = !ledger->served;
		loop_enter(ledger, &wait, now);
	}
	return 0;
}

/* For a process without a row, or a call number beyond the rows. */
static __noinline struct call_total *find_total(struct thread_ledger *ledger)
{
	static const struct call_total nothing = {};
	struct call_key key = {
		.process_start_ns = ledger->wait.process_start_ns,
		.tgid = ledger->wait.tgid,
		.call = ledger->call,
	};
	struct call_total *total = bpf_map_lookup_elem(&call_totals, &key);
	long error;

	if (total)
		return total;
	error = bpf_map_update_elem(&call_totals, &key, &nothing, BPF_NOEXIST);
	if (error && error != -17 /* EEXIST */) {
		emit_lost_insert(error);
		return NULL;
	}
	return bpf_map_lookup_elem(&call_totals, &key);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_exit, struct pt_regs *regs, long result)
{
	struct thread_ledger *ledger;
	const bool counts = cfg_calls;
	struct call_total *total;
	__u64 from, now = 0;
	__u32 at;

	if (!counts) {
		now = bpf_ktime_get_ns();
		if (!in_burst(now))
			return 0;
	}
	ledger = ledger_of(bpf_get_current_task_btf());
	if (!ledger)
		return 0;
	if (counts)
		now = bpf_ktime_get_ns();
	if (!cfg_loops && ledger->loop_waiting) {
		if (!loop_is_restarted(result))
			loop_return(ledger, result, now);
	} else if (ledger->served == SERVED_RETURNS) {
		ledger->served = 0;
	} else if (result >= 0) {
		ledger->served = 1;
	}
	if (ledger->last_block_ns && loop_wants_stack(ledger, now))
		stack_take(ledger, STACK_BLOCK);
	else if (ledger->stack_ns && (counts || ledger->stack_burst == burst))
		stack_take(ledger, 0);
	else if (counts && ledger->place_ns)
		stack_take(ledger, 0);
	if (!counts)
		return 0;
	from = ledger->call_start_ns;
	if (!from) { /* it may have been the loop's wait: where the iteration ended is not known */
		ledger->iteration.open_ns = 0;
		return 0;
	}
	ledger->call_start_ns = 0;
	at = ledger->call;
	if (ledger->call_row && at < NR_CALLS) {
		at += ledger->call_row * NR_CALLS;
		total = bpf_map_lookup_elem(&call_rows, &at);
	} else {
		total = find_total(ledger);
	}
	if (!total)
		return 0;
	__sync_fetch_and_add(&total->count, 1);
	__sync_fetch_and_add(&total->ns, now - from);
	return 0;
}
