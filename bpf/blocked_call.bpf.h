/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a thread blocks in. Derives the ledger state and the place (call, object, peer) of a task
 * that has left the run queue from its sleep state, its saved user registers and its file table, so
 * that no system-call hook is needed.
 */
#ifndef BOUNDBY_BLOCKED_CALL_BPF_H
#define BOUNDBY_BLOCKED_CALL_BPF_H

#include "blocked_object.bpf.h"
#include "calls.bpf.h"
#include "futex.bpf.h"

#define COMMAND_SETLKW 7 /* F_SETLKW */
#define COMMAND_OFD_SETLKW 38 /* F_OFD_SETLKW */

/* State of a wait on an fd, by its kind and direction (read or write). */
static __always_inline __u32 blocked_descriptor_state(__u32 object, enum call_kind kind)
{
	switch (object) {
	case OBJECT_TCP_LISTENING:
	case OBJECT_UNIX_LISTENING:
	case OBJECT_UDP_SERVER:
	case OBJECT_TERMINAL:
		return kind == CALL_WRITE ? STATE_OTHER : STATE_REQUEST;
	case OBJECT_TCP_ACCEPTED: /* giving to a slow client is I/O, taking is waiting for work */
		return kind == CALL_WRITE ? STATE_NETWORK : STATE_REQUEST;
	case OBJECT_UNIX_ACCEPTED:
		return kind == CALL_WRITE ? STATE_IPC : STATE_REQUEST;
	case OBJECT_TCP_CONNECTED:
	case OBJECT_UDP:
	case OBJECT_INET_OTHER:
		return STATE_NETWORK;
	case OBJECT_UNIX:
	case OBJECT_PIPE:
	case OBJECT_EVENTFD:
	case OBJECT_MESSAGE_QUEUE:
		return STATE_IPC;
	case OBJECT_FILE:
	case OBJECT_BLOCK_DEVICE:
		return STATE_DISK;
	case OBJECT_TIMERFD:
		return STATE_SLEEP;
	case OBJECT_PIDFD:
		return STATE_CHILD;
	}
	return STATE_OTHER;
}

#define CALL_NUMBER_FUTEX_WAITV 449
#define CALL_NUMBER_FUTEX_WAIT 455

/* struct futex_waitv, 5.16 */
struct waitv_entry {
	__u64 value;
	__u64 address;
	__u32 flags;
	__u32 pad;
};

/* Which word a futex call waits at, what it is, and the state of that. Of many, the first. */
static __always_inline __u32 blocked_futex(const struct pt_regs *regs, long call, bool user,
					   struct thread_ledger *ledger)
{
	__u64 word = compat_arg0(regs), operation = (__u32)compat_arg1(regs);
	__u64 value = compat_arg2(regs);
	struct waitv_entry first = {};

	if (call == CALL_NUMBER_FUTEX_WAITV) {
		if (!user || bpf_probe_read_user(&first, sizeof(first), (void *)word))
			return STATE_CONDITION;
		word = first.address;
		operation = FUTEX_COMMAND_WAIT_BITSET | (first.flags & FUTEX_IS_PRIVATE);
		value = first.value;
	} else if (call == CALL_NUMBER_FUTEX_WAIT) {
		value = operation;
		operation = FUTEX_COMMAND_WAIT_BITSET | (compat_arg3(regs) & FUTEX_IS_PRIVATE);
	}
	operation = (operation & 0xffff) | value << 32 | (user ? 0 : FUTEX_UNREADABLE);
	return futex_look(word, operation, compat_stack(regs), ledger->wait.tgid, &ledger->futex);
}

/* Notes which kind of file, on which device, the first argument names. */
static __always_inline void blocked_name_file(struct task_struct *task, const struct pt_regs *regs,
					      struct wait_site *site)
{
	__u64 file = blocked_file((__u64)BPF_CORE_READ(task, files), compat_arg0(regs));

	if (file)
		site->object = blocked_object(file, site);
}

/* Sleeping interruptibly in a call. user: the thread's memory can be read, it is current. */
static __always_inline __u32 blocked_sleep_state(struct task_struct *task,
						 const struct pt_regs *regs, long call,
						 enum call_kind kind, bool user,
						 struct thread_ledger *ledger)
{
	struct wait_site *site = &ledger->wait.site;
	__u64 files = (__u64)BPF_CORE_READ(task, files), file, arg1;

	switch (kind) {
	case CALL_FUTEX:
		site->object = OBJECT_FUTEX;
		return blocked_futex(regs, call, user, ledger);
	case CALL_SEMAPHORE:
		return STATE_CONDITION;
	case CALL_SLEEP:
		return STATE_SLEEP;
	case CALL_CHILD:
	case CALL_SPAWN:
		return STATE_CHILD;
	case CALL_FSYNC:
		blocked_name_file(task, regs, site);
		return STATE_DISK;
	case CALL_SYNC:
	case CALL_AIO:
		return STATE_DISK;
	case CALL_FLOCK:
		return STATE_LOCK;
	case CALL_FCNTL:
		arg1 = compat_arg1(regs);
		return arg1 == COMMAND_SETLKW || arg1 == COMMAND_OFD_SETLKW ? STATE_LOCK :
									      STATE_OTHER;
	case CALL_MESSAGE_QUEUE:
		site->object = OBJECT_MESSAGE_QUEUE;
		return STATE_IPC;
	case CALL_IO_URING: /* what is in flight in the ring cannot be determined yet */
		site->object = OBJECT_IO_URING;
		return STATE_POLL_IDLE;
	case CALL_POLL:
		if (!compat_arg1(regs))
			return STATE_SLEEP; /* no descriptors: a timed sleep, or a pause */
		return user ? poll_array(files, compat_arg0(regs), compat_arg1(regs), site) :
			      STATE_POLL_IDLE;
	case CALL_SELECT:
		if (!compat_arg0(regs))
			return STATE_SLEEP;
		return user ? poll_bits(files, compat_arg0(regs), compat_arg1(regs), site) :
			      STATE_POLL_IDLE;
	case CALL_EPOLL:
		file = blocked_file((__u64)BPF_CORE_READ(task, files), compat_arg0(regs));
		site->object = OBJECT_EPOLL;
		if (file) /* decided when the wait ends: poll_look */
			ledger->poll_set = (__u64)BPF_CORE_READ((struct file *)file, private_data);
		return STATE_POLL_IDLE;
	case CALL_ACCEPT:
	case CALL_READ:
	case CALL_WRITE:
		file = blocked_file((__u64)BPF_CORE_READ(task, files), compat_arg0(regs));
		if (!file)
			return STATE_OTHER;
		site->object = blocked_object(file, site);
		return kind == CALL_ACCEPT ? STATE_REQUEST :
					     blocked_descriptor_state(site->object, kind);
	default:
		return STATE_OTHER;
	}
}

/*
 * Sleeping uninterruptibly in a call. The call and its object come before the I/O-wait flag,
 * which an idle io_uring wait carries too.
 */
static __always_inline __u32 blocked_uninterruptible_state(struct task_struct *task,
							   const struct pt_regs *regs,
							   enum call_kind kind,
							   struct wait_site *site)
{
	__u64 file;

	if (kind == CALL_IO_URING) {
		site->object = OBJECT_IO_URING;
		return STATE_POLL_IDLE;
	}
	if (kind == CALL_READ || kind == CALL_WRITE) {
		file = blocked_file((__u64)BPF_CORE_READ(task, files), compat_arg0(regs));
		site->object = file ? blocked_object(file, site) : OBJECT_NONE;
		if (site->object == OBJECT_FILE || site->object == OBJECT_BLOCK_DEVICE)
			return STATE_DISK;
	}
	if (kind == CALL_FSYNC)
		blocked_name_file(task, regs, site);
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

/*
 * Fills ledger->wait.site and returns the state of a thread that went to sleep with these state
 * bits. user: it is the current thread.
 */
static __noinline __u32 blocked_classify(struct task_struct *task, __u32 bits, bool user,
					 struct thread_ledger *ledger)
{
	struct wait_site *site = &ledger->wait.site, last = *site;
	struct futex_wait futex = ledger->futex;
	struct pt_regs *regs;
	enum call_kind kind;
	__u32 state;
	long call;

	__builtin_memset(site, 0, sizeof(*site));
	site->call = -1;
	ledger->poll_set = 0;
	ledger->futex.word = 0;
	/* `frozen` alone will not do: a vfork parent carries it too while it waits */
	if (bits & (KSTATE_STOPPED | KSTATE_TRACED | KSTATE_FROZEN) ||
	    (task->jobctl & TASK_TRAP_FREEZE && BPF_CORE_READ_BITFIELD(task, frozen)) ||
	    (task->flags & TASK_V1_FROZEN && !(bits & KSTATE_INTERRUPTIBLE)))
		return STATE_STOPPED;
	if (task->flags & TASK_IS_IO_WORKER)
		return blocked_worker_state(task, bits);
	if (compat_is_32bit(task)) {
		ledger->flags |= SAMPLE_COMPAT;
		return bits & KSTATE_UNINTERRUPTIBLE ?
			       (BPF_CORE_READ_BITFIELD(task, in_iowait) ? STATE_DISK :
									  STATE_KERNEL) :
			       STATE_OTHER;
	}
	regs = (struct pt_regs *)bpf_task_pt_regs(task);
	call = compat_call(regs);
	kind = call_kind(call);
	if (kind == CALL_RESTART && last.call > 0) {
		/* the interrupted call goes on: poll, sleep and futex waits restart this way */
		ledger->futex = futex;
		*site = last;
		return last.state;
	}
	site->call = call < 0 ? -1 : call;
	if (ledger->kernel_lock) {
		site->object = ledger->kernel_lock_object;
		return STATE_KERNEL;
	}
	if (bits & (KSTATE_UNINTERRUPTIBLE | KSTATE_RTLOCK_WAIT)) {
		if (call < 0)
			return task->flags & 4 /* PF_EXITING */ ? STATE_KERNEL : STATE_PAGE_FAULT;
		state = blocked_uninterruptible_state(task, regs, kind, site);
	} else {
		state = call < 0 ? STATE_OTHER :
				   blocked_sleep_state(task, regs, call, kind, user, ledger);
	}
	return state;
}

#endif
