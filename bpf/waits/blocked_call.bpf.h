/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a thread blocks in. Derives the ledger state and the place (call, object, peer) of a task
 * that has left the run queue from its sleep state, its saved user registers and its file table, so
 * that no system-call hook is needed.
 */
#ifndef BOUNDBY_BLOCKED_CALL_BPF_H
#define BOUNDBY_BLOCKED_CALL_BPF_H

#include "waits/blocked_read.bpf.h"

#define COMMAND_SETLKW 7 /* F_SETLKW */
#define COMMAND_OFD_SETLKW 38 /* F_OFD_SETLKW */

#define CALL_NUMBER_FUTEX_WAITV 449

/* struct futex_waitv, 5.16 */
struct waitv_entry {
	__u64 value;
	__u64 address;
	__u32 flags;
	__u32 pad;
};

/* Which word a futex call waits at, what it is, and the state of that. Of many, the first. */
static __always_inline __u32 blocked_futex(const struct blocked_call *call,
					   struct thread_ledger *ledger)
{
	__u64 word = call->argument[0], operation = (__u32)call->argument[1];
	__u64 value = (__u32)call->argument[2];
	struct waitv_entry first = {};
	__u32 state;

	if (call->number == CALL_NUMBER_FUTEX_WAITV) {
		if (!call->user) {
			ledger->blind = LOOK_WAITV;
			return STATE_OTHER;
		}
		if (bpf_probe_read_user(&first, sizeof(first), (void *)word))
			return STATE_CONDITION;
		word = first.address;
		operation = FUTEX_COMMAND_WAIT_BITSET | (first.flags & FUTEX_IS_PRIVATE);
		value = (__u32)first.value;
	}
	if (call->number == CALL_NUMBER_FUTEX_WAIT) {
		value = operation;
		operation = futex_wait_operation(call->argument[3]);
	}
	operation = (operation & 0xffff) | value << 32 | (call->user ? 0 : FUTEX_UNREADABLE) |
		    (call->compat ? FUTEX_NARROW : 0);
	state = futex_look(word, operation, call->stack, ledger->wait.tgid, &ledger->futex);
	if (call->user || ledger->futex.kind != LOCK_UNKNOWN)
		return state;
	ledger->blind = LOOK_FUTEX;
	return STATE_OTHER;
}

/*
 * The open file (struct file *) behind a descriptor of the task, 0 none. As blocked_file, but what
 * the verifier knows the type of is read directly: a load each, not a call of a helper.
 */
static __always_inline __u64 blocked_task_file(struct task_struct *task, __u32 fd)
{
	struct files_struct *files = task->files;
	struct fdtable *table;
	struct file *file = NULL;

	if (!files)
		return 0;
	table = files->fdt;
	if (!table || fd >= table->max_fds)
		return 0;
	bpf_probe_read_kernel(&file, sizeof(file), table->fd + fd);
	return (__u64)file;
}

/* Notes which kind of file, on which device, the first argument names. */
static __always_inline void
blocked_name_file(struct task_struct *task, const struct blocked_call *call, struct wait_site *site)
{
	__u64 file = blocked_task_file(task, call->argument[0]);

	if (file)
		site->object = blocked_object(file, site);
}

/* A set in the thread's memory: what cannot be read now is read by user space, see look.bpf.c. */
static __always_inline __u32 blocked_set(struct task_struct *task, const struct blocked_call *call,
					 struct thread_ledger *ledger)
{
	__u64 files = (__u64)BPF_CORE_READ(task, files);
	bool select = call->kind == CALL_SELECT;

	if (!call->argument[select ? 0 : 1])
		return STATE_SLEEP; /* no descriptors: a timed sleep, or a pause */
	if (!call->user) {
		ledger->blind = select ? LOOK_SELECT : LOOK_POLL;
		return STATE_OTHER;
	}
	return select ? poll_bits(files, call->argument[0], call->argument[1], &ledger->wait.site) :
			poll_array(files, call->argument[0], call->argument[1], &ledger->wait.site);
}

/* Taking from a descriptor, giving to it, or waiting for a connection. */
static __always_inline __u32 blocked_descriptor(struct task_struct *task,
						const struct blocked_call *call,
						struct thread_ledger *ledger)
{
	struct wait_site *site = &ledger->wait.site;
	__u64 file = blocked_task_file(task, call->argument[0]);

	if (!file) {
		if (call->compat && !call->user)
			ledger->blind = LOOK_SOCKET;
		return STATE_OTHER;
	}
	site->object = blocked_object(file, site);
	return call->kind == CALL_ACCEPT ? STATE_REQUEST :
					   blocked_descriptor_state(site->object, call->kind);
}

/* Sleeping interruptibly in a call. */
static __always_inline __u32 blocked_sleep_state(struct task_struct *task,
						 const struct blocked_call *call,
						 struct thread_ledger *ledger)
{
	struct wait_site *site = &ledger->wait.site;
	__u64 file, arg1;

	switch (call->kind) {
	case CALL_FUTEX:
		site->object = OBJECT_FUTEX;
		return blocked_futex(call, ledger);
	case CALL_SEMAPHORE:
		return STATE_CONDITION;
	case CALL_SLEEP:
		return STATE_SLEEP;
	case CALL_CHILD:
	case CALL_SPAWN:
		return STATE_CHILD;
	case CALL_FSYNC:
		blocked_name_file(task, call, site);
		return STATE_DISK;
	case CALL_SYNC:
	case CALL_AIO:
		return STATE_DISK;
	case CALL_FLOCK:
		return STATE_LOCK;
	case CALL_FCNTL:
		arg1 = call->argument[1];
		return arg1 == COMMAND_SETLKW || arg1 == COMMAND_OFD_SETLKW ? STATE_LOCK :
									      STATE_OTHER;
	case CALL_MESSAGE_QUEUE:
		site->object = OBJECT_MESSAGE_QUEUE;
		return STATE_IPC;
	case CALL_IO_URING: /* what is in flight in the ring cannot be determined yet */
		site->object = OBJECT_IO_URING;
		return STATE_POLL_IDLE;
	case CALL_POLL:
	case CALL_SELECT:
		return blocked_set(task, call, ledger);
	case CALL_EPOLL:
		file = blocked_task_file(task, call->argument[0]);
		site->object = OBJECT_EPOLL;
		if (file) /* decided when the wait ends: poll_look */
			ledger->poll_set = (__u64)BPF_CORE_READ((struct file *)file, private_data);
		return STATE_POLL_IDLE;
	case CALL_ACCEPT:
	case CALL_READ:
	case CALL_WRITE:
		return blocked_descriptor(task, call, ledger);
	default:
		return STATE_OTHER;
	}
}

/*
 * Sleeping uninterruptibly in a call. The call and its object come before the I/O-wait flag,
 * which an idle io_uring wait carries too.
 */
static __always_inline __u32 blocked_uninterruptible_state(struct task_struct *task,
							   const struct blocked_call *call,
							   struct wait_site *site)
{
	enum call_kind kind = call->kind;
	__u64 file;

	if (kind == CALL_IO_URING) {
		site->object = OBJECT_IO_URING;
		return STATE_POLL_IDLE;
	}
	if (kind == CALL_READ || kind == CALL_WRITE) {
		file = blocked_task_file(task, call->argument[0]);
		site->object = file ? blocked_object(file, site) : OBJECT_NONE;
		if (site->object == OBJECT_FILE || site->object == OBJECT_BLOCK_DEVICE)
			return STATE_DISK;
	}
	if (kind == CALL_FSYNC)
		blocked_name_file(task, call, site);
	if (kind == CALL_SYNC || kind == CALL_FSYNC || kind == CALL_AIO)
		return STATE_DISK;
	if (BPF_CORE_READ_BITFIELD(task, in_iowait))
		return STATE_DISK;
	return kind == CALL_SPAWN ? STATE_CHILD : STATE_KERNEL;
}

/* An io_uring worker has no user registers: its waits are the ring's. */
static __always_inline __u32 blocked_worker_state(struct task_struct *task, __u32 bits)
{
	if (!(bits & KSTATE_UNINTERRUPTIBLE))
		return STATE_CONDITION; /* parked until the ring has work for it */
	return BPF_CORE_READ_BITFIELD(task, in_iowait) ? STATE_DISK : STATE_KERNEL;
}

/* Stopped, traced or frozen, as its state and flags say. */
static __always_inline bool blocked_is_stopped(struct task_struct *task, __u32 bits)
{
	/* `frozen` alone will not do: a vfork parent carries it too while it waits */
	return bits & (KSTATE_STOPPED | KSTATE_TRACED | KSTATE_FROZEN) ||
	       (task->jobctl & TASK_TRAP_FREEZE && BPF_CORE_READ_BITFIELD(task, frozen)) ||
	       (task->flags & TASK_V1_FROZEN && !(bits & KSTATE_INTERRUPTIBLE));
}

/* Where the thread waited last is not where it waits now. */
static __always_inline void blocked_forget(struct thread_ledger *ledger)
{
	__builtin_memset(&ledger->wait.site, 0, sizeof(ledger->wait.site));
	ledger->wait.site.call = -1;
	ledger->futex.word = 0;
}

/*
 * Fills ledger->wait.site and returns the state of a thread that went to sleep with these state
 * bits. user: it is the current thread; else ledger->blind says what is yet to be read to tell.
 */
static __noinline __u32 blocked_classify(struct task_struct *task, __u32 bits, bool user,
					 struct thread_ledger *ledger)
{
	struct wait_site *site = &ledger->wait.site;
	struct blocked_call call;

	ledger->poll_set = 0;
	ledger->blind = LOOK_NOTHING;
	if (blocked_is_stopped(task, bits)) {
		blocked_forget(ledger);
		return STATE_STOPPED;
	}
	if (task->flags & TASK_IS_IO_WORKER) {
		blocked_forget(ledger);
		return blocked_worker_state(task, bits);
	}
	blocked_read(task, user, &call);
	/* the interrupted call goes on: poll, sleep and futex waits restart this way */
	if (call.kind == CALL_RESTART && site->call > 0)
		return site->state;
	blocked_forget(ledger);
	if (call.compat) {
		blocked_multiplexed(&call);
		ledger->flags |= SAMPLE_COMPAT;
		site->compat = 1;
	}
	site->call = call.number < 0 ? -1 : call.number;
	if (ledger->kernel_lock) {
		site->object = ledger->kernel_lock_object;
		/* outside any call it is a page fault that needs the lock, unless the thread exits */
		return call.number < 0 && !(task->flags & TASK_IS_EXITING) ? STATE_PAGE_FAULT :
									     STATE_KERNEL;
	}
	if (bits & (KSTATE_UNINTERRUPTIBLE | KSTATE_RTLOCK_WAIT)) {
		if (call.number < 0)
			return task->flags & TASK_IS_EXITING ? STATE_KERNEL : STATE_PAGE_FAULT;
		return blocked_uninterruptible_state(task, &call, site);
	}
	return call.number < 0 ? STATE_OTHER : blocked_sleep_state(task, &call, ledger);
}

#endif
