/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The states of the ledger: each thread is in exactly one at any time. One X-list of number,
 * identifier, JSON name, group and meaning, shared by bpf/ and user/.
 */
#ifndef BOUNDBY_STATES_H
#define BOUNDBY_STATES_H

/*
 * STATE(number, IDENT, json_name, GROUP, STALL, ENDED_BY, meaning). Numbers are dense from 0 and
 * stable: recorded traces hold them. JSON names are the contract's, section 6. GROUP: one of the
 * groups below. STALL: the cause of a stall that it counts as, see BOUNDBY_STALLS; a loop that waits
 * at a futex of any kind waits for another thread, which it never should. ENDED_BY: whether the
 * thread that woke it ended the wait (THREAD); only if it was sending, as interrupts may hit any
 * thread (PACKET); or never, as time, storage or the kernel did (KERNEL).
 */
#define BOUNDBY_STATES(STATE)                                                                     \
	STATE(0, UNOBSERVED, "unobserved", GAP, CPU, THREAD,                                      \
	      "not observed: paused, or hidden by losses")                                        \
	STATE(1, ON_CPU, "on_cpu", CPU, CPU, THREAD, "running")                                   \
	STATE(2, RUNNABLE_WAKEUP, "wakeup", READY, STARVED, THREAD,                               \
	      "runnable, queued for a CPU after a wakeup")                                        \
	STATE(3, RUNNABLE_PREEMPTED, "preempted", READY, STARVED, THREAD, "runnable, preempted")  \
	STATE(4, NETWORK, "network", IO, BLOCKING_CALL, PACKET,                                   \
	      "waiting on a connection that it made")                                             \
	STATE(5, REQUEST, "request", REST, BLOCKING_CALL, PACKET, "waiting for work to come in")  \
	STATE(6, DISK, "disk", IO, BLOCKING_CALL, KERNEL, "waiting for storage")                  \
	STATE(7, POLL_IDLE, "poll_idle", REST, BLOCKING_CALL, PACKET,                             \
	      "epoll, poll, select: waiting for work, no request of its own in flight")           \
	STATE(8, POLL_IO, "poll_io", IO, BLOCKING_CALL, PACKET,                                   \
	      "epoll, poll, select: waiting for replies to its own requests")                     \
	STATE(9, IPC, "ipc", IO, BLOCKING_CALL, THREAD,                                           \
	      "on a pipe, unix socket, eventfd or message queue")                                 \
	STATE(10, LOCK, "lock", WAIT, LOCK, THREAD,                                               \
	      "waiting for a lock that another thread holds")                                     \
	STATE(11, GIL, "gil", WAIT, GIL, THREAD, "waiting for CPython's global interpreter lock") \
	STATE(12, CONDITION, "condition", REST, LOCK, THREAD,                                     \
	      "condition variable or queue: idle until another thread signals")                   \
	STATE(13, SLEEP, "sleep", REST, BLOCKING_CALL, KERNEL, "in a timed sleep")                \
	STATE(14, CHILD, "child", IO, BLOCKING_CALL, THREAD, "waiting for a child process")       \
	STATE(15, PAGE_FAULT, "page_fault", IO, PAGE_FAULT, KERNEL, "waiting for a page")         \
	STATE(16, KERNEL, "kernel", IO, BLOCKING_CALL, KERNEL,                                    \
	      "uninterruptible sleep (D) in a system call, not disk")                             \
	STATE(17, STOPPED, "stopped", REST, BLOCKING_CALL, KERNEL, "stopped, traced or frozen")   \
	STATE(18, OTHER, "other", UNTOLD, BLOCKING_CALL, THREAD, "none of these")

#define STATE_ENUM(number, ident, ...) STATE_##ident = (number),
enum ledger_state { BOUNDBY_STATES(STATE_ENUM) NR_STATES };
#undef STATE_ENUM

/*
 * GROUP(IDENT, PART): what the time in a state is, and of what it is a part: WORK, which the verdict
 * is about, REST, or NEITHER. CPU: it runs; READY: it could; IO: it waits for something that it
 * asked for; WAIT: for another thread that is in its way; REST: there is nothing to do. GAP: not
 * seen; UNTOLD: seen, but neither work nor rest for certain.
 */
#define BOUNDBY_GROUPS(GROUP) \
	GROUP(GAP, NEITHER)   \
	GROUP(CPU, WORK)      \
	GROUP(READY, WORK)    \
	GROUP(IO, WORK)       \
	GROUP(WAIT, WORK)     \
	GROUP(REST, REST)     \
	GROUP(UNTOLD, NEITHER)

#define GROUP_ENUM(ident, part) GROUP_##ident,
enum state_group { BOUNDBY_GROUPS(GROUP_ENUM) NR_GROUPS };
#undef GROUP_ENUM

/* Sets of groups, and of the states that a thread's waker did not end, one bit each. */
enum group_part { PART_NEITHER, PART_WORK, PART_REST };
#define GROUP_BIT_OF_WORK(ident, part) | ((PART_##part == PART_WORK) << GROUP_##ident)
#define GROUPS_OF_WORK (0 BOUNDBY_GROUPS(GROUP_BIT_OF_WORK))
#define GROUP_BIT_OF_REST(ident, part) | ((PART_##part == PART_REST) << GROUP_##ident)
#define GROUPS_OF_REST (0 BOUNDBY_GROUPS(GROUP_BIT_OF_REST))
#define STATE_BIT_OF_REST(number, ident, name, group, ...) \
	| ((GROUP_##group == GROUP_REST) << (number))
#define STATES_OF_REST (0u BOUNDBY_STATES(STATE_BIT_OF_REST))
enum wait_end { ENDED_BY_THREAD, ENDED_BY_PACKET, ENDED_BY_KERNEL };
#define STATE_BY_KERNEL(number, ident, name, group, stall, by, meaning) \
	| ((ENDED_BY_##by == ENDED_BY_KERNEL) << (number))
#define STATES_ENDED_BY_KERNEL (0u BOUNDBY_STATES(STATE_BY_KERNEL))
#define STATE_BY_PACKET(number, ident, name, group, stall, by, meaning) \
	| ((ENDED_BY_##by == ENDED_BY_PACKET) << (number))
#define STATES_ENDED_BY_PACKET (0u BOUNDBY_STATES(STATE_BY_PACKET))

/*
 * OBJECT(number, IDENT, name): what kind of fd, or kernel lock, a thread blocks on. NONE: the call
 * takes no fd, or it could not be identified.
 */
#define BOUNDBY_OBJECTS(OBJECT)                                \
	OBJECT(0, NONE, "none")                                \
	OBJECT(1, TCP_CONNECTED, "tcp")                        \
	OBJECT(2, TCP_ACCEPTED, "accepted tcp")                \
	OBJECT(3, TCP_LISTENING, "listening tcp")              \
	OBJECT(4, UDP, "udp")                                  \
	OBJECT(5, UDP_SERVER, "bound udp")                     \
	OBJECT(6, INET_OTHER, "inet socket")                   \
	OBJECT(7, UNIX, "unix socket")                         \
	OBJECT(8, UNIX_ACCEPTED, "accepted unix socket")       \
	OBJECT(9, UNIX_LISTENING, "listening unix socket")     \
	OBJECT(10, SOCKET_OTHER, "socket")                     \
	OBJECT(11, PIPE, "pipe")                               \
	OBJECT(12, FILE, "file")                               \
	OBJECT(13, BLOCK_DEVICE, "block device")               \
	OBJECT(14, TERMINAL, "terminal")                       \
	OBJECT(15, CHAR_DEVICE, "character device")            \
	OBJECT(16, EVENTFD, "eventfd")                         \
	OBJECT(17, TIMERFD, "timerfd")                         \
	OBJECT(18, SIGNALFD, "signalfd")                       \
	OBJECT(19, EPOLL, "epoll")                             \
	OBJECT(20, IO_URING, "io_uring")                       \
	OBJECT(21, INOTIFY, "inotify")                         \
	OBJECT(22, PIDFD, "pidfd")                             \
	OBJECT(23, MESSAGE_QUEUE, "message queue")             \
	OBJECT(24, FUTEX, "futex")                             \
	OBJECT(25, PSEUDO_FILE, "pseudo file")                 \
	OBJECT(26, ANON_OTHER, "anonymous descriptor")         \
	OBJECT(27, KERNEL_MUTEX, "kernel mutex")               \
	OBJECT(28, KERNEL_RWSEM, "kernel rwsem")               \
	OBJECT(29, KERNEL_SEMAPHORE, "kernel semaphore")       \
	OBJECT(30, KERNEL_RT_MUTEX, "kernel rt-mutex")         \
	OBJECT(31, KERNEL_PERCPU_RWSEM, "kernel percpu-rwsem") \
	OBJECT(32, MMAP_LOCK, "mmap_lock")

#define OBJECT_ENUM(number, ident, name) OBJECT_##ident = (number),
enum blocked_object { BOUNDBY_OBJECTS(OBJECT_ENUM) NR_OBJECTS };
#undef OBJECT_ENUM

/*
 * KIND(number, IDENT, name, state): what a futex word is. The state is what a wait at it counts as.
 * Numbers are stable. GIL_HANDOVER: the thread gives the GIL away and waits until another took it.
 */
#define BOUNDBY_LOCKS(KIND)                        \
	KIND(0, UNKNOWN, "unknown", CONDITION)     \
	KIND(1, MUTEX, "mutex", LOCK)              \
	KIND(2, PI_MUTEX, "pi-mutex", LOCK)        \
	KIND(3, RWLOCK, "rwlock", LOCK)            \
	KIND(4, CONDITION, "condition", CONDITION) \
	KIND(5, SEMAPHORE, "semaphore", CONDITION) \
	KIND(6, GIL, "gil", GIL)                   \
	KIND(7, GIL_HANDOVER, "gil", GIL)

#define LOCK_ENUM(number, ident, name, state) LOCK_##ident = (number),
enum lock_kind { BOUNDBY_LOCKS(LOCK_ENUM) NR_LOCK_KINDS };
#undef LOCK_ENUM

/*
 * STALL(number, IDENT, name): why a loop was blocked, by the largest part of the stall. Numbers are
 * stable.
 */
#define BOUNDBY_STALLS(STALL)                    \
	STALL(0, CPU, "cpu")                     \
	STALL(1, BLOCKING_CALL, "blocking-call") \
	STALL(2, LOCK, "lock")                   \
	STALL(3, GIL, "gil")                     \
	STALL(4, STARVED, "starved")             \
	STALL(5, PAGE_FAULT, "page-fault")

#define STALL_ENUM(number, ident, name) STALL_##ident = (number),
enum stall_cause { BOUNDBY_STALLS(STALL_ENUM) NR_STALL_CAUSES };
#undef STALL_ENUM

/*
 * The cause that time in a state counts as. Four bits for each state in two words: clang makes a
 * compare of each case from a switch, which BPF has no table for.
 */
#define STALLS_LOW(number, ident, name, group, stall, ...) \
	| ((number) < 16 ? (unsigned long long)STALL_##stall << (number) % 16 * 4 : 0)
#define STALLS_HIGH(number, ident, name, group, stall, ...) \
	| ((number) < 16 ? 0 : (unsigned long long)STALL_##stall << (number) % 16 * 4)
static inline enum stall_cause stall_cause_of(enum ledger_state state)
{
	unsigned long long causes = state < 16 ? 0 BOUNDBY_STATES(STALLS_LOW) :
						 0 BOUNDBY_STATES(STALLS_HIGH);

	return (enum stall_cause)(causes >> state % 16 * 4 & 15);
}
#undef STALLS_LOW
#undef STALLS_HIGH
_Static_assert(NR_STATES <= 32 && NR_STALL_CAUSES <= 16, "stall_cause_of() has room for that many");

/*
 * DETAIL(number, IDENT, name, meaning): optional detail, most expensive first, dropped in this
 * order. None of it decides a state or a sum of the ledger except the last, whose time is
 * unobserved.
 */
#define BOUNDBY_DETAILS(DETAIL)                                                         \
	DETAIL(0, STACKS, "stacks", "where in the program long waits and stalls are")   \
	DETAIL(1, WAKERS, "wakers", "which thread ended a wait")                        \
	DETAIL(2, HISTOGRAMS, "histograms", "how long a thread's waits are one by one") \
	DETAIL(3, CONTINUOUS, "continuous", "watching all the time, not for a part of it")

/* One bit each in a set of what is kept, and a place each in arrays of NR_DETAILS. */
#define DETAIL_BIT(number, ident, name, meaning) DETAIL_##ident = 1 << (number),
enum detail { BOUNDBY_DETAILS(DETAIL_BIT) DETAIL_ALL = 7 };
#undef DETAIL_BIT
#define DETAIL_PLACE(number, ident, name, meaning) DETAIL_AT_##ident = (number),
enum detail_place { BOUNDBY_DETAILS(DETAIL_PLACE) NR_DETAILS };
#undef DETAIL_PLACE

/*
 * OPTIONAL(number, IDENT, what is not measured without it): what a kernel may not let us load and
 * the ledger can do without; a bit each in capture.left_out.
 */
#define BOUNDBY_OPTIONALS(OPTIONAL)                                                      \
	OPTIONAL(0, KERNEL_LOCKS, "locks inside the kernel")                             \
	OPTIONAL(1, NEW_LISTENERS, "listeners that were opened during the watch")        \
	OPTIONAL(2, CPU_PLACES, "the line where a stalled loop computes")                \
	OPTIONAL(3, BURSTS, "bursts of depth syscalls, which find the places of stalls") \
	OPTIONAL(4, PAUSES, "pauses, by which watch keeps its budget")                   \
	OPTIONAL(5, LOOP_HOOKS, "returns of loops to their waits outside of bursts")     \
	OPTIONAL(6, SWITCH_STACKS, "the place of waits outside system calls")            \
	OPTIONAL(7, COMPUTING, "the lines that compute")

#define OPTIONAL_ENUM(number, ident, loses) OPTIONAL_##ident = (number),
enum optional_part { BOUNDBY_OPTIONALS(OPTIONAL_ENUM) NR_OPTIONALS };
#undef OPTIONAL_ENUM

/*
 * LOSS(number, IDENT, json_name, meaning): the ways to lose something, each counted by itself
 * and shown in capture.lost.
 *
 * RECURSION: the kernel skips a program while the same program is running on that CPU. Since tracepoints
 * are read under SRCU (7.x), and in trampolines (fentry) always, programs can be preempted; what runs
 * on that CPU until the preempted thread goes on is skipped. Seen on 7.3, four busy threads on one CPU:
 * on_sys_enter and on_sys_exit were skipped for a fifth of the calls, the hooks of the scheduler, which
 * run with interrupts off, never. So states and their times stay exact; calls and loops lack what is
 * counted here.
 */
#define BOUNDBY_LOSSES(LOSS)                                                        \
	LOSS(0, MAP_FULL, "map_full", "a kernel table was full")                    \
	LOSS(1, MAP_BUSY, "map_busy", "a kernel table was locked")                  \
	LOSS(2, STORAGE_NULL, "storage_null", "a thread's ledger could not be had") \
	LOSS(3, RING_FULL, "ring_full", "the event ring was full")                  \
	LOSS(4, RECURSION, "recursion", "a hook was skipped: it ran on that CPU")   \
	LOSS(5, CLOCK, "clock", "the clock stepped back between CPUs")              \
	LOSS(6, UNMATCHED, "unmatched",                                             \
	     "a wakeup without its sleep, or a switch without its pair")            \
	LOSS(7, READER, "reader", "the reader could not keep or reconcile what it read")

#define LOSS_ENUM(number, ident, name, meaning) LOSS_##ident = (number),
enum loss_cause { BOUNDBY_LOSSES(LOSS_ENUM) NR_LOSSES };
#undef LOSS_ENUM

#endif
