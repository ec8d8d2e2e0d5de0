// SPDX-License-Identifier: GPL-2.0-or-later
/* bpf/places/python.bpf.c for the host, with the variables and the current task that it reads. */
#include "../../../bpf/places/python.bpf.c"
#include "kernel.h"

const volatile bool cfg_nested;
const volatile bool cfg_all;
const volatile __u32 cfg_self_tgid;
const volatile __u32 cfg_follow_default;
__u64 own_pidns;
__u32 own_pidns_level;
struct python_table python_layouts;
struct target_table target_processes;
struct target_table target_threads;

static struct task_struct current_task;
static struct {
	struct pid pid;
	struct upid room; /* numbers[0], where struct pid ends in a flexible array */
} current_pid;

void kernel_python_current(unsigned int tid, unsigned long long pointer)
{
	struct upid number = { .nr = (int)tid };

	__builtin_memcpy((char *)&current_pid + __builtin_offsetof(struct pid, numbers), &number,
			 sizeof(number));
	current_task.thread_pid = &current_pid.pid;
#if defined(__TARGET_ARCH_x86)
	current_task.thread.fsbase = pointer;
#endif
	memory_add((unsigned long long)&current_task, &current_task, sizeof(current_task));
	memory_add((unsigned long long)&current_pid, &current_pid, sizeof(current_pid));
	memory_set_task(&current_task);
}
