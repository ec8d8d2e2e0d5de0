/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel differences, each with the version that introduced it: accessors whose result has the same
 * meaning on every kernel from 5.15 on.
 */
#ifndef BOUNDBY_CORE_COMPAT_BPF_H
#define BOUNDBY_CORE_COMPAT_BPF_H

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

/* include/linux/sched.h; the values are the same from 5.15 to 7.x */
#define KSTATE_INTERRUPTIBLE 0x0001
#define KSTATE_UNINTERRUPTIBLE 0x0002
#define KSTATE_STOPPED 0x0004
#define KSTATE_TRACED 0x0008
#define KSTATE_DEAD 0x0080
#define KSTATE_RTLOCK_WAIT 0x1000
#define KSTATE_FROZEN 0x8000 /* 6.1: the freezer has a task state */
#define TASK_IS_KTHREAD 0x00200000 /* PF_KTHREAD */
#define TASK_IS_EXITING 0x00000004 /* PF_EXITING */
#define TASK_IS_IO_WORKER 0x00000010 /* PF_IO_WORKER */
#define TASK_TRAP_FREEZE (1UL << 23) /* JOBCTL_TRAP_FREEZE: the cgroup v2 freezer */
#define TASK_V1_FROZEN 0x00010000 /* PF_FROZEN, gone in 6.1 */

/*
 * on_cpu, on_rq: bytes since 7.2, int before. libbpf fits a load to the size that the kernel has
 * where both are unsigned, and refuses it where ours is not.
 */
struct task_struct___queued {
	unsigned int on_cpu, on_rq;
} __attribute__((preserve_access_index));

/* sched_delayed: 6.12, a task that blocks may stay queued for a while. */
struct sched_entity___delayed {
	unsigned char sched_delayed;
} __attribute__((preserve_access_index));

/* throttled: 6.18, quota throttles each task on its return to user mode. */
struct task_struct___throttled {
	bool throttled;
} __attribute__((preserve_access_index));

/* throttle_count: before 6.18 a throttled group is dequeued as a whole. */
struct cfs_rq___counted {
	int throttle_count;
} __attribute__((preserve_access_index));

/*
 * A value that is below a limit, a power of two, as an index that the verifier accepts. clang drops a
 * mask that a comparison before it made needless; 6.1 on arm64 then refuses the index, because it
 * does not carry the bound from the register that was compared to the one that is added.
 */
#define compat_index(value, limit)                                                        \
	({                                                                                \
		__u64 index_ = (value);                                                   \
                                                                                          \
		_Static_assert(((limit) & ((limit)-1)) == 0, "a mask of so many values"); \
		barrier_var(index_);                                                      \
		index_ &((limit)-1);                                                      \
	})

static __always_inline bool compat_is_on_cpu(struct task_struct *task)
{
	return ((struct task_struct___queued *)task)->on_cpu;
}

/*
 * Did the task leave the run queue? Asked at switch-out, where the run-queue lock is held, so no
 * waker can have changed it. prev_state alone errs: before 6.14 it still shows the sleep of a
 * task that a pending signal kept runnable, and before 5.18 it is read from the task itself,
 * where another CPU may have put TASK_WAKING.
 */
static __always_inline bool compat_is_queued(struct task_struct *task)
{
	if (!((struct task_struct___queued *)task)->on_rq)
		return false;
	if (bpf_core_field_exists(struct sched_entity___delayed, sched_delayed)) {
		struct sched_entity___delayed *entity = (void *)&task->se;

		if (entity->sched_delayed)
			return false;
	}
	return true;
}

/* Is the task, which is runnable but not running, kept off the CPU by its group's quota? */
static __always_inline bool compat_is_throttled(struct task_struct *task)
{
	if (bpf_core_field_exists(struct task_struct___throttled, throttled))
		return ((struct task_struct___throttled *)task)->throttled;
	if (bpf_core_field_exists(struct cfs_rq___counted, throttle_count)) {
		struct cfs_rq___counted *group = (void *)BPF_CORE_READ(task, se.cfs_rq);

		return group && BPF_CORE_READ(group, throttle_count) > 0;
	}
	return false;
}

static __always_inline bool compat_throttle_known(void)
{
	return bpf_core_field_exists(struct task_struct___throttled, throttled) ||
	       bpf_core_field_exists(struct cfs_rq___counted, throttle_count);
}

/* Did this thread make processes that it, or another of its threads, has not waited for yet? */
static __always_inline bool compat_has_children(struct task_struct *task)
{
	__u64 list = (__u64)task + bpf_core_field_offset(task->children);

	return (__u64)BPF_CORE_READ(task, children.next) != list;
}

/*
 * The PID of a task at namespace nesting level `level`, and in *ret_ns that namespace. The caller
 * has checked that the task is nested that deep. numbers[] is a flexible array: CO-RE
 * relocates no variable index, only its parts; 6.1 refuses to add one to a kernel pointer, not to a
 * number.
 */
static __always_inline __u32 compat_number(struct task_struct *task, __u32 level, __u64 *ret_ns)
{
	__u64 upid = (__u64)BPF_CORE_READ(task, thread_pid) +
		     bpf_core_field_offset(struct pid, numbers) +
		     level * bpf_core_type_size(struct upid);
	int number = 0;

	bpf_probe_read_kernel(ret_ns, sizeof(*ret_ns),
			      (void *)(upid + bpf_core_field_offset(struct upid, ns)));
	bpf_probe_read_kernel(&number, sizeof(number),
			      (void *)(upid + bpf_core_field_offset(struct upid, nr)));
	return number;
}

#define COMPAT_UNKNOWN (~0ULL >> 1) /* longer than any time, and no sum with it overflows */

/*
 * The scheduler's own stamps, where the kernel keeps them (CONFIG_SCHED_INFO, group scheduling).
 * Asked only when a hook was missed.
 *
 * Time on the CPU of the task that is being switched out: last_arrival is set at each switch-in.
 */
static __always_inline __u64 compat_on_cpu_ns(struct task_struct *task)
{
	__u64 clock;

	if (!bpf_core_field_exists(task->sched_info.last_arrival) ||
	    !bpf_core_field_exists(task->se.cfs_rq->rq))
		return COMPAT_UNKNOWN;
	clock = task->se.cfs_rq->rq->clock;
	return clock >= task->sched_info.last_arrival ? clock - task->sched_info.last_arrival :
							COMPAT_UNKNOWN;
}

/*
 * Time that the task has ever run, as of its last switch-out. It ends when the task leaves the run
 * queue; rq->clock may have been read again since, by an idle CPU that looked for other work.
 * What compat_stolen_ns counts is not in it.
 */
static __always_inline __u64 compat_executed_ns(struct task_struct *task)
{
	return task->se.sum_exec_runtime;
}

/*
 * Total time that the hypervisor or interrupts have taken from the CPU whose run queue the task is
 * on, where the kernel accounts for it (CONFIG_PARAVIRT_TIME_ACCOUNTING,
 * CONFIG_IRQ_TIME_ACCOUNTING); constant elsewhere. clock_task is the clock that excludes it; see
 * update_rq_clock_task.
 */
static __always_inline __u64 compat_stolen_ns(struct task_struct *task)
{
	struct rq *rq;

	if (!bpf_core_field_exists(task->se.cfs_rq->rq))
		return 0;
	rq = task->se.cfs_rq->rq;
	return rq->clock - rq->clock_task;
}

/* Time on the run queue of the task that is being switched in: last_queued is cleared after. */
static __always_inline __u64 compat_queued_ns(struct task_struct *task)
{
	__u64 clock, queued;

	if (!bpf_core_field_exists(task->sched_info.last_queued) ||
	    !bpf_core_field_exists(task->se.cfs_rq->rq))
		return COMPAT_UNKNOWN;
	clock = task->se.cfs_rq->rq->clock;
	queued = task->sched_info.last_queued;
	return queued && clock >= queued ? clock - queued : COMPAT_UNKNOWN;
}

/* Time that the task has ever waited on a run queue, as of its last switch-in. */
static __always_inline __u64 compat_run_delay_ns(struct task_struct *task)
{
	return bpf_core_field_exists(task->sched_info.run_delay) ? task->sched_info.run_delay : 0;
}

/* A 32-bit task on a 64-bit kernel: its call numbers belong to another table. */
static __always_inline bool compat_is_32bit(struct task_struct *task)
{
#if defined(__TARGET_ARCH_x86)
	return task->thread_info.status & 0x2; /* TS_COMPAT */
#else
	return task->thread_info.flags & (1UL << 22); /* TIF_32BIT */
#endif
}

/* Call number that the task is in, negative when in none. */
static __always_inline long compat_call(const struct pt_regs *regs)
{
#if defined(__TARGET_ARCH_x86)
	return regs->orig_ax;
#else
	return regs->syscallno;
#endif
}

static __always_inline __u64 compat_arg0(const struct pt_regs *regs)
{
#if defined(__TARGET_ARCH_x86)
	return regs->di;
#else
	return regs->orig_x0; /* regs[0] becomes the return value */
#endif
}

static __always_inline __u64 compat_arg1(const struct pt_regs *regs)
{
#if defined(__TARGET_ARCH_x86)
	return regs->si;
#else
	return regs->regs[1];
#endif
}

static __always_inline __u64 compat_arg2(const struct pt_regs *regs)
{
#if defined(__TARGET_ARCH_x86)
	return regs->dx;
#else
	return regs->regs[2];
#endif
}

static __always_inline __u64 compat_arg3(const struct pt_regs *regs)
{
#if defined(__TARGET_ARCH_x86)
	return regs->r10;
#else
	return regs->regs[3];
#endif
}

static __always_inline __u64 compat_arg4(const struct pt_regs *regs)
{
#if defined(__TARGET_ARCH_x86)
	return regs->r8;
#else
	return regs->regs[4];
#endif
}

/* The arguments of a call that a 32-bit task made: i386 has them in bx, cx, dx, si. */
static __always_inline void compat_arguments_32(const struct pt_regs *regs, __u64 ret[4])
{
#if defined(__TARGET_ARCH_x86)
	ret[0] = (__u32)regs->bx;
	ret[1] = (__u32)regs->cx;
	ret[2] = (__u32)regs->dx;
	ret[3] = (__u32)regs->si;
#else
	ret[0] = (__u32)regs->orig_x0;
	ret[1] = (__u32)regs->regs[1];
	ret[2] = (__u32)regs->regs[2];
	ret[3] = (__u32)regs->regs[3];
#endif
}

static __always_inline void compat_arguments(const struct pt_regs *regs, __u64 ret[4])
{
	ret[0] = compat_arg0(regs);
	ret[1] = compat_arg1(regs);
	ret[2] = compat_arg2(regs);
	ret[3] = compat_arg3(regs);
}

/* What pthread_self of the C library returns, 0 where the kernel does not know it. */
static __always_inline __u64 compat_thread_pointer(struct task_struct *task)
{
#if defined(__TARGET_ARCH_x86)
	return task->thread.fsbase;
#else
	return 0; /* at an offset below tp_value that differs by C library */
#endif
}

/* The user registers by their DWARF numbers, the program counter behind the last: WIRE_REGISTERS. */
static __always_inline void compat_registers(const struct pt_regs *regs, __u64 *ret)
{
#if defined(__TARGET_ARCH_x86)
	ret[0] = regs->ax;
	ret[1] = regs->dx;
	ret[2] = regs->cx;
	ret[3] = regs->bx;
	ret[4] = regs->si;
	ret[5] = regs->di;
	ret[6] = regs->bp;
	ret[7] = regs->sp;
	ret[8] = regs->r8;
	ret[9] = regs->r9;
	ret[10] = regs->r10;
	ret[11] = regs->r11;
	ret[12] = regs->r12;
	ret[13] = regs->r13;
	ret[14] = regs->r14;
	ret[15] = regs->r15;
	ret[16] = regs->ip;
#else
	int i;

	for (i = 0; i < 31; i++)
		ret[i] = regs->regs[i];
	ret[31] = regs->sp;
	ret[32] = regs->pc;
#endif
}

static __always_inline __u64 compat_stack(const struct pt_regs *regs)
{
	return regs->sp;
}

/* ... of a 32-bit task. */
static __always_inline __u64 compat_stack_32(const struct pt_regs *regs)
{
#if defined(__TARGET_ARCH_x86)
	return (__u32)regs->sp;
#else
	return (__u32)regs->regs[13];
#endif
}

/* Frame pointer and program counter. */
static __always_inline __u64 compat_frame(const struct pt_regs *regs)
{
#if defined(__TARGET_ARCH_x86)
	return regs->bp;
#else
	return regs->regs[29];
#endif
}

static __always_inline __u64 compat_pc(const struct pt_regs *regs)
{
#if defined(__TARGET_ARCH_x86)
	return regs->ip;
#else
	return regs->pc;
#endif
}

#endif
