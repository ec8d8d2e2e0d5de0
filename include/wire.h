/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel -> user contract: map keys and values, iterator and ring records. Written by bpf/,
 * read by user/collect/ alone; may change with any commit. Times: CLOCK_MONOTONIC nanoseconds.
 * Fixed-width members, no holes (-Wpadded is an error here), one size assertion for each struct.
 */
#ifndef BOUNDBY_WIRE_H
#define BOUNDBY_WIRE_H

#ifndef __bpf__
#include <linux/types.h>
#endif
#include "states.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"

#define WIRE_COMM_LEN 16

/* target_processes and target_threads values; thread_ledger.follow: what else becomes ours */
#define FOLLOW_THREADS 1u /* threads that it creates in its process */
#define FOLLOW_CHILDREN 2u /* processes that it forks */

/* thread_sample.flags */
#define SAMPLE_EXITED 1u /* final: the thread was switched out for the last time at since_ns */
#define SAMPLE_COMPAT 2u /* a 32-bit task: its calls are numbered differently */
#define SAMPLE_THROTTLE_KNOWN 8u /* this kernel shows throttling: throttled_ns was measured */
#define SAMPLE_TORN 16u /* changed while read: the sample is not to be used */
#define SAMPLE_PARENT 32u /* it has children, alive or not yet waited for */

/* Sums of one thread since its ledger began; they only grow. */
struct thread_counters {
	__u64 state_ns[NR_STATES]; /* time in each state, closed up to thread_sample.since_ns */
	__u64 state_count[NR_STATES]; /* times that each state was entered */
	__u64 throttled_ns; /* part of runnable: out of CPU quota */
	__u64 voluntary; /* switches out because it blocked */
	__u64 involuntary; /* switches out while still runnable */
	__u64 migrations; /* switched in on another CPU than last time */
	__u64 in_same_process; /* switched in after a thread of the same process */
	__u64 in_other_process; /* switched in after a thread of another process */
	__u64 in_idle; /* switched in on a CPU that was idle */
};
_Static_assert(sizeof(struct thread_counters) == 8 * (2 * NR_STATES + 7), "no holes");

/* What a thread blocks in. All zero: not known. */
struct wait_site {
	__s32 call; /* system call number of the thread's architecture, -1: outside any call */
	__u32 state; /* enum ledger_state */
	__u32 object; /* enum blocked_object */
	__u32 device; /* s_dev of the file's file system, 0: none */
	__u16 family; /* AF_INET, AF_INET6 or 0 */
	__u16 peer_port; /* host byte order */
	__u32 compat; /* 1: call is a number of the 32-bit table */
	__u8 peer_addr[16]; /* network byte order, IPv4 in the first four */
};
_Static_assert(sizeof(struct wait_site) == 40, "no holes");

#define WIRE_HISTOGRAM_LEN 36 /* log2 of nanoseconds; the last takes all from 34 s up */
#define WIRE_FIRST_WAIT STATE_RUNNABLE_WAKEUP /* from here on states are waits */
#define WIRE_WAIT_STATES (NR_STATES - WIRE_FIRST_WAIT)

/* Waits of one thread in one state that ended, by log2 of their length. */
struct wait_histogram {
	__u32 count[WIRE_HISTOGRAM_LEN];
};
_Static_assert(sizeof(struct wait_histogram) == 4 * WIRE_HISTOGRAM_LEN, "no holes");

#define WIRE_WAKERS_LEN 6

/*
 * The threads that ended a thread's waits. The last entry (tid 0, state 0) collects the overflow.
 */
struct waker {
	__u32 tgid; /* 0: the kernel, at an interrupt */
	__u32 tid;
	__u32 state; /* enum ledger_state of the waits */
	__u32 pad;
	__u64 count;
	__u64 ns;
};
_Static_assert(sizeof(struct waker) == 32, "no holes");

/* What a thread waits at in a futex call. */
struct futex_wait {
	__u64 word; /* address that it gave to the kernel, 0: it is not in such a wait */
	__u64 address; /* of the lock that the word stands for */
	__u32 holder; /* number of the thread that held it when the wait began, 0 not known */
	__u32 kind; /* enum lock_kind */
	__u32 shared; /* 1: the word may be seen at other addresses, by other processes */
	__u32 pad;
};
_Static_assert(sizeof(struct futex_wait) == 32, "no holes");

/* One thread as the iterator or the exit event shows it. */
struct thread_sample {
	__u64 id; /* start of the process, CLOCK_BOOTTIME: identifies reused PIDs */
	__u64 process_start_ns; /* start of the process, CLOCK_BOOTTIME: distinguishes reused PIDs */
	__u64 start_ns; /* when its ledger began: its birth, or when it was seeded */
	__u64 since_ns; /* counters are closed up to here ... */
	__u64 entered_ns; /* ... and the state it is in began here */
	__u32 tgid; /* process */
	__u32 tid; /* thread */
	__u32 ppid; /* parent process; iterator: the present one, else when the ledger began */
	__u32 state; /* enum ledger_state that it is in since since_ns */
	__u32 flags; /* SAMPLE_* */
	__u32 born; /* 1: born while watched, 0: seeded */
	__u32 histograms; /* iterator: bit s is set, one wait_histogram of state s follows */
	__u32 loops; /* iterator: 1, a loop_sample follows behind those */
	__u32 own_tid; /* iterator: its number in its own PID namespace */
	__u32 pad;
	char comm[WIRE_COMM_LEN];
	struct wait_site site; /* of the wait that it is in, when blocked */
	struct futex_wait futex; /* that it is in, when blocked in one */
	struct waker wakers[WIRE_WAKERS_LEN]; /* of the present, not of a boundary */
	struct thread_counters total;
};
_Static_assert(sizeof(struct thread_sample) ==
		       168 + WIRE_WAKERS_LEN * 32 + sizeof(struct thread_counters),
	       "no holes");

/* ring: kinds of event */
#define EVENT_THREAD_EXIT 1u
#define EVENT_PROCESS_FORK 2u
#define EVENT_PROCESS_EXEC 3u
#define EVENT_PROCESS_EXIT 4u
#define EVENT_STACK 5u /* in the ring of stacks */
#define EVENT_HISTOGRAM 6u
#define EVENT_LOOP_FOUND 7u /* a thread_event: a thread may be an event loop */
#define EVENT_LOOP 8u
#define EVENT_STALL 9u
#define EVENT_INTERVAL 10u

struct event_header {
	__u32 kind; /* EVENT_* */
	__u32 size; /* of the whole event, bytes */
	__u64 at_ns;
};
_Static_assert(sizeof(struct event_header) == 16, "no holes");

/* The sums of a thread that exited, sent before its storage is freed. */
struct thread_exit_event {
	struct event_header header;
	struct thread_sample last; /* final, SAMPLE_EXITED */
	struct thread_sample at_boundary; /* as of boundary_ns, valid when that is not 0 */
	__u64 boundary_ns; /* the newest boundary if the thread lived through it, else 0 */
};
_Static_assert(sizeof(struct thread_exit_event) == 24 + 2 * sizeof(struct thread_sample),
	       "no holes");

/* A histogram of a thread that ended; its thread_exit_event comes after. */
struct histogram_event {
	struct event_header header;
	__u64 id; /* of the ledger */
	__u64 boundary_ns; /* as of thread_exit_event.boundary_ns */
	__u32 state; /* enum ledger_state */
	__u32 pad;
	struct wait_histogram last, at_boundary;
};
_Static_assert(sizeof(struct histogram_event) == 40 + 2 * sizeof(struct wait_histogram),
	       "no holes");

/* Kinds of event wait: the upper half of loop_sums.object, whose lower half is the fd. */
#define LOOP_EPOLL 1u
#define LOOP_POLL 2u /* poll and select: no descriptor */
#define LOOP_IO_URING 3u

#define WIRE_LAG_PARTS 4 /* buckets to an octave of nanoseconds, of equal width */
#define WIRE_LAG_FIRST 10 /* octave of the first: all below 2 us is in it */
#define WIRE_LAG_LEN ((36 - WIRE_LAG_FIRST) * WIRE_LAG_PARTS)

/* The event wait that a thread returns to most, since its ledger began. Sums only grow. */
struct loop_sums {
	__u64 object; /* kind << 32 | descriptor, 0: it has none */
	__u64 waits; /* entries into the wait; depth sched: those that slept */
	__u64 timed; /* ... with a timeout that is neither none nor 0 */
	__u64 uneven; /* ... of a ring, for fewer than were submitted with it, or more */
	__u64 patient; /* ... with any timeout but 0: it would have slept for lack of events */
	__u64 delivered; /* returns with something to do; depth syscalls */
	__u64 unserved; /* ... without another call that succeeds before the next wait; in bursts too */
	__u64 unlinked; /* waits of which it is not known whether another call came before */
	__u64 several; /* poll: returns with a different or unidentified fd */
	__u64 iterations; /* returns that an entry followed */
	__u64 busy_ns; /* from return to entry */
	__u64 max_ns;
	__u64 stalls; /* iterations of cfg_stall_ns or more */
	__u64 stalled_ns;
	__u64 burst_stalls; /* those of them that a burst of depth syscalls saw, ... */
	__u64 burst_stalled_ns; /* ... and for how long it saw them */
	__u64 stalls_unsent; /* of those, without an event of their own */
	__u64 cause_count[NR_STALL_CAUSES]; /* stalls by their largest part */
	__u64 cause_ns[NR_STALL_CAUSES]; /* parts of all stalls */
	__u32 members; /* descriptors of a poll or select */
	__u32 room; /* most events that a wait may return, 0 not known */
	__u32 lag[WIRE_LAG_LEN]; /* iterations by length */
};
_Static_assert(sizeof(struct loop_sums) == 8 * (18 + 2 * NR_STALL_CAUSES) + 4 * WIRE_LAG_LEN,
	       "no holes");

/* Behind a thread_sample; as of now. */
struct loop_sample {
	struct loop_sums sums;
	__u64 open_ns; /* start of the current iteration, 0: it is in the wait */
	__u64 burst_open_ns; /* of that, the part that the newest burst of depth syscalls saw */
	__u64 slept; /* waits that slept */
	__u64 waiting; /* 1: it is in the wait, as of the reading */
	__u64 parts_ns[NR_STATES]; /* of the iteration that it is in, up to thread_sample.since_ns */
};
_Static_assert(sizeof(struct loop_sample) == sizeof(struct loop_sums) + 8 * (4 + NR_STATES),
	       "no holes");

struct thread_event {
	struct event_header header;
	__u64 id; /* of the ledger */
	__u64 process_start_ns;
	__u32 tgid;
	__u32 tid;
};
_Static_assert(sizeof(struct thread_event) == 40, "no holes");

/* The loop of a thread that ended; its thread_exit_event comes after. */
struct loop_event {
	struct thread_event thread;
	struct loop_sample loop;
};
_Static_assert(sizeof(struct loop_event) == 40 + sizeof(struct loop_sample), "no holes");

/* An iteration that was too long is over, at thread.header.at_ns. */
struct stall_event {
	struct thread_event thread;
	__u64 begin_ns;
	__u64 parts_ns
		[NR_STATES]; /* they sum to its length, apart from a correction of the last switch */
	__u64 timed_ns; /* of STATE_CONDITION: waits that ended by timeout only */
	__u64 block_ns; /* its longest wait, 0 none, ... */
	struct wait_site block; /* ... and where it was */
};
_Static_assert(sizeof(struct stall_event) == 40 + 8 * (3 + NR_STATES) + 40, "no holes");

/* An off-CPU interval of cfg_events_ns or longer, which ended at thread.header.at_ns. */
struct interval_event {
	struct thread_event thread;
	__u64 begin_ns;
	__u32 state; /* enum ledger_state */
	__u32 waker_tgid; /* the thread that ended it; 0: the kernel, or not known */
	__u32 waker_tid;
	__u32 pad;
	struct wait_site site; /* of the wait; of one for a CPU, of the wait before it */
};
_Static_assert(sizeof(struct interval_event) == 40 + 24 + 40, "no holes");

struct process_event {
	struct event_header header;
	__u64 process_start_ns;
	__u32 tgid;
	__u32 ppid;
	char comm[WIRE_COMM_LEN];
};
_Static_assert(sizeof(struct process_event) == 48, "no holes");

/* wait_totals: finished waits of a process by where it waited */
struct wait_key {
	__u64 process_start_ns;
	__u32 tgid;
	__u32 pad;
	struct wait_site site;
};
_Static_assert(sizeof(struct wait_key) == 56, "no holes");

struct wait_total {
	__u64 count;
	__u64 ns;
	__u64 max_ns;
};
_Static_assert(sizeof(struct wait_total) == 24, "no holes");

#define WIRE_REGISTERS 34 /* by DWARF number; x86_64 has 17, with the program counter last */
#define WIRE_STACK_PAGE 4096u /* the smallest page: read as a whole or not at all */
#define WIRE_STACK_LEN (3 * WIRE_STACK_PAGE)

#define WIRE_FRAMES 48

/* A frame of CPython, innermost first, by its code object. */
struct python_frame {
	__u64 code; /* address of the code object, 0: it could not be read ... */
	__u64 name; /* ... and of its name and file name: it is the same while these are */
	__u64 file;
	__u64 instruction; /* address; up to 3.10 the index */
	__u32 first_line;
	__u32 owner; /* 3 and above: not a frame of Python's own (3.12 on) */
};
_Static_assert(sizeof(struct python_frame) == 40, "no holes");

struct python_stack {
	struct python_frame frames[WIRE_FRAMES];
};
_Static_assert(sizeof(struct python_stack) == 40 * WIRE_FRAMES, "no holes");

/*
 * A frame of V8, innermost first, as its slots were. Typed frames (calls into C++, stubs) have a marker
 * that is no object, and no function.
 */
struct v8_frame {
	__u64 pc; /* address that it goes on at; 0 innermost: it called C++ */
	__u64 marker; /* context of a function, else twice the type of the frame */
	__u64 shared; /* SharedFunctionInfo of its function, 0 none */
	__u64 bytecodes; /* what these two slots of an interpreted frame hold: */
	__u64 bytecode_offset;
};
_Static_assert(sizeof(struct v8_frame) == 40, "no holes");

struct v8_stack {
	struct v8_frame frames[WIRE_FRAMES];
};
_Static_assert(sizeof(struct v8_stack) == 40 * WIRE_FRAMES, "no holes");

union runtime_stack { /* FRAMES_V8 says which */
	struct python_stack python;
	struct v8_stack v8;
};
_Static_assert(sizeof(union runtime_stack) == 40 * WIRE_FRAMES, "no holes");

/* Where a V8 has the isolate that runs in a thread, and how to come from there to functions. */
struct v8_roots {
	__u64 isolate_key; /* address of the number of its thread-specific value, 0: it is at ... */
	__s64 isolate_at; /* ... bytes from the thread pointer */
	__u32 entry; /* offset in the isolate: frame pointer of the last call into C++ that lasts */
	__u32 shared; /* offset in a function */
};
_Static_assert(sizeof(struct v8_roots) == 24, "no holes");

#define FRAMES_V8 1u /* the frames are V8's, else Python's */
#define FRAMES_DEEPER 2u /* there are more frames */
#define FRAMES_UNKNOWN 4u /* no thread state is this thread's */

/* Where a CPython keeps what. All offsets in bytes; NO_OFFSET: it has none. */
#define NO_OFFSET 0xffffffffu
struct python_layout {
	__u64 interpreters; /* address of the pointer to the first interpreter */
	__u64 key; /* address of the number of its thread-specific value, 0 not known */
	__u32 minor; /* 3.minor */
	__u32 interpreter_next;
	__u32 interpreter_threads;
	__u32 thread_next;
	__u32 thread_frame; /* current frame, or (3.11, 3.12) the C frame that points to it */
	__u32 c_frame; /* offset in that, or NO_OFFSET */
	__u32 thread_number; /* gettid in its PID namespace (3.11 on), or NO_OFFSET */
	__u32 thread_pointer; /* pthread_self */
	__u32 frame_previous;
	__u32 frame_code;
	__u32 frame_instruction;
	__u32 frame_owner; /* or NO_OFFSET */
	__u32 code_name;
	__u32 code_file;
	__u32 code_first_line;
	__u32 code_lines; /* line table */
	__u32 code_bytes; /* where the instructions start, 3.11 on */
	__u32 pad;
};
_Static_assert(sizeof(struct python_layout) == 88, "no holes");

/* stack_event.why, any of */
#define STACK_LOCK 1u /* a wait for a lock ended that was longer than any before */
#define STACK_BLOCK 2u /* the longest wait so far of an iteration ended */
#define STACK_CPU 4u /* computing inside a long iteration */
#define STACK_PLACE 8u /* a sample of where time goes */

#define PLACE_PERIOD_NS 200000000ULL /* of place_tokens: a sample takes one */

/* The stack of a thread that leaves a call, or (STACK_CPU) was interrupted. */
struct stack_event {
	struct event_header header;
	__u64 process_start_ns;
	__u64 address; /* of the lock that it waited for; 0 none */
	__u64 ns; /* STACK_LOCK: length of the wait */
	__u64 iteration_ns; /* STACK_BLOCK, STACK_CPU: start of the iteration */
	__u64 block_ns; /* STACK_BLOCK: length of the wait */
	__u64 place_ns; /* STACK_PLACE: the time that it stands for, ... */
	struct wait_site site; /* ... which was spent in this state, here */
	__u64 id; /* of the ledger */
	__u32 why; /* STACK_* */
	__u32 frame_flags; /* FRAMES_* */
	__u32 frame_count;
	__u32 pad;
	union runtime_stack frames;
	__u32 tgid;
	__u32 tid;
	__u32 size; /* bytes of the stack that were copied, from start up */
	__u32 shared; /* STACK_LOCK: futex_wait.shared */
	__u64 registers[WIRE_REGISTERS];
	__u64 start; /* a little below the stack pointer */
	__u8 bytes[WIRE_STACK_LEN]; /* from the start of its page: it begins in the middle of it */
};
_Static_assert(sizeof(struct stack_event) ==
		       152 + 40 * WIRE_FRAMES + 8 * WIRE_REGISTERS + WIRE_STACK_LEN,
	       "no holes");

/* lock_waits.role: whose row it is */
#define LOCK_ROLE_WAITER 0u
#define LOCK_ROLE_HOLDER 1u /* held the lock, or released it, while others waited */
#define LOCK_ROLE_SHARED 2u /* added: futex_wait.shared */
#define LOCK_ROLE_NUMBERED 4u /* added to holders: tid is what the lock's memory says */

/* lock_waits: finished futex waits of a process by address, kind, and waiter or holder */
struct lock_key {
	__u64 process_start_ns;
	__u64 address; /* of the futex word, or of the lock that it stands for */
	__u32 tgid;
	__u32 tid;
	__u32 kind; /* enum lock_kind as far as one wait can determine it */
	__u32 role; /* LOCK_ROLE_* */
};
_Static_assert(sizeof(struct lock_key) == 32, "no holes");

struct lock_total {
	__u64 count; /* waits; retries of one wait for the GIL are one */
	__u64 ns;
	__u64 max_ns;
	__u64 released; /* waits ended by a wake of this word, not by time or signal ... */
	__u64 handed; /* ... by a thread that had itself been woken that way */
	__u64 stack_ns; /* the longest wait that a stack was taken for */
	__u32 histogram[WIRE_HISTOGRAM_LEN]; /* waits by log2 of their length */
};
_Static_assert(sizeof(struct lock_total) == 48 + 4 * WIRE_HISTOGRAM_LEN, "no holes");

#define WIRE_GILS_MAX 4

/* interpreter_locks: where the GILs of a process lie (tgid -> this) */
struct interpreter_locks {
	__u64 start[WIRE_GILS_MAX]; /* of struct _gil_runtime_state, 0 none */
	__u32 first; /* offset of the first word that is waited at, ... */
	__u32 handover; /* ... of the first that a hand-over waits at, ... */
	__u32 end; /* ... and of the end */
	__u32 parking; /* 1: waiters for other locks wait at words on their own stacks */
};
_Static_assert(sizeof(struct interpreter_locks) == 48, "no holes");

#define WIRE_CALL_COMPAT 0x10000 /* in call_key.call: a number of the 32-bit table */

/* call_totals (depth syscalls): finished calls of a process by number */
struct call_key {
	__u64 process_start_ns;
	__u32 tgid;
	__s32 call;
};
_Static_assert(sizeof(struct call_key) == 16, "no holes");

/*
 * call_rows (depth syscalls): the same for the first processes seen, as an array of WIRE_CALLS
 * call_totals each, which is faster to look up; process_rows maps a process to its row.
 */
#define WIRE_CALLS 512 /* a power of two above the largest number */
#define WIRE_CALL_ROWS 256 /* row 0 is unused */
struct process_key {
	__u64 process_start_ns;
	__u32 tgid;
	__u32 pad;
};
_Static_assert(sizeof(struct process_key) == 16, "no holes");

struct call_total {
	__u64 count;
	__u64 ns; /* from entry to exit, blocked or not */
};
_Static_assert(sizeof(struct call_total) == 16, "no holes");

/* listener_ports: local ends that belong to listeners; how many of them */
struct listener_key {
	__u32 netns; /* inode number of the network namespace */
	__u16 port; /* host byte order */
	__u16 pad;
};
_Static_assert(sizeof(struct listener_key) == 8, "no holes");

/* counters of the whole run, one per CPU */
struct run_counters {
	__u64 lost[NR_LOSSES];
	__u64 lost_exit_ns; /* time of exited threads whose event did not fit the ring */
	__u64 lost_exit_count;
	__u64 recovered; /* hooks that were missed and made good from the scheduler's own stamps */
	__u64 lock_dropped; /* futex waits that found lock_waits full, ... */
	__u64 lock_dropped_ns; /* ... and how long they were */
	__u64 lock_rows; /* rows ever inserted into lock_waits */
	__u64 stacks_dropped; /* that did not fit their ring */
	__u64 places_refused; /* samples of where time goes that were too many, or could not be had, ... */
	__u64 places_refused_ns[NR_STATES]; /* ... and the time that they stand for */
	__u64 samples_taken; /* of computing, ... */
	__u64 samples_thinned; /* ... and those that were left out, for there were many */
	__u64 intervals_dropped; /* single off-CPU intervals that did not fit the ring */
	__u64 ledgers_begun; /* threads seeded or born */
	__u64 ledgers_ended; /* threads switched out for the last time */
};
_Static_assert(sizeof(struct run_counters) == 8 * (NR_LOSSES + 13 + NR_STATES), "no holes");

#pragma GCC diagnostic pop
#endif
