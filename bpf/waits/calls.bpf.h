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
	CALL_SOCKETCALL, /* i386: first argument which call, second where its arguments are */
	CALL_IPC, /* i386: first argument which call */
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

/*
 * The same of 32-bit programs on a 64-bit kernel: i386 (arch/x86/entry/syscalls/syscall_32.tbl) and
 * EABI (arch/arm/tools/syscall.tbl), which share most numbers below 250 and all from 403 on.
 */
#if defined(__TARGET_ARCH_x86)
#define NR32(i386, arm) [i386]
#else
#define NR32(i386, arm) [arm]
#endif

static const __u8 call_kinds_32[NR_CALLS] = {
	[0] = CALL_RESTART, /* restart_syscall */
	[2] = CALL_SPAWN, /* fork */
	[3] = CALL_READ, /* read */
	[4] = CALL_WRITE, /* write */
	[36] = CALL_SYNC, /* sync */
	[93] = CALL_WRITE, /* ftruncate */
	[114] = CALL_CHILD, /* wait4 */
	[118] = CALL_FSYNC, /* fsync */
	[120] = CALL_SPAWN, /* clone */
	[141] = CALL_READ, /* getdents */
	[142] = CALL_SELECT, /* _newselect */
	[143] = CALL_FLOCK, /* flock */
	[144] = CALL_SYNC, /* msync */
	[145] = CALL_READ, /* readv */
	[146] = CALL_WRITE, /* writev */
	[148] = CALL_FSYNC, /* fdatasync */
	[162] = CALL_SLEEP, /* nanosleep */
	[168] = CALL_POLL, /* poll */
	[180] = CALL_READ, /* pread64 */
	[181] = CALL_WRITE, /* pwrite64 */
	[187] = CALL_WRITE, /* sendfile */
	[190] = CALL_SPAWN, /* vfork */
	[194] = CALL_WRITE, /* ftruncate64 */
	[221] = CALL_FCNTL, /* fcntl64 */
	[239] = CALL_WRITE, /* sendfile64 */
	[240] = CALL_FUTEX, /* futex */
	[407] = CALL_SLEEP, /* clock_nanosleep_time64 */
	[413] = CALL_SELECT, /* pselect6_time64 */
	[414] = CALL_POLL, /* ppoll_time64 */
	[416] = CALL_AIO, /* io_pgetevents_time64 */
	[417] = CALL_READ, /* recvmmsg_time64 */
	[418] = CALL_MESSAGE_QUEUE, /* mq_timedsend_time64 */
	[419] = CALL_MESSAGE_QUEUE, /* mq_timedreceive_time64 */
	[420] = CALL_SEMAPHORE, /* semtimedop_time64 */
	[422] = CALL_FUTEX, /* futex_time64 */
	[426] = CALL_IO_URING, /* io_uring_enter */
	[435] = CALL_SPAWN, /* clone3 */
	[441] = CALL_EPOLL, /* epoll_pwait2 */
	[449] = CALL_FUTEX, /* futex_waitv */
	[455] = CALL_FUTEX, /* futex_wait */
	NR32(220, 217) = CALL_READ, /* getdents64 */
	NR32(247, 245) = CALL_AIO, /* io_getevents */
	NR32(256, 252) = CALL_EPOLL, /* epoll_wait */
	NR32(267, 265) = CALL_SLEEP, /* clock_nanosleep */
	NR32(279, 276) = CALL_MESSAGE_QUEUE, /* mq_timedsend */
	NR32(280, 277) = CALL_MESSAGE_QUEUE, /* mq_timedreceive */
	NR32(284, 280) = CALL_CHILD, /* waitid */
	NR32(308, 335) = CALL_SELECT, /* pselect6 */
	NR32(309, 336) = CALL_POLL, /* ppoll */
	NR32(313, 340) = CALL_READ, /* splice */
	NR32(319, 346) = CALL_EPOLL, /* epoll_pwait */
	NR32(324, 352) = CALL_WRITE, /* fallocate */
	NR32(333, 361) = CALL_READ, /* preadv */
	NR32(334, 362) = CALL_WRITE, /* pwritev */
	NR32(337, 365) = CALL_READ, /* recvmmsg */
	NR32(344, 373) = CALL_FSYNC, /* syncfs */
	NR32(345, 374) = CALL_WRITE, /* sendmmsg */
	NR32(362, 283) = CALL_WRITE, /* connect */
	NR32(364, 366) = CALL_ACCEPT, /* accept4 */
	NR32(369, 290) = CALL_WRITE, /* sendto */
	NR32(370, 296) = CALL_WRITE, /* sendmsg */
	NR32(371, 292) = CALL_READ, /* recvfrom */
	NR32(372, 297) = CALL_READ, /* recvmsg */
	NR32(378, 392) = CALL_READ, /* preadv2 */
	NR32(379, 393) = CALL_WRITE, /* pwritev2 */
	NR32(400, 301) = CALL_MESSAGE_QUEUE, /* msgsnd */
	NR32(401, 302) = CALL_MESSAGE_QUEUE, /* msgrcv */
#if defined(__TARGET_ARCH_x86)
	[7] = CALL_CHILD, /* waitpid */
	[102] = CALL_SOCKETCALL,
	[117] = CALL_IPC,
#else
	[285] = CALL_ACCEPT, /* accept */
	[289] = CALL_WRITE, /* send */
	[291] = CALL_READ, /* recv */
	[298] = CALL_SEMAPHORE, /* semop */
	[312] = CALL_SEMAPHORE, /* semtimedop */
#endif
};

/* What the first argument of i386's socketcall says: include/uapi/linux/net.h. */
static __always_inline enum call_kind call_kind_socket(__u32 which)
{
	switch (which) {
	case 5: /* accept */
	case 18: /* accept4 */
		return CALL_ACCEPT;
	case 3: /* connect */
	case 9: /* send */
	case 11: /* sendto */
	case 16: /* sendmsg */
	case 20: /* sendmmsg */
		return CALL_WRITE;
	case 10: /* recv */
	case 12: /* recvfrom */
	case 17: /* recvmsg */
	case 19: /* recvmmsg */
		return CALL_READ;
	}
	return CALL_UNNAMED;
}

/* ... and of its ipc: include/uapi/linux/ipc.h; the upper half is a version. */
static __always_inline enum call_kind call_kind_ipc(__u32 which)
{
	switch (which & 0xffff) {
	case 1: /* semop */
	case 4: /* semtimedop */
		return CALL_SEMAPHORE;
	case 11: /* msgsnd */
	case 12: /* msgrcv */
		return CALL_MESSAGE_QUEUE;
	}
	return CALL_UNNAMED;
}

static __always_inline enum call_kind call_kind_32(long call)
{
	if (call < 0 || call >= NR_CALLS)
		return CALL_UNNAMED;
	return call_kinds_32[compat_index(call, NR_CALLS)];
}

static __always_inline enum call_kind call_kind(long call)
{
	if (call < 0 || call >= NR_CALLS)
		return CALL_UNNAMED;
	return call_kinds[compat_index(call, NR_CALLS)];
}

#endif
