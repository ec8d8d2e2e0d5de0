/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A thread becomes watched: it gets its ledger, at fork or when the running threads are looked up. */
#ifndef BOUNDBY_BIRTH_BPF_H
#define BOUNDBY_BIRTH_BPF_H

#include "core_compat.bpf.h"
#include "emit.bpf.h"
#include "filter.bpf.h"
#include "ledger.bpf.h"

/* The row of a process in call_rows; 0 when all are taken. */
static __always_inline __u32 call_row_of(const struct thread_ledger *ledger)
{
	struct process_key key = {
		.process_start_ns = ledger->wait.process_start_ns,
		.tgid = ledger->wait.tgid,
	};
	__u32 *found = bpf_map_lookup_elem(&process_rows, &key), row;

	if (found)
		return *found;
	if (call_rows_used >= WIRE_CALL_ROWS - 1)
		return 0;
	row = __sync_fetch_and_add(&call_rows_used, 1) + 1;
	if (row >= WIRE_CALL_ROWS || bpf_map_update_elem(&process_rows, &key, &row, BPF_NOEXIST)) {
		/* another thread of it was first */
		found = bpf_map_lookup_elem(&process_rows, &key);
		return found ? *found : 0;
	}
	return row;
}

/* Makes a thread ours. Returns its new ledger, NULL when storage could not be had. */
static __always_inline struct thread_ledger *ledger_create(struct task_struct *task, __u32 phase,
							   __u32 follow)
{
	struct thread_ledger *ledger;
	struct run_counters *counters;

	/* memory of the kernel's: a host with more threads than that is to notice nothing of us */
	if (__sync_fetch_and_add(&ledgers_live, 1) >= cfg_threads_max)
		goto lost;
	ledger = bpf_task_storage_get(&thread_ledgers, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!ledger)
		goto lost;
	ledger->id = __sync_fetch_and_add(&last_ledger_id, 1) + 1;
	ledger->tid = filter_number(task);
	ledger->wait.tgid = filter_process(task);
	ledger->wait.process_start_ns = task->group_leader->start_boottime;
	if (cfg_calls)
		ledger->call_row = call_row_of(ledger);
	ledger->follow = follow;
	ledger->epoch = epoch_now();
	ledger->run_delay_ns = compat_run_delay_ns(task);
	ledger->executed_ns = compat_executed_ns(task);
	ledger->cpu = bpf_get_smp_processor_id();
	ledger_begin(ledger, bpf_ktime_get_ns());
	ledger_barrier();
	ledger->state = phase;
	/* not before all of it is seen, which on arm64 takes more than a store */
	__sync_val_compare_and_swap(&ledger->ready, 0, 1);
	counters = emit_counters();
	if (counters)
		counters->ledgers_begun++;
	return ledger;
lost:
	__sync_fetch_and_add(&ledgers_live, -1);
	emit_lost(LOSS_STORAGE_NULL);
	return NULL;
}

#endif
