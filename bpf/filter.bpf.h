/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Target filter. In the hooks a thread is monitored if it has a ledger: one lookup. Here: which
 * threads get a ledger, and their PIDs in boundby's PID namespace.
 */
#ifndef BOUNDBY_FILTER_BPF_H
#define BOUNDBY_FILTER_BPF_H

#include "core_compat.bpf.h"
#include "maps.bpf.h"

/* Called by boundby itself, from an iterator, before any PID is asked for. */
static __always_inline void filter_learn_namespace(void)
{
	struct task_struct *own;
	__u64 ns = 0;

	if (!cfg_nested || own_pidns)
		return;
	own = bpf_get_current_task_btf();
	own_pidns_level = BPF_CORE_READ(own, thread_pid, level);
	compat_number(own, own_pidns_level, &ns);
	own_pidns = ns;
}

/* The number of a task in boundby's PID namespace; 0: it is not in it. */
static __always_inline __u32 filter_number(struct task_struct *task)
{
	__u32 number;
	__u64 ns = 0;

	if (!cfg_nested)
		return task->pid;
	if (BPF_CORE_READ(task, thread_pid, level) < own_pidns_level)
		return 0;
	number = compat_number(task, own_pidns_level, &ns);
	return ns == own_pidns ? number : 0;
}

/* ... and in its own. */
static __always_inline __u32 filter_own_number(struct task_struct *task)
{
	__u64 ns;

	return compat_number(task, BPF_CORE_READ(task, thread_pid, level), &ns);
}

static __always_inline __u32 filter_process(struct task_struct *task)
{
	return cfg_nested ? filter_number(task->group_leader) : task->tgid;
}

/*
 * A process forked by a target after the targets were listed, before the target had a ledger. It
 * becomes a target, so that its own children are found in turn: PIDs increase, so most come later
 * in the same pass, and the next pass finds those whose PID wrapped around.
 */
static __always_inline bool filter_is_new_child(struct task_struct *task, __u32 tgid, __u32 *follow)
{
	__u32 parent = filter_process(task->real_parent);
	__u32 *found = bpf_map_lookup_elem(&target_processes, &parent);

	if (!found || !(*found & FOLLOW_CHILDREN))
		return false;
	*follow = *found;
	bpf_map_update_elem(&target_processes, &tgid, follow, BPF_NOEXIST);
	return true;
}

/* A helper of boundby's, or a helper of that. */
#define HELPERS_DEEP 3

/* Is a process of boundby's the parent, or one's parent, and so on? */
static __always_inline bool filter_is_helper(struct task_struct *task)
{
	struct task_struct *parent = task->real_parent;
	int i;

	for (i = 0; i < HELPERS_DEEP && parent; i++) {
		if (filter_process(parent) == cfg_self_tgid)
			return true;
		parent = parent->real_parent;
	}
	return false;
}

/* Fills *follow when the task is to be seeded. */
static __always_inline bool filter_is_target(struct task_struct *task, __u32 *follow)
{
	__u32 tgid = filter_process(task), tid = filter_number(task), *found;

	if (tgid == cfg_self_tgid || task->flags & TASK_IS_KTHREAD || task->exit_state)
		return false;
	found = bpf_map_lookup_elem(&target_processes, &tgid);
	if (!found)
		found = bpf_map_lookup_elem(&target_threads, &tid);
	if (!found && !cfg_all && !filter_is_new_child(task, tgid, follow))
		return false;
	/* a process that boundby started, unless it was asked for, is a part of it */
	if (!found && cfg_all && filter_is_helper(task))
		return false;
	if (found || cfg_all)
		*follow = found ? *found : cfg_follow_default;
	return true;
}

#endif
