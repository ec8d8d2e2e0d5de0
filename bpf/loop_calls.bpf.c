// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The hooks of the event waits alone, by BPF trampolines: each iteration of each loop, at the price
 * of those calls only. Loaded where the kernel attaches such programs and has the function.
 */
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "loop.bpf.h"
#include "maps.bpf.h"

/* Those of 32-bit programs come to functions of their own, except io_uring_enter. */
static __always_inline struct thread_ledger *caller(void)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return epoch_now() & 1 || compat_is_32bit(task) ? NULL : ledger_of(task);
}

/* The arguments are in the thread's registers, where loop_look() reads them. */
static __always_inline int enter(void)
{
	struct thread_ledger *ledger = caller();
	struct loop_wait wait;
	__u64 now;

	if (!ledger || !loop_look(&wait))
		return 0;
	now = bpf_ktime_get_ns();
	/* only a burst sees what calls come between */
	wait.unlinked = !in_burst(now);
	wait.again = !wait.unlinked && !ledger->served;
	loop_enter(ledger, &wait, now);
	return 0;
}

static __always_inline int leave(long result)
{
	struct thread_ledger *ledger = caller();
	struct loop_wait wait;

	if (!ledger || loop_is_restarted(result))
		return 0;
	if (ledger->loop_waiting)
		loop_return(ledger, result, bpf_ktime_get_ns());
	else if (ledger->iteration.open_ns && loop_look(&wait) &&
		 wait.object == ledger->loop.object) /* its entry was missed, see LOSS_RECURSION */
		ledger->iteration.open_ns = 0;
	return 0;
}

#if defined(__TARGET_ARCH_x86)
#define FUNCTION(call) "__x64_sys_" #call
#else
#define FUNCTION(call) "__arm64_sys_" #call
#endif

#define HOOKS(call)                                                                    \
	SEC("fentry/" FUNCTION(call))                                                  \
	int BPF_PROG(on_wait_##call, const struct pt_regs *regs)                       \
	{                                                                              \
		return enter();                                                        \
	}                                                                              \
	SEC("fexit/" FUNCTION(call))                                                   \
	int BPF_PROG(on_wait_##call##_return, const struct pt_regs *regs, long result) \
	{                                                                              \
		return leave(result);                                                  \
	}

HOOKS(epoll_pwait)
HOOKS(epoll_pwait2)
HOOKS(ppoll)
HOOKS(pselect6)
HOOKS(io_uring_enter)
#if defined(__TARGET_ARCH_x86) /* arm64 never had these */
HOOKS(epoll_wait)
HOOKS(poll)
HOOKS(select)
#endif
