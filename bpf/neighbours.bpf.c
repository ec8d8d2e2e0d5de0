// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * CPU time of the threads that are not monitored, for the processes that ran while a target was
 * queued for a CPU. Runs from an iterator when a window closes, in boundby's own time: nothing is
 * counted in the switch path.
 */
#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "filter.bpf.h"

/* A thread's exec_start is of its last tick or switch: those of the same time differ by so much. */
#define CLOCK_SLACK_NS 20000000ULL

__u64 neighbours_since = 0; /* exec_start of boundby at the last reading, 0: all threads are read */
__u64 neighbours_now = 0; /* the same of this one */

/* boundby itself, and its helpers; but not what a target started that boundby itself started (run). */
static __always_inline bool is_own(struct task_struct *task)
{
	__u32 parent = filter_process(task->real_parent);

	return filter_process(task) == cfg_self_tgid ||
	       (filter_is_helper(task) && !bpf_map_lookup_elem(&target_processes, &parent));
}

SEC("iter/task")
int read_neighbours(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct neighbour_sample sample = {};
	__u64 ran;

	if (!task)
		return 0;
	if (!ctx->meta->seq_num)
		neighbours_now = BPF_CORE_READ(bpf_get_current_task_btf(), se.exec_start);
	ran = BPF_CORE_READ(task, se.exec_start);
	sample.tgid = filter_process(task);
	if (ran + CLOCK_SLACK_NS < neighbours_since || is_own(task) || ledger_of(task))
		return 0;
	sample.start_ns = BPF_CORE_READ(task, start_boottime);
	sample.process_start_ns = BPF_CORE_READ(task, group_leader, start_boottime);
	sample.run_ns = BPF_CORE_READ(task, se.sum_exec_runtime);
	sample.tid = task->pid;
	/* what children used that were waited for: many do not live until a reading */
	if (task->pid == task->tgid)
		sample.children_ns =
			BPF_CORE_READ(task, signal, cutime) + BPF_CORE_READ(task, signal, cstime);
	BPF_CORE_READ_STR_INTO(&sample.comm, task, group_leader, comm);
	bpf_seq_write(ctx->meta->seq, &sample, sizeof(sample));
	return 0;
}
