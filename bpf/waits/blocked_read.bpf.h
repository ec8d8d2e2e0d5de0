/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which system call a thread sleeps in, whatever convention it was made by, and which call goes on
 * when a signal, a tracer or the freezer had interrupted it.
 */
#ifndef BOUNDBY_BLOCKED_READ_BPF_H
#define BOUNDBY_BLOCKED_READ_BPF_H

#include "waits/blocked_object.bpf.h"
#include "waits/calls.bpf.h"
#include "waits/futex.bpf.h"

/* State of a sleep on a descriptor, by what it is and whether the thread takes or gives. */
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

/* Numbers of the calls that restart_syscall goes on with: the native table, then the 32-bit one. */
#if defined(__TARGET_ARCH_x86)
#define RESTARTED_POLL(compat) ((compat) ? 168 : 7)
#define RESTARTED_FUTEX(compat) ((compat) ? 240 : 202)
#define RESTARTED_SLEEP(compat) ((compat) ? 267 : 230)
#else
#define RESTARTED_POLL(compat) ((compat) ? 168 : 73)
#define RESTARTED_FUTEX(compat) ((compat) ? 240 : 98)
#define RESTARTED_SLEEP(compat) ((compat) ? 265 : 115)
#endif

/*
 * What a task->restart_block.fn goes on with: CALL_POLL, CALL_FUTEX or CALL_SLEEP; CALL_RESTART when
 * its name is none that is known. The same function is asked for by its name only once.
 */
__u32 restart_kind(__u64 function);

#define CALL_NUMBER_FUTEX_WAIT 455 /* futex_wait(word, value, mask, flags, ...), 6.7 */

/* The operation of futex() that this call is, by its flags. */
static __always_inline __u64 futex_wait_operation(__u64 flags)
{
	return FUTEX_COMMAND_WAIT_BITSET | (flags & FUTEX_IS_PRIVATE);
}

/* The call that a thread sleeps in, by the convention that it was made with. */
struct blocked_call {
	__u64 argument[4];
	__u64 stack; /* its stack pointer */
	__s32 number; /* -1: outside any call */
	__u32 kind; /* enum call_kind */
	__u32 compat; /* 1: of a 32-bit program */
	__u32 user; /* 1: its memory can be read: the thread is the current one */
};

/*
 * Flags of a futex wait as the kernel keeps them (kernel/futex/futex.h): 6.7 moved them up to make
 * room for sizes. A wait that is restarted has a timeout: 4 before, 0x40 since.
 */
#define FUTEX_FLAG_TIMEOUT_NEW 0x40
#define FUTEX_FLAG_SHARED_NEW 0x10
#define FUTEX_FLAG_SHARED_OLD 0x01

/* The call that restart_syscall goes on with; its kind stays CALL_RESTART when that is not known. */
static __always_inline void blocked_restarted(struct task_struct *task, struct blocked_call *call)
{
	__u32 flags;

	call->kind = restart_kind((__u64)BPF_CORE_READ(task, restart_block.fn));
	switch (call->kind) {
	case CALL_POLL:
		call->number = RESTARTED_POLL(call->compat);
		call->argument[0] = (__u64)BPF_CORE_READ(task, restart_block.poll.ufds);
		call->argument[1] = (__u32)BPF_CORE_READ(task, restart_block.poll.nfds);
		break;
	case CALL_FUTEX:
		flags = BPF_CORE_READ(task, restart_block.futex.flags);
		flags &= flags & FUTEX_FLAG_TIMEOUT_NEW ? FUTEX_FLAG_SHARED_NEW :
							  FUTEX_FLAG_SHARED_OLD;
		call->number = RESTARTED_FUTEX(call->compat);
		call->argument[0] = (__u64)BPF_CORE_READ(task, restart_block.futex.uaddr);
		call->argument[1] = FUTEX_COMMAND_WAIT_BITSET | (flags ? 0 : FUTEX_IS_PRIVATE);
		call->argument[2] = BPF_CORE_READ(task, restart_block.futex.val);
		break;
	case CALL_SLEEP:
		call->number = RESTARTED_SLEEP(call->compat);
		break;
	}
}

/* i386 has calls that say in an argument which call they are. */
static __always_inline void blocked_multiplexed(struct blocked_call *call)
{
	__u32 descriptor = ~0U;

	if (call->kind == CALL_IPC) {
		call->kind = call_kind_ipc(call->argument[0]);
	} else if (call->kind == CALL_SOCKETCALL) {
		call->kind = call_kind_socket(call->argument[0]);
		if (call->user)
			bpf_probe_read_user(&descriptor, sizeof(descriptor),
					    (void *)call->argument[1]);
		call->argument[0] = descriptor;
	}
}

/* Which call the task is in. user: as in struct blocked_call. */
static __always_inline void blocked_read(struct task_struct *task, bool user,
					 struct blocked_call *ret)
{
	const struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);

	ret->number = compat_call(regs);
	ret->user = user;
	ret->compat = compat_is_32bit(task);
	if (ret->compat) {
		ret->kind = call_kind_32(ret->number);
		ret->stack = compat_stack_32(regs);
		compat_arguments_32(regs, ret->argument);
	} else {
		ret->kind = call_kind(ret->number);
		ret->stack = compat_stack(regs);
		compat_arguments(regs, ret->argument);
	}
	if (ret->kind == CALL_RESTART)
		blocked_restarted(task, ret);
}

#endif
