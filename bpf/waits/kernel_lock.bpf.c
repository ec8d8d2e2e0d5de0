// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sleeping locks of the kernel, waited for inside a call or a page fault. Hooks contention_begin
 * and contention_end (5.19) and leaves the kind of lock in the ledger for the switch-out.
 */
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "maps.bpf.h"

/* include/trace/events/lock.h */
#define LOCK_SPINS (1u << 0)
#define LOCK_READ (1u << 1)
#define LOCK_WRITE (1u << 2)
#define LOCK_RT (1u << 3)
#define LOCK_PERCPU (1u << 4)
#define LOCK_IS_MUTEX (1u << 5)

static __always_inline __u32 kernel_lock_object(__u32 flags)
{
	if (flags & LOCK_PERCPU)
		return OBJECT_KERNEL_PERCPU_RWSEM;
	if (flags & LOCK_RT)
		return OBJECT_KERNEL_RT_MUTEX;
	if (flags & LOCK_IS_MUTEX)
		return OBJECT_KERNEL_MUTEX;
	if (flags & (LOCK_READ | LOCK_WRITE))
		return OBJECT_KERNEL_RWSEM;
	return OBJECT_KERNEL_SEMAPHORE;
}

/* The lock of the own address space: page faults take it, and fork, mmap and munmap hold it. */
static __always_inline bool is_address_space(const void *lock)
{
	struct mm_struct *mm = bpf_get_current_task_btf()->mm;

	return mm && lock == &mm->mmap_lock;
}

/*
 * A mutex says it twice when it spins before it sleeps. Spinning is running; a spin lock may also
 * be waited for by an interrupt, or inside the slow path of a sleeping lock.
 */
SEC("tp_btf/contention_begin")
int BPF_PROG(on_contention_begin, void *lock, unsigned int flags)
{
	struct thread_ledger *ledger;

	if (flags & LOCK_SPINS)
		return 0;
	ledger = ledger_of(bpf_get_current_task_btf());
	if (!ledger)
		return 0;
	ledger->kernel_lock = (__u64)lock;
	ledger->kernel_lock_object = is_address_space(lock) ? OBJECT_MMAP_LOCK :
							      kernel_lock_object(flags);
	return 0;
}

SEC("tp_btf/contention_end")
int BPF_PROG(on_contention_end, void *lock, int result)
{
	struct thread_ledger *ledger;

	ledger = ledger_of(bpf_get_current_task_btf());
	if (ledger && ledger->kernel_lock == (__u64)lock)
		ledger->kernel_lock = 0;
	return 0;
}
