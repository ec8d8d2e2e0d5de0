/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of the kernel -> user contract (wire.h) that iterators show while a window closes: threads
 * that wait, open files with pending work, threads of other programs. The same rules hold.
 */
#ifndef BOUNDBY_WIRE_LOOK_H
#define BOUNDBY_WIRE_LOOK_H

#include "wire.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"

/* wait_look.what: what has to be read in the thread's memory to classify its wait */
#define LOOK_NOTHING 0u
#define LOOK_FUTEX 1u /* the words around the one in argument 0 */
#define LOOK_WAITV 2u /* the word named in the first entry of the array at argument 0 */
#define LOOK_POLL 3u /* argument 1 entries of struct pollfd at argument 0 */
#define LOOK_SELECT 4u /* bits for argument 0 descriptors at argument 1 */
#define LOOK_SOCKET 5u /* i386: the descriptor at argument 0, of a call of kind argument 1 */

/* A thread in a wait, as look_waits shows it: with what reading its memory takes. */
struct wait_look {
	__u64 id; /* of the ledger */
	__u64 process_start_ns;
	__u64 entered_ns; /* when the wait began, or the thread was seeded in it */
	__u64 argument[4]; /* of the call that it is in */
	__u64 thread_pointer; /* pthread_self, 0 not known */
	__u64 other_end; /* identity of what it writes to or reads from: the pipe, the peer's socket; 0 none */
	__u32 tgid;
	__u32 tid;
	__u32 own_tid; /* its number in its own PID namespace */
	__u32 state; /* enum ledger_state */
	__u32 what; /* LOOK_* */
	__u32 compat; /* 1: a 32-bit program */
	__u32 writes; /* 1: in a call that gives to a descriptor */
	__u32 pad;
	struct wait_site site;
	struct futex_wait futex;
	__u64 stack; /* stack pointer */
	__u64 registers[WIRE_REGISTERS];
};
_Static_assert(sizeof(struct wait_look) == 104 + 40 + 32 + 8 + 8 * WIRE_REGISTERS, "no holes");

/* file_look.flags */
#define FILE_WAITED 1u /* a thread waits at it, directly or at an epoll set that holds it */
#define FILE_SHARED 2u /* other processes, or other descriptors, have the same open file */
#define FILE_READS 4u /* it is open for reading */
#define FILE_WRITES 8u /* it is open for writing */

/* An open file of interest, as look_files shows it. */
struct file_look {
	__u64 process_start_ns;
	__u64 inode; /* number: with object the identity */
	__u64 end; /* the wanted identity that it matched (wait_look.other_end), 0: it is a target's */
	__u32 tgid;
	__u32 object; /* enum blocked_object */
	__u32 pending; /* a listener's connections that wait, else unread bytes or datagrams */
	__u32 taken; /* TCP: sequence number up to which the program has read; of a listener that of its first */
	__u32 flags; /* FILE_* */
	__u32 port; /* local, 0 none */
	char comm[WIRE_COMM_LEN];
};
_Static_assert(sizeof(struct file_look) == 48 + WIRE_COMM_LEN, "no holes");

/* CPU time of a thread that is not monitored, ns since it began. */
struct neighbour_sample {
	__u64 process_start_ns; /* CLOCK_BOOTTIME */
	__u64 start_ns;
	__u64 run_ns;
	__u64 children_ns; /* first thread: of the children that its process has waited for, else 0 */
	__u32 tgid; /* 0: it is outside of boundby's PID namespace */
	__u32 tid;
	char comm[WIRE_COMM_LEN]; /* of its process */
};
_Static_assert(sizeof(struct neighbour_sample) == 40 + WIRE_COMM_LEN, "no holes");

#define WIRE_LOOK_FDS 8 /* descriptors of a set that are looked at */

/* resolved_waits: what the memory of a waiting thread says about its wait (ledger id -> this) */
struct wait_resolved {
	__u64 entered_ns; /* start of that wait: it says nothing about a later one */
	__u32 what; /* LOOK_* */
	__u32 kind; /* LOOK_FUTEX: enum lock_kind */
	__u32 holder; /* LOOK_FUTEX: futex_wait.holder */
	__u32 set_size; /* LOOK_POLL, LOOK_SELECT: descriptors in the set */
	__u64 address; /* LOOK_FUTEX: of the lock */
	__u64 word; /* LOOK_FUTEX: that it waits at */
	__u32 count; /* of fds */
	__u32 shared; /* LOOK_FUTEX: futex_wait.shared */
	__u32 fds[WIRE_LOOK_FDS]; /* in the set, or (LOOK_SOCKET) the one of the call */
};
_Static_assert(sizeof(struct wait_resolved) == 48 + 4 * WIRE_LOOK_FDS, "no holes");

#pragma GCC diagnostic pop
#endif
