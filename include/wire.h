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
#include "causes.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"

#define WIRE_COMM_LEN 16

/* target_processes and target_threads values; thread_ledger.follow: what else becomes ours */
#define FOLLOW_THREADS 1u /* threads that it creates in its process */
#define FOLLOW_CHILDREN 2u /* processes that it forks */

/* thread_sample.flags */
#define SAMPLE_EXITED 1u /* final: the thread was switched out for the last time at since_ns */
#define SAMPLE_COMPAT 2u /* a 32-bit task: its calls are numbered differently, call is unknown */
#define SAMPLE_KTHREAD_WORKER 4u /* an io_uring worker: no user registers of its own */
#define SAMPLE_THROTTLE_KNOWN 8u /* this kernel shows throttling: throttled_ns was measured */
#define SAMPLE_TORN 16u /* changed while read: the sample is not to be used */

/* Sums of one thread since its ledger began; they only grow. */
struct thread_counters {
	__u64 state_ns[NR_STATES]; /* time in each state, closed up to thread_sample.since_ns */
	__u64 state_count[NR_STATES]; /* times that each state was entered */
	__u64 throttled_ns; /* part of runnable: out of CPU quota */
	__u64 voluntary; /* switches out because it blocked */
	__u64 involuntary; /* switches out while still runnable */
	__u64 migrations; /* switched in on another CPU than last time */
	__u64 in_same_process; /* switched in after a thread of its own process */
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
	__u32 pad;
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

/* Who ended a thread's waits. The last takes what finds no place: tid 0, state 0. */
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
	__u64 id; /* of the ledger, unique within one run of boundby */
	__u64 process_start_ns; /* start of its process, CLOCK_BOOTTIME: tells reused PIDs apart */
	__u64 start_ns; /* when its ledger began: its birth, or when it was seeded */
	__u64 since_ns; /* counters are closed up to here ... */
	__u64 entered_ns; /* ... and the state it is in began here */
	__u32 tgid; /* process */
	__u32 tid; /* thread */
	__u32 ppid; /* parent process when the ledger began */
	__u32 state; /* enum ledger_state that it is in since since_ns */
	__u32 flags; /* SAMPLE_* */
	__u32 born; /* 1: born while watched, 0: seeded */
	__u32 histograms; /* iterator: bit s is set, one wait_histogram of state s follows */
	__u32 pad;
	char comm[WIRE_COMM_LEN];
	struct wait_site site; /* of the wait that it is in, when blocked */
	struct futex_wait futex; /* that it is in, when blocked in one */
	struct waker wakers[WIRE_WAKERS_LEN]; /* of the present, not of a boundary */
	struct thread_counters total;
};
_Static_assert(sizeof(struct thread_sample) ==
		       160 + WIRE_WAKERS_LEN * 32 + sizeof(struct thread_counters),
	       "no holes");

/* ring: kinds of event */
#define EVENT_THREAD_EXIT 1u
#define EVENT_PROCESS_FORK 2u
#define EVENT_PROCESS_EXEC 3u
#define EVENT_PROCESS_EXIT 4u
#define EVENT_STACK 5u /* in the ring of stacks */
#define EVENT_HISTOGRAM 6u

struct event_header {
	__u32 kind; /* EVENT_* */
	__u32 size; /* of the whole event, bytes */
	__u64 at_ns;
};
_Static_assert(sizeof(struct event_header) == 16, "no holes");

/* The sums of a thread that ended, handed over before its storage goes. */
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
	__u32 state; /* enum ledger_state */
	__u32 pad;
	struct wait_histogram waits;
};
_Static_assert(sizeof(struct histogram_event) == 32 + sizeof(struct wait_histogram), "no holes");

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
#define WIRE_STACK_LEN 8192

/* A thread leaves a call after a wait for a lock that was longer than any before. */
struct stack_event {
	struct event_header header;
	__u64 process_start_ns;
	__u64 address; /* of the lock */
	__u64 ns; /* length of the wait */
	__u32 tgid;
	__u32 tid;
	__u32 size; /* bytes of the stack that were copied, from the stack pointer up */
	__u32 shared; /* futex_wait.shared */
	__u64 registers[WIRE_REGISTERS];
	__u8 bytes[WIRE_STACK_LEN];
};
_Static_assert(sizeof(struct stack_event) == 56 + 8 * WIRE_REGISTERS + WIRE_STACK_LEN, "no holes");

/* lock_waits.role: whose row it is */
#define LOCK_ROLE_WAITER 0u
#define LOCK_ROLE_HOLDER 1u /* held the lock, or released it, while others waited */
#define LOCK_ROLE_SHARED 2u /* added: futex_wait.shared */

/* lock_waits: finished futex waits of a process by address, kind, and who waited or held */
struct lock_key {
	__u64 process_start_ns;
	__u64 address; /* of the futex word, or of the lock that it stands for */
	__u32 tgid;
	__u32 tid;
	__u32 kind; /* enum lock_kind as far as one wait can tell */
	__u32 role; /* LOCK_ROLE_* */
};
_Static_assert(sizeof(struct lock_key) == 32, "no holes");

struct lock_total {
	__u64 count; /* waits; retries of one wait for the GIL are one */
	__u64 ns;
	__u64 max_ns;
	__u64 released; /* waits ended by a wake of this word, not by time or signal ... */
	__u64 handed; /* ... by a thread that such a wake had let in before */
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

/* call_totals (depth syscalls): finished calls of a process by number */
struct call_key {
	__u64 process_start_ns;
	__u32 tgid;
	__s32 call;
};
_Static_assert(sizeof(struct call_key) == 16, "no holes");

struct call_total {
	__u64 count;
	__u64 ns; /* from entry to exit, blocked or not */
};
_Static_assert(sizeof(struct call_total) == 16, "no holes");

/* listener_ports: local ends that belong to a listener */
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
	__u64 lock_rows; /* ever put into lock_waits */
	__u64 stacks_dropped; /* that did not fit their ring */
	__u64 ledgers_begun; /* threads seeded or born */
	__u64 ledgers_ended; /* threads switched out for the last time */
};
_Static_assert(sizeof(struct run_counters) == 8 * (NR_LOSSES + 9), "no holes");

#pragma GCC diagnostic pop
#endif
