/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What each system call that can block waits for, by its number on this architecture. For a call
 * that is not listed, the state of the task alone decides.
 */
#ifndef BOUNDBY_CALLS_BPF_H
#define BOUNDBY_CALLS_BPF_H

#include "core_compat.bpf.h"
#include "wire.h"

enum call_kind {
	CALL_UNNAMED, /* by state alone */
	CALL_READ, /* reads from the fd in its first argument */
	CALL_WRITE, /* writes to the fd in its first argument */
	CALL_ACCEPT,
	CALL_SYNC, /* storage, whatever the flag says */
	CALL_FSYNC, /* ... of the fd in its first argument */
	CALL_AIO, /* completions of asynchronous storage requests */
	CALL_FUTEX,
	CALL_SLEEP,
	CALL_EPOLL,
	CALL_POLL,
	CALL_SELECT,
	CALL_IO_URING,
	CALL_CHILD,
	CALL_SPAWN, /* vfork and its kin wait, uninterruptible, for the child's exec */
	CALL_FLOCK,
	CALL_FCNTL, /* a lock when its command is one that waits */
	CALL_SEMAPHORE,
	CALL_MESSAGE_QUEUE,
	CALL_RESTART, /* resumes the call that a signal interrupted */
};

#define NR_CALLS WIRE_CALLS

#if defined(__TARGET_ARCH_x86)
#define NR(x86, arm64) [x86]
#else
#define NR(x86, arm64) [arm64]
#endif

static const __u8 call_kinds[NR_CALLS] = {
	NR(0, 63) = CALL_READ, /* read */
	NR(17, 67) = CALL_READ, /* pread64 */
	NR(19, 65) = CALL_READ, /* readv */
	NR(295, 69) = CALL_READ, /* preadv */
	NR(327, 286) = CALL_READ, /* preadv2 */
	NR(45, 207) = CALL_READ, /* recvfrom */
	NR(47, 212) = CALL_READ, /* recvmsg */
	NR(299, 243) = CALL_READ, /* recvmmsg */
	NR(217, 61) = CALL_READ, /* getdents64 */
	NR(275, 76) = CALL_READ, /* splice */
	NR(1, 64) = CALL_WRITE, /* write */
	NR(18, 68) = CALL_WRITE, /* pwrite64 */
	NR(20, 66) = CALL_WRITE, /* writev */
	NR(296, 70) = CALL_WRITE, /* pwritev */
	NR(328, 287) = CALL_WRITE, /* pwritev2 */
	NR(44, 206) = CALL_WRITE, /* sendto */
	NR(46, 211) = CALL_WRITE, /* sendmsg */
	NR(307, 269) = CALL_WRITE, /* sendmmsg */
	NR(40, 71) = CALL_WRITE, /* sendfile */
	NR(42, 203) = CALL_WRITE, /* connect */
	NR(285, 47) = CALL_WRITE, /* fallocate */
	NR(77, 46) = CALL_WRITE, /* ftruncate */
	NR(43, 202) = CALL_ACCEPT, /* accept */
	NR(288, 242) = CALL_ACCEPT, /* accept4 */
	NR(74, 82) = CALL_FSYNC, /* fsync */
	NR(75, 83) = CALL_FSYNC, /* fdatasync */
	NR(162, 81) = CALL_SYNC, /* sync */
	NR(306, 267) = CALL_FSYNC, /* syncfs */
	NR(277, 84) = CALL_FSYNC, /* sync_file_range */
	NR(26, 227) = CALL_SYNC, /* msync */
	NR(208, 4) = CALL_AIO, /* io_getevents */
	NR(333, 292) = CALL_AIO, /* io_pgetevents */
	NR(202, 98) = CALL_FUTEX, /* futex */
	NR(449, 449) = CALL_FUTEX, /* futex_waitv, 5.16 */
	NR(454, 454) = CALL_FUTEX, /* futex_wake, 6.7 */
	NR(455, 455) = CALL_FUTEX, /* futex_wait */
	NR(35, 101) = CALL_SLEEP, /* nanosleep */
	NR(230, 115) = CALL_SLEEP, /* clock_nanosleep */
	NR(281, 22) = CALL_EPOLL, /* epoll_pwait */
	NR(441, 441) = CALL_EPOLL, /* epoll_pwait2 */
	NR(271, 73) = CALL_POLL, /* ppoll */
	NR(270, 72) = CALL_SELECT, /* pselect6 */
	NR(426, 426) = CALL_IO_URING, /* io_uring_enter */
	NR(61, 260) = CALL_CHILD, /* wait4 */
	NR(247, 95) = CALL_CHILD, /* waitid */
	NR(56, 220) = CALL_SPAWN, /* clone */
	NR(435, 435) = CALL_SPAWN, /* clone3 */
	NR(73, 32) = CALL_FLOCK, /* flock */
	NR(72, 25) = CALL_FCNTL, /* fcntl */
	NR(65, 193) = CALL_SEMAPHORE, /* semop */
	NR(220, 192) = CALL_SEMAPHORE, /* semtimedop */
	NR(69, 189) = CALL_MESSAGE_QUEUE, /* msgsnd */
	NR(70, 188) = CALL_MESSAGE_QUEUE, /* msgrcv */
	NR(242, 182) = CALL_MESSAGE_QUEUE, /* mq_timedsend */
	NR(243, 183) = CALL_MESSAGE_QUEUE, /* mq_timedreceive */
	NR(219, 128) = CALL_RESTART, /* restart_syscall */
#if defined(__TARGET_ARCH_x86) /* arm64 never had these */
	[232] = CALL_EPOLL, /* epoll_wait */
	[7] = CALL_POLL, /* poll */
	[23] = CALL_SELECT, /* select */
	[57] = CALL_SPAWN, /* fork */
	[58] = CALL_SPAWN, /* vfork */
	[78] = CALL_READ, /* getdents */
#endif
};

static __always_inline enum call_kind call_kind(long call)
{
	if (call < 0 || call >= NR_CALLS)
		return CALL_UNNAMED;
	return call_kinds[compat_index(call, NR_CALLS)];
}

#endif
