/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The records: all that the analysis sees, live or replayed. A source yields, in order: CAPTURE,
 * HOST, SETTING; then for each snapshot first the one-shot records (threads that ended with their
 * WAKER, HISTOGRAM, LOOP and LAG; STALL, STALL_FRAME, INTERVAL; the final PROCESS, WAIT, CALL,
 * LOCK, LOCK_PLACE, LOCK_FRAME and PLACE of processes that ended), then one SNAPSHOT, then the
 * state of all that is alive (PROCESS, THREAD, WAIT, CALL, LOCK, LOCK_PLACE, LOCK_FRAME,
 * PLACE_FRAME, PLACE, WAKER, HISTOGRAM, LOOP, LAG, open STALL, LOSS, OVERHEAD, CLOCK, each kind in its own order), closed by one
 * BOUNDARY. The first BOUNDARY opens the window and the last one closes it. An intermediate
 * snapshot may be left out from SNAPSHOT to BOUNDARY: only resolution is lost.
 *
 * Sums are cumulative: the window's figures are last snapshot minus first, to the nanosecond; an
 * intermediate snapshot may be quantized (quantize.h). Times are CLOCK_MONOTONIC nanoseconds unless
 * stated otherwise.
 */
#ifndef BOUNDBY_TRACE_RECORD_H
#define BOUNDBY_TRACE_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "states.h"
#include "trace/record_capture.h"

#define RECORD_COMM_LEN 16
#define RECORD_LABEL_LEN 64

/* What a process is to its administrator; "" not known, or nothing. Any bytes, as in comm. */
struct record_label {
	char unit[RECORD_LABEL_LEN]; /* of systemd: "nginx.service" */
	char container[32]; /* "docker 0123456789ab" */
	char pod[RECORD_LABEL_LEN * 2]; /* of Kubernetes: "namespace/name", else its number */
	char script[RECORD_LABEL_LEN]; /* that an interpreter runs: file, module or jar, without path */
};

enum record_kind {
	RECORD_CAPTURE,
	RECORD_HOST,
	RECORD_SETTING,
	RECORD_SNAPSHOT,
	RECORD_PROCESS,
	RECORD_THREAD,
	RECORD_WAIT,
	RECORD_CALL,
	RECORD_LOCK,
	RECORD_LOCK_PLACE,
	RECORD_LOCK_FRAME,
	RECORD_PLACE_FRAME,
	RECORD_PLACE,
	RECORD_LONG_WAIT,
	RECORD_LONG_WAIT_FRAME,
	RECORD_BACKLOG,
	RECORD_NEIGHBOUR,
	RECORD_WAKER,
	RECORD_HISTOGRAM,
	RECORD_LOOP,
	RECORD_LAG,
	RECORD_STALL,
	RECORD_STALL_FRAME,
	RECORD_INTERVAL,
	RECORD_LOSS,
	RECORD_OVERHEAD,
	RECORD_CLOCK,
	RECORD_BOUNDARY,
	NR_RECORD_KINDS,
};

/* Facts of one process, taken while it lived. */
struct record_process {
	uint64_t start_ns; /* with pid the identity; CLOCK_BOOTTIME */
	uint64_t born_ns; /* 0: it lived before the watch began */
	uint64_t exited_ns; /* 0: it lives */
	uint64_t rss_bytes; /* RECORD_UNKNOWN when it was gone, as shared_bytes and the four counts */
	uint64_t shared_bytes; /* part of rss_bytes: of files, or of memory made to be shared */
	uint64_t writable_bytes; /* private memory that it may write to, used or not; 0 unknown */
	uint64_t threads; /* counts */
	uint64_t descriptors;
	uint64_t zombies; /* children that ended and were not waited for */
	uint64_t event_sets; /* epoll sets among its lowest fds; RECORD_UNKNOWN: not counted */
	uint64_t pending; /* sockets with input in event sets that no thread waits at; TCP */
	uint32_t pid;
	uint32_t ppid;
	uint32_t execs; /* how often it replaced its program while watched */
	char comm[RECORD_COMM_LEN];
	char exe[64]; /* base name of the executable, "" unknown */
	struct record_label label;
	char runtime[24]; /* "CPython", "" none known */
	char runtime_version[16]; /* "3.11" or "3.11.2", "" unknown */
	bool young; /* in its first seconds, which a start may take */
	bool no_frames; /* its runtime's own frames cannot be read */
	uint64_t frameworks; /* whose modules are loaded: a bit for each enum framework_id */
	uint32_t tracer_pid; /* 0 none */
	char tracer_comm[RECORD_COMM_LEN];
	uint32_t cpus_allowed; /* that it may use, 0 unknown; ... */
	uint64_t cpu_mask; /* ... which: CPU n is bit n mod 64 */
	uint64_t cpu_quota; /* of its cgroup, thousandths of a CPU; 0 none, as below */
	uint64_t memory_limit, memory_usage; /* of its cgroup, bytes */
	uint64_t memory_failures; /* times that the limit was hit since it was first looked at */
	uint64_t swap_bytes; /* of it that is swapped out */
	uint32_t file_lock_pid; /* holder of a file lock that it waits for, 0 none that is known */
	char file_lock_comm[RECORD_COMM_LEN];
};

/*
 * COUNTER(name): counts of switches of a thread: away from it, voluntary and not; between CPUs; and
 * to it, by what ran there before. A new one is a name here, its row in fields.c and its field in the
 * kernel's counters (wire.h); model and JSON follow.
 */
#define THREAD_COUNTERS(COUNTER)  \
	COUNTER(voluntary)        \
	COUNTER(involuntary)      \
	COUNTER(migrations)       \
	COUNTER(in_same_process)  \
	COUNTER(in_other_process) \
	COUNTER(in_idle)
#define COUNTER_FIELD(name) uint64_t name;

/* Sums of one thread from the start of its ledger to end_ns. */
struct record_thread {
	uint64_t id; /* unique in the capture */
	uint64_t process_start_ns; /* with pid: its process */
	uint64_t start_ns; /* its birth when born, else when its ledger began (before window) */
	uint64_t end_ns; /* state_ns is closed up to here: boundary or exit */
	uint64_t entered_ns; /* when the state that it is in at end_ns began */
	uint64_t state_ns[NR_STATES];
	uint64_t state_count[NR_STATES];
	uint64_t throttled_ns; /* part of runnable; RECORD_UNKNOWN when the kernel does not show it */
	THREAD_COUNTERS(COUNTER_FIELD)
	uint32_t pid;
	uint32_t ppid;
	uint32_t tid;
	uint32_t state; /* at end_ns */
	bool born; /* born while watched */
	bool exited; /* end_ns is its last switch-out */
	bool compat; /* 32-bit */
	char comm[RECORD_COMM_LEN];
};

/*
 * Where a process waited: sums of the waits that ended, and (open, count 0) one for each wait in
 * progress at the snapshot, with ns from its start or the first boundary. open rows replace the
 * open rows of the snapshot before; they are not cumulative.
 */
struct record_wait {
	uint64_t process_start_ns;
	uint64_t count;
	uint64_t ns;
	uint64_t max_ns;
	uint32_t pid;
	uint32_t tid; /* open rows only, else 0 */
	uint32_t state; /* enum ledger_state */
	uint32_t object; /* enum blocked_object */
	uint32_t device; /* major << 20 | minor of the file system, 0 none */
	int32_t call; /* number, -1 outside any call */
	uint16_t family; /* AF_INET, AF_INET6 or 0 */
	uint16_t peer_port; /* host byte order */
	uint8_t peer_addr[16]; /* network byte order */
	bool open;
	char call_name[24]; /* "" outside any call or unknown */
	char file_system[16]; /* type of that on device, "" none or unknown */
};

/* Calls of a process (depth syscalls). */
struct record_call {
	uint64_t process_start_ns;
	uint64_t count;
	uint64_t ns;
	uint32_t pid;
	int32_t call;
	char call_name[24];
};

#define RECORD_HISTOGRAM_LEN 36 /* by log2 of nanoseconds; the last takes all from 34 s up */

/* ROLE_NUMBERED: the holder as the memory of the lock names it, tid 0 if that is no thread of the process */
enum lock_role { ROLE_WAITER, ROLE_HOLDER, ROLE_NUMBERED };

/*
 * Finished futex waits of a process at one address, by waiter, and (ROLE_HOLDER) by the thread that
 * held or released the lock during the wait. kind is what one wait could determine. Open rows as in
 * record_wait.
 */
struct record_lock {
	uint64_t process_start_ns;
	uint64_t address;
	uint64_t count;
	uint64_t ns;
	uint64_t max_ns;
	uint64_t released; /* waits ended by a wake of this word ... */
	uint64_t handed; /* ... by a thread that had itself been woken that way */
	uint32_t pid;
	uint32_t tid;
	uint32_t kind; /* enum lock_kind */
	uint32_t role; /* enum lock_role; open rows: waiter */
	uint32_t holder; /* open rows only: thread that held it when the wait began, 0 not known */
	bool shared; /* not open rows: waits that other processes may end; others are rows of their own */
	bool stray; /* open rows only: its memory names a holder that is no thread of the process */
	bool open; /* a wait in progress at the snapshot: ns from its start or the first boundary */
	uint32_t histogram[RECORD_HISTOGRAM_LEN];
};

#define RECORD_SYMBOL_LEN 96
#define RECORD_PLACE_LEN 160
/* What stands in brackets behind a place in no file: with a name by the runtime, without, not mapped. */
#define PLACE_COMPILED "compiled while running"
#define PLACE_ANONYMOUS "anonymous memory"
#define PLACE_UNKNOWN "unknown"
#define RECORD_FILE_LEN 192
#define RECORD_MAX_FRAMES 64

/* What is known of the place of a lock: the same for all its record_lock, as of now. */
struct record_lock_place {
	uint64_t process_start_ns;
	uint64_t address;
	uint64_t device, inode, offset; /* of memory that several share; inode 0: private */
	uint32_t pid;
	char symbol[RECORD_SYMBOL_LEN]; /* "queue_lock", "table+16", "" none */
	char where[RECORD_PLACE_LEN]; /* of the longest wait: the program's own innermost function */
};

/* A function on the stack of the longest wait for a lock. Number 0 begins a new stack. */
struct record_lock_frame {
	uint64_t process_start_ns;
	uint64_t address; /* of the lock */
	uint32_t pid;
	uint32_t number; /* from 0, innermost first */
	char text[RECORD_PLACE_LEN];
};

/*
 * A function that something was called from, or that was sampled itself: a node of the tree that the
 * stacks of all processes form.
 */
struct record_place_frame {
	uint64_t id; /* unique in the capture, from 1 */
	uint64_t caller; /* id of the one that called it, 0: it is the outermost */
	char text[RECORD_PLACE_LEN];
	char file[RECORD_FILE_LEN]; /* full path of its source, or the end of it; "" not known */
};

/*
 * Where in the program a process spent time in a state: sums of samples, each of which stands for a
 * part of that time. The part is an estimate, the ledger is exact.
 */
struct record_place {
	uint64_t process_start_ns;
	uint64_t frame; /* record_place_frame.id, innermost; 0: the stack could not be read */
	uint64_t address; /* of the lock that it waited for, 0 none */
	uint64_t samples;
	uint64_t ns; /* that they stand for */
	uint32_t pid;
	uint32_t state; /* enum ledger_state */
	uint32_t object; /* enum blocked_object */
	uint32_t device; /* as in record_wait, and the next four */
	int32_t call;
	uint16_t family;
	uint16_t peer_port;
	uint8_t peer_addr[16];
	char call_name[24]; /* "" outside any call or unknown */
	char where[RECORD_PLACE_LEN]; /* the program's own innermost function, "" not known */
};

#define RECORD_RUNNER_LEN 64

/* A thread that has been in one wait for the whole window, as of its last boundary. */
struct record_long_wait {
	uint64_t thread_id; /* record_thread.id */
	uint64_t process_start_ns;
	uint64_t since_ns; /* start of the wait, or of the watch */
	uint32_t pid, tid;
	uint32_t other_pid; /* process at the other end of what it writes to or reads; 0 none was found */
	bool other_known; /* all processes were searched for the other end */
	bool other_many; /* of what it reads: more than one process but its own has the other end */
	char other_comm[RECORD_COMM_LEN];
	char where[RECORD_PLACE_LEN]; /* the program's own innermost function, "" not known */
	bool internal; /* only a thread of its process can end it: at a futex without timeout, or its input */
	bool library; /* its stack is known, and no function of the program itself is on it */
	char runner[RECORD_RUNNER_LEN]; /* library file that the thread runs in, "" the program's or unknown */
};

/* A function on its stack. Number 0 begins a new stack. */
struct record_long_wait_frame {
	uint64_t thread_id;
	uint32_t number; /* from 0, innermost first */
	char text[RECORD_PLACE_LEN];
};

/* A socket of a process at a boundary: a listener, or an accepted one that has unread data or no waiter. */
struct record_backlog {
	uint64_t process_start_ns;
	uint64_t inode; /* identity within the capture */
	uint32_t pid;
	uint32_t object; /* enum blocked_object */
	uint32_t pending; /* a listener's connections that wait to be accepted, else unread bytes or packets */
	uint32_t taken; /* TCP: how far the program has read, as a sequence number; a listener's: that of the
	                 * connection that is accepted next, 0 not known */
	uint32_t port; /* local, 0 none */
	bool waited; /* a thread waits for it, alone or in a set */
	bool shared; /* another process, or descriptor, has it too */
};

/* A process that is not watched, and its CPU time while others were: cumulative, of the windows that it ran in. */
struct record_neighbour {
	uint64_t process_start_ns; /* CLOCK_BOOTTIME */
	uint64_t cpu_ns; /* with that of children that it waited for */
	uint32_t pid; /* 0: outside of boundby's PID namespace */
	char comm[RECORD_COMM_LEN];
	char label[RECORD_LABEL_LEN]; /* unit or container, "" none known */
};

/* Threads that ended the waits of a thread that ended. */
struct record_waker {
	uint64_t thread_id; /* record_thread.id of the thread that waited */
	uint64_t count;
	uint64_t ns;
	uint32_t pid; /* 0: the kernel, from an interrupt, or too many to list */
	uint32_t tid;
	uint32_t state; /* enum ledger_state of the waits; 0: those that found no place */
};

/* Waits of a thread that ended, as of the reading, which may be a little after the boundary. */
struct record_histogram {
	uint64_t thread_id; /* record_thread.id */
	uint32_t state; /* enum ledger_state */
	uint32_t count[RECORD_HISTOGRAM_LEN];
};

#define RECORD_LAG_PARTS 4 /* buckets to an octave of nanoseconds, of equal width */
#define RECORD_LAG_FIRST 10 /* octave of the first: all below 2 us is in it */
#define RECORD_LAG_LEN ((36 - RECORD_LAG_FIRST) * RECORD_LAG_PARTS)

enum loop_kind { LOOP_KIND_EPOLL = 1, LOOP_KIND_POLL, LOOP_KIND_RING };

/*
 * The event wait that a thread returns to most; the model decides whether it is an event loop. Sums
 * since the thread's ledger began, as of the reading.
 */
struct record_loop {
	uint64_t thread_id;
	uint64_t process_start_ns;
	uint64_t waits; /* entries into the wait; depth sched: those that slept */
	uint64_t slept;
	uint64_t timed; /* with a timeout that is neither none nor 0 */
	uint64_t uneven; /* of a ring, for fewer or more than were submitted with it */
	uint64_t patient; /* with any timeout but 0 */
	uint64_t delivered; /* returns with something to do; depth syscalls */
	uint64_t unserved; /* ... without another call that succeeds before the next wait */
	uint64_t unlinked; /* waits of which it is not known whether another call came before */
	uint64_t several; /* poll: not 0 once more than one fd was delivered */
	uint64_t iterations; /* returns that an entry followed */
	uint64_t busy_ns; /* from return to entry */
	uint64_t max_ns;
	uint64_t stalls, stalled_ns; /* iterations of record_capture.stall_ns or more */
	uint64_t stalls_unsent; /* of those, without a record of their own */
	uint64_t burst_stalls,
		burst_stalled_ns; /* of those, seen in a burst: record_overhead.burst_ns */
	uint64_t cause_count[NR_STALL_CAUSES], cause_ns[NR_STALL_CAUSES];
	uint64_t open_ns; /* start of the current iteration, 0: in the wait */
	uint64_t burst_open_ns; /* of that, the part that the newest burst saw */
	uint64_t parts_ns[NR_STATES]; /* of that, up to now */
	uint32_t pid, tid;
	uint32_t kind; /* enum loop_kind */
	uint32_t descriptor; /* of the epoll set or ring */
	uint32_t members; /* fds in the set, UINT32_MAX not known */
	uint32_t sockets; /* of those; in a set without any, timers */
	uint32_t room; /* most events that a wait may return, 0 not known */
	bool waiting; /* it is in the wait, as of the reading */
};

/* Its iterations by length, in the buckets above. */
struct record_lag {
	uint64_t thread_id;
	uint32_t count[RECORD_LAG_LEN];
};

/* An iteration of a loop that was too long. In the order of their ends; each is recorded once. */
struct record_stall {
	uint64_t thread_id;
	uint64_t begin_ns, end_ns;
	uint64_t parts_ns[NR_STATES];
	uint64_t timed_ns; /* of STATE_CONDITION: waits that ended by timeout only */
	uint64_t block_ns; /* its longest wait, 0 none */
	struct record_wait block; /* where that was: state, object, call, peer */
	uint32_t tid;
	uint32_t samples; /* of its computing */
	bool open; /* in progress at the boundary; recorded again when it ends */
	char where[RECORD_PLACE_LEN]; /* the program's own innermost place, "" not known */
};

/* Is this a wait in a call that gives to a descriptor (write, send)? connect is none. */
bool record_wait_writes(const char *call_name);

/* ... in a call that waits for a signal, or a read of a signalfd? object: enum object_kind. */
bool record_wait_for_signal(const char *call_name, uint32_t object);

/* The largest part of a stall. */
enum stall_cause record_stall_cause(const struct record_stall *stall);

/* A function on the stack at the longest wait of the stall before, or while it computed. */
struct record_stall_frame {
	uint64_t thread_id, begin_ns; /* of the stall */
	uint32_t number; /* from 0, innermost first */
	char text[RECORD_PLACE_LEN];
};

/* An off-CPU interval in one state, if each one is requested; in the order of their ends. */
struct record_interval {
	uint64_t thread_id;
	uint64_t begin_ns, end_ns;
	uint32_t pid, tid;
	uint32_t state; /* enum ledger_state */
	uint32_t object; /* enum blocked_object */
	uint32_t waker_pid, waker_tid; /* 0: the kernel, or not known */
	char call_name[24]; /* "" outside any call or unknown */
};

struct record {
	enum record_kind kind;
	union {
		struct record_capture capture;
		struct record_host host;
		struct record_setting setting;
		struct record_snapshot snapshot;
		struct record_process process;
		struct record_thread thread;
		struct record_wait wait;
		struct record_call call;
		struct record_lock lock;
		struct record_lock_place lock_place;
		struct record_lock_frame lock_frame;
		struct record_place_frame place_frame;
		struct record_place place;
		struct record_long_wait long_wait;
		struct record_long_wait_frame long_wait_frame;
		struct record_backlog backlog;
		struct record_neighbour neighbour;
		struct record_waker waker;
		struct record_histogram histogram;
		struct record_loop loop;
		struct record_lag lag;
		struct record_stall stall;
		struct record_stall_frame stall_frame;
		struct record_interval interval;
		struct record_loss loss;
		struct record_overhead overhead;
		struct record_clock clock;
		struct record_boundary boundary;
	};
};

#endif
