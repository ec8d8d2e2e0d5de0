/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Map types, the ledger's in-kernel form, knobs and controls, shared by all programs. Definitions
 * stand in lifecycle.bpf.c.
 */
#ifndef BOUNDBY_MAPS_BPF_H
#define BOUNDBY_MAPS_BPF_H

#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "wire_look.h"

/* thread_ledger.state beyond enum ledger_state: not accounted */
enum ledger_phase {
	LEDGER_SEEDING = 64, /* made by the iterator, which has yet to look what the thread does */
	LEDGER_NEWBORN, /* forked, not yet on a run queue */
	LEDGER_EXITED, /* switched out for the last time */
};

/* The thread that is waking this one, stored before the wakeup. */
struct wake {
	__u64 word; /* futex word that the waker wakes, 0: it does something else */
	__u64 acquired; /* the lock that the waker itself was let into last */
	__u64 held; /* the lock that it can have held ... */
	__u64 held_ns; /* ... since then, no earlier */
	__u32 tgid; /* 0: not a thread in a system call */
	__u32 tid;
	__u32 kind; /* enum call_kind of its call */
	__u32 pad;
};

/* The event loop that a thread may be: from each return from its wait to the next entry. */
struct iteration {
	__u64 open_ns; /* return from the wait, 0: it is in it, or not known to be a loop */
	__u64 at_return[NR_STATES]; /* thread_counters.state_ns then, once noted */
	__u64 block_ns; /* longest wait since, ... */
	struct wait_site block; /* ... and where it was */
	__u64 timed_ns; /* waits at a futex since that only time ended */
	__u64 stack_block_ns; /* longest that a stack was taken for */
	__u64 stack_ns; /* when the next stack of a wait may be taken, ... */
	__u64 sample_ns; /* ... and of computing */
	__u64 event_ns; /* earliest time of the next stall event */
	__u64 slept; /* waits that slept, ever */
	__u64 cause_ns[NR_STALL_CAUSES]; /* while a stall is summed up */
	__u64 list; /* poll: address of the set of the wait it is in, 0 not known */
	__u32 burst; /* number of the burst that it began in, 0 none; cfg_loops: the epoch */
	__u32 served; /* poll: fd plus one that the waits delivered, 0 none yet */
	__u32 list_members;
	__u32 strength; /* of the object, by how much it outnumbers all others */
	__u8 asleep; /* it sleeps in the loop's wait */
	__u8 found; /* user space was notified */
	__u8 noted; /* at_return is of this iteration: sums do not change until its first switch */
	__u8 handed; /* the wait before it returned something to do */
	__u8 pad[4];
};

#define SERVED_RETURNS 2 /* cfg_loops: it returned from the wait, and its system call is about to */

/* Waits in one state that have ended, and as of thread_ledger.snap_ns. */
struct kept_histogram {
	struct wait_histogram now, snap;
};

/*
 * A thread is in few of the wait states. It has room for these in its ledger; what is beyond takes
 * rows of more_histograms.
 */
#define LEDGER_HISTOGRAMS 4
#define HISTOGRAM_REFUSED 0xffff /* thread_ledger.histogram_at: there was no row left */

/*
 * One thread. All writers but the seeding iterator hold the lock of the thread's run queue
 * (sched_switch and sched_wakeup fire under it), so plain stores suffice.
 */
struct thread_ledger {
	/* what each system call touches lies together: two lines of the cache */
	__u64 call_start_ns; /* depth syscalls: 0 not in a call whose entry was seen */
	__s32 call; /* depth syscalls, and bursts: number of the newest call */
	__u16 loop_waiting; /* it is in the wait of the loop that it is */
	__u16 served; /* 1: a call has succeeded since that wait; SERVED_RETURNS */
	__u32 call_row; /* of its process in call_rows, 0 none */
	__u32 ready; /* it is made: until then hooks on other CPUs leave it alone */
	__u64 last_block_ns; /* in an iteration: the wait that has just ended, in a call; 0 none */
	__u64 stack_ns; /* a stack is to be taken at the end of the call, for a wait this long ... */
	__u64 place_ns; /* ... and, or, as a sample that stands for so much time; 0 none */
	__u32 stack_burst; /* stack_ns: ... that ended in this burst */
	__u32 epoch; /* the monitoring period, or pause, in which it was last updated */
	struct wait_key wait; /* process, and where it blocks or last blocked */
	struct thread_counters total;
	struct thread_counters snap; /* total as of snap_ns */
	__u64 id;
	__u64 start_ns;
	__u64 since_ns; /* total is closed up to here */
	__u64 entered_ns; /* state began here */
	__u64 crossing_ns; /* boundary whose snapshot has been started ... */
	__u64 snap_ns; /* ... and finished */
	__u64 snap_entered_ns;
	__u64 run_delay_ns; /* the scheduler's own count when it last ran, for missed hooks */
	__u64 executed_ns; /* the scheduler's own count of its running, at its last switch-out */
	__u64 stolen_ns; /* what its CPU had lost to others when it was switched in */
	__u64 queued_ns; /* length of the last runnable interval, as measured, ... */
	__u64 queued_from_ns; /* ... and its start */
	__u64 lender_ns; /* the last sleep, see ledger_lend: its start, 0 none, ... */
	__u64 lender_left_ns; /* ... what it can still give, ... */
	__u64 poll_set; /* struct eventpoll * of the wait it is in, 0 none */
	__u64 poll_walk_ns; /* when the set was last examined */
	__u64 random; /* state of place_random() */
	__u32 state; /* enum ledger_state or ledger_phase */
	__u32 snap_state;
	__u32 tid;
	__u32 ppid;
	__u32 follow; /* FOLLOW_* */
	__u32 flags; /* SAMPLE_* */
	__u32 born;
	__u32 cpu; /* it last ran on */
	__u32 lender; /* ... and its state */
	__u32 queued_state; /* state of queued_ns, STATE_UNOBSERVED none */
	__u8 throttled; /* this runnable interval is due to the quota */
	__u8 poll_io; /* result of the last poll_look at the set */
	__u8 pad[2];
	struct futex_wait futex;
	struct wake wake; /* written by its waker, under its pi_lock */
	__u64 acquired; /* the lock that a wake let it into last */
	__u64 held; /* the lock that it last got or gave by a wake ... */
	__u64 held_ns; /* ... and when */
	__u64 futex_end_ns; /* end of the last futex wait, ... */
	__u64 kernel_lock; /* sleeping lock of the kernel that it waits for, 0 none, ... */
	__u32 kernel_lock_object; /* ... and enum blocked_object of it */
	__u32 blind; /* LOOK_*: what is yet to be read to tell the wait that it is in */
	__u64 stack_lock; /* ... at this lock; 0: none is */
	__u64 episode_ns; /* ... length of all retries so far when it is one for the GIL */
	struct waker wakers[WIRE_WAKERS_LEN];
	__u16 histogram_at[WIRE_WAIT_STATES]; /* of each state, see histogram_place(); 0 none yet */
	__u16 histograms_used; /* of these: */
	__u32 pad3;
	struct kept_histogram histograms[LEDGER_HISTOGRAMS];
	struct iteration iteration;
	struct loop_sums loop;
	struct wait_site snap_site;
	struct futex_wait snap_futex;
	/* what it was seen doing when watching went on: true while no hook has come since */
	__u32 seen_epoch; /* in this monitoring period; written last */
	__u32 seen_state; /* enum ledger_state */
	__u64 seen_poll_set;
	struct wait_site seen_site;
	struct futex_wait seen_futex;
	__u32 seen_blind; /* as blind */
	__u32 pad2;
};

/*
 * The kernel takes storage from its caches of 4 kB, where its own head needs up to 136 bytes: so
 * 65,536 ledgers are 256 MB.
 */
_Static_assert(sizeof(struct thread_ledger) <= 4096 - 136, "a ledger fits in one page");

struct thread_ledgers {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct thread_ledger);
};

/*
 * Threads that compute and wait at many places are in six or seven states: 8,192 rows of 288 bytes
 * (2.4 MB) are for 2,700 of them; 32,768 (9.4 MB), for a whole host, for 11,000.
 */
struct histogram_rows {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 8192);
	__type(key, __u32);
	__type(value, struct kept_histogram);
};

/* Rows of more_histograms whose threads have ended. */
struct free_rows {
	__uint(type, BPF_MAP_TYPE_STACK);
	__uint(max_entries, 8192);
	__type(value, __u32);
};

struct event_ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 * 1024 * 1024);
};

struct stack_ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 2 * 1024 * 1024);
};

struct wait_table {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, struct wait_key);
	__type(value, struct wait_total);
};

struct lock_table {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, struct lock_key);
	__type(value, struct lock_total);
};

struct interpreter_table {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, struct interpreter_locks);
};

struct python_table {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, struct python_layout);
};

struct v8_table {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, struct v8_roots);
};

/* Room for a shell that starts a thousand commands a second, each with its twenty calls. */
struct call_table {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 131072);
	__type(key, struct call_key);
	__type(value, struct call_total);
};

struct call_rows_table {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, WIRE_CALL_ROWS *WIRE_CALLS);
	__type(key, __u32);
	__type(value, struct call_total);
};

struct process_rows_table {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, WIRE_CALL_ROWS);
	__type(key, struct process_key);
	__type(value, __u32);
};

struct resolved_table {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, struct wait_resolved);
};

struct wanted_table {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, __u64);
	__type(value, __u32);
};

struct look_scratch_table {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct wait_look);
};

struct target_table {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u32);
};

struct listener_table {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, struct listener_key);
	__type(value, __u32);
};

struct counter_table {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct run_counters);
};

struct scratch_table {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct thread_sample);
};

struct loop_scratch_table {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct loop_sample);
};

/* Room to look what a thread does while others may write to its ledger: only the iterator does. */
struct spare_table {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct thread_ledger);
};

extern struct thread_ledgers thread_ledgers SEC(".maps");
extern struct histogram_rows more_histograms SEC(".maps");
extern struct free_rows free_histograms SEC(".maps");
extern struct event_ring events SEC(".maps");
extern struct stack_ring stacks SEC(".maps");
extern struct wait_table wait_totals SEC(".maps");
extern struct lock_table lock_waits SEC(".maps");
extern struct interpreter_table interpreter_locks SEC(".maps");
extern struct python_table python_layouts SEC(".maps");
extern struct v8_table v8_roots SEC(".maps");
extern struct call_rows_table call_rows SEC(".maps");
extern struct process_rows_table process_rows SEC(".maps");
extern struct call_table call_totals SEC(".maps");
extern struct target_table target_processes SEC(".maps"); /* tgid -> FOLLOW_* */
extern struct target_table target_threads SEC(".maps"); /* tid -> FOLLOW_* */
extern struct listener_table listener_ports SEC(".maps");
extern struct counter_table run_counters SEC(".maps");
extern struct spare_table spare_ledger SEC(".maps");
extern struct scratch_table scratch SEC(".maps");
extern struct loop_scratch_table loop_scratch SEC(".maps");
extern struct resolved_table resolved_waits SEC(".maps");
extern struct look_scratch_table look_scratch SEC(".maps");
extern struct wanted_table wanted_ends SEC(".maps"); /* wait_look.other_end -> 1 */

/* knobs, set before load */
extern const volatile __u32 cfg_self_tgid; /* boundby itself, as its own PID namespace shows it */
extern const volatile bool cfg_nested; /* boundby is in a PID namespace below the host's */
extern const volatile bool cfg_has_prev_state; /* sched_switch has its 4th argument, 5.18 */
extern const volatile bool cfg_all; /* every process is a target */
extern const volatile bool cfg_calls; /* depth syscalls: entry and exit of calls are hooked */
extern const volatile bool cfg_loops; /* depth sched: entry and exit of event waits are hooked */
extern const volatile bool cfg_switch_stacks; /* stacks can be taken when a thread is switched in */
extern const volatile bool cfg_knobs; /* it may be paused, have bursts, and give up detail */
extern const volatile __u64 cfg_stall_ns; /* an iteration of a loop this long is a stall */
extern const volatile __u64 cfg_tick_ns; /* length of a jiffy */
extern const volatile __u64 cfg_events_ns; /* an off-CPU interval this long is an event; 0 none */
extern const volatile __u32 cfg_follow_default; /* FOLLOW_* for targets found by cfg_all */
extern const volatile __u32 cfg_histograms_max; /* rows of more_histograms */
extern const volatile __u32 cfg_threads_max; /* of live ledgers; more are counted */

extern __u64 own_pidns; /* struct pid_namespace * of boundby, where cfg_nested; ... */
extern __u32 own_pidns_level; /* ... and how deep it is */
extern __u64 last_ledger_id; /* ledgers are numbered from 1 */
extern __u32 call_rows_used; /* of call_rows, by processes */
extern __u32 histograms_used; /* of more_histograms, ever */
extern __u64 ledgers_live; /* threads that have a ledger and have not ended */

/* controls, written while running */
extern volatile __u64 boundary_ns; /* snapshots are to be taken as of here */
extern volatile __u32 have_interpreters; /* interpreter_locks is not empty */
extern volatile __u64 window_start_ns; /* waits count from here on */
extern volatile __u32 detail; /* DETAIL_*: what is kept */
extern volatile __u32 epoch; /* counts pauses and their ends; odd: paused */
extern volatile __u64 paused_ns; /* no hook up to here was passed over by the newest pause */
extern volatile __u64 resumed_ns; /* none from here on; ~0 not known yet */
extern volatile __u32 burst; /* number of the newest burst of depth syscalls ... */
extern volatile __u64 burst_until_ns; /* ... which ends here by itself; 0 none in progress */
extern volatile __u64 burst_from_ns; /* start of the newest, ... */
extern volatile __u64 burst_to_ns; /* ... and its end, which may be to come */
extern volatile __u64
	place_work_ns; /* a wait this long is always a sample, a shorter one less often; ... */
extern volatile __u64 place_rest_ns; /* ... the same for states of rest; 0: none are */
extern volatile __u32 place_tokens; /* samples in a period at most */
extern volatile __u32 samples_left_out; /* of those of computing, of 2^32; ... */
extern volatile __u64 sample_ns; /* ... and the time that one stands for */
extern volatile __u64 look_before_ns; /* look_waits: waits that began before; 0: unclassified ones */

/* Is this detail asked for? Without knobs all of it is, and nothing is looked up. */
static __always_inline bool keeps(__u32 which)
{
	return !cfg_knobs || detail & which;
}

/* The current monitoring period, or (odd) pause. */
static __always_inline __u32 epoch_now(void)
{
	return cfg_knobs ? epoch : 0;
}

/* Is each entry into an event wait, and each return from it, seen at all times? */
static __always_inline bool sees_loops(void)
{
	return cfg_calls || cfg_loops;
}

/* Depth sched: are system calls hooked for a moment? */
static __always_inline bool in_burst(__u64 now)
{
	return cfg_knobs && now < burst_until_ns;
}

/*
 * The ledger of a thread, NULL when it is none of ours. Storage is seen by all CPUs as soon as it
 * exists, zeroed; what a hook added to it before it has begun would never sum up again.
 */
static __always_inline struct thread_ledger *ledger_of(struct task_struct *task)
{
	struct thread_ledger *ledger = bpf_task_storage_get(&thread_ledgers, task, 0, 0);

	return ledger && ledger->ready ? ledger : NULL;
}

#endif
