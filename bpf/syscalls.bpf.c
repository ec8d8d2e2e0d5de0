// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The second depth: counts and times of system calls. Receives the raw enter and exit tracepoints;
 * hands on sums per process and call number. The ledger does not depend on it.
 */
#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "emit.bpf.h"
#include "loop.bpf.h"
#include "stack.bpf.h"

SEC("tp_btf/sys_enter")
int BPF_PROG(on_sys_enter, struct pt_regs *regs, long call)
{
	struct thread_ledger *ledger =
		bpf_task_storage_get(&thread_ledgers, bpf_get_current_task_btf(), 0, 0);
	struct loop_wait wait;

	if (!ledger)
		return 0;
	ledger->call = call;
	ledger->call_start_ns = bpf_ktime_get_ns();
	if (loop_is_wait(call_kind(call)) && loop_look(&wait))
		loop_enter(ledger, &wait, ledger->call_start_ns);
	return 0;
}

/* -ERESTARTSYS to -ERESTART_RESTARTBLOCK: a signal is handled, then the call goes on. */
static __always_inline bool is_restarted(long result)
{
	return result <= -512 && result >= -516;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_exit, struct pt_regs *regs, long result)
{
	static const struct call_total nothing = {};
	struct thread_ledger *ledger =
		bpf_task_storage_get(&thread_ledgers, bpf_get_current_task_btf(), 0, 0);
	struct call_total *total;
	struct call_key key;
	__u64 from;
	long error;

	if (!ledger)
		return 0;
	if (ledger->iteration.waiting && !is_restarted(result))
		loop_return(ledger, bpf_ktime_get_ns());
	if (ledger->iteration.last_block_ns && loop_wants_stack(ledger, bpf_ktime_get_ns()))
		stack_take(ledger, STACK_BLOCK);
	else if (ledger->stack_ns)
		stack_take(ledger, 0);
	if (!ledger->call_start_ns)
		return 0;
	key.process_start_ns = ledger->wait.process_start_ns;
	key.tgid = ledger->wait.tgid;
	key.call = ledger->call;
	from = ledger->call_start_ns;
	ledger->call_start_ns = 0;
	total = bpf_map_lookup_elem(&call_totals, &key);
	if (!total) {
		error = bpf_map_update_elem(&call_totals, &key, &nothing, BPF_NOEXIST);
		if (error && error != -17 /* EEXIST */) {
			emit_lost_insert(error);
			return 0;
		}
		total = bpf_map_lookup_elem(&call_totals, &key);
		if (!total)
			return 0;
	}
	__sync_fetch_and_add(&total->count, 1);
	__sync_fetch_and_add(&total->ns, bpf_ktime_get_ns() - from);
	return 0;
}
