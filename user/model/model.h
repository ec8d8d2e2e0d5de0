/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The model: plain structs that verdict and render read, built from the session's window:
 * processes, threads, waits and quality. Invariant: the states of every ledger sum to wall_ns.
 */
#ifndef BOUNDBY_MODEL_MODEL_H
#define BOUNDBY_MODEL_MODEL_H

#include <stddef.h>

#include "lib/state_names.h"
#include "trace/record.h"

/* A ledger: the time of one thread, process or target by state. */
struct ledger {
	uint64_t wall_ns; /* sum of all states */
	uint64_t state_ns[NR_STATES];
	uint64_t throttled_ns; /* part of runnable, RECORD_UNKNOWN not measured */
};

struct switch_counts {
	THREAD_COUNTERS(COUNTER_FIELD)
};

/* The longest of some: at least and at most so long. */
struct longest {
	uint64_t least_ns, most_ns;
};

#define MODEL_MAX_WAKERS 8
#define MODEL_MAX_HOLDERS 8
#define MODEL_MAX_LOCKS 100 /* of a process; the least are dropped and counted */

/* The threads that ended waits of a thread. */
struct waker_model {
	uint32_t pid; /* 0: the kernel, from an interrupt, or too many to list */
	uint32_t tid;
	uint32_t state; /* enum ledger_state; 0: of any state, those that found no place */
	uint64_t count, ns;
};

struct holder_model {
	uint32_t tid;
	uint64_t count, ns; /* waits of others that it made, and their time */
};

struct lock_model {
	uint64_t address;
	uint32_t kind; /* enum lock_kind */
	bool contention; /* its waits count as lock or gil, not as condition */
	bool inferred; /* decided by waiters and wakers, not by the word itself */
	uint64_t waits, wait_ns;
	struct longest longest;
	uint64_t handovers, handover_ns; /* GIL: waits of threads that yield it, not in wait_ns */
	uint64_t histogram[RECORD_HISTOGRAM_LEN]; /* waits by log2 of ns */
	uint32_t waiters; /* distinct threads */
	struct holder_model holders[MODEL_MAX_HOLDERS]; /* by ns, largest first */
	size_t holder_count;
	bool shared; /* in memory that processes share */
	char symbol[RECORD_SYMBOL_LEN]; /* "" unknown */
	char where[RECORD_PLACE_LEN]; /* of the longest wait, "" unknown */
	char (*frames)[RECORD_PLACE_LEN]; /* its stack, innermost first */
	size_t frame_count;
};

#define PLACE_MAX_DEPTH 256 /* frames of a stack */

/* A function that something was called from, or that time was spent in itself. */
struct place_frame {
	size_t caller; /* number in model->frames plus one, 0: it is the outermost */
	bool collects; /* it, or what called it, is a garbage collector's */
	char text[RECORD_PLACE_LEN];
	char file[RECORD_FILE_LEN]; /* full path of its source, or the end of it; "" not known */
};

/* What a process waits at, as in a struct wait_model; of STATE_ON_CPU only the state. */
struct place_site {
	uint32_t state, object, device;
	uint16_t family, peer_port;
	uint8_t peer_addr[16];
	char call_name[24];
};

struct place_model {
	uint64_t ns; /* exact in sum over the group, estimated by samples for this one, ... */
	uint64_t samples; /* ... their number; 0: a wait that lasted the whole window, which is exact */
	size_t frame; /* innermost, number in model->frames plus one; 0 not known */
	char call_name[24]; /* that it was in, "" none or unknown */
	char where[RECORD_PLACE_LEN]; /* the program's own innermost function, "" not known */
};

/* The places at which a process waited for one thing, or computed. */
struct place_group {
	uint64_t lock; /* address of a contended lock, all waits for it; 0: those at site */
	struct place_site site;
	uint64_t ns; /* by the ledger: the places sum to it */
	uint64_t samples;
	struct place_model *places; /* largest first */
	size_t place_count;
};

/* A wait that lasted the whole window. */
struct standing_model {
	uint32_t tid;
	uint32_t state, object, device;
	char comm[RECORD_COMM_LEN];
	char call_name[24];
	uint16_t family, peer_port;
	uint8_t peer_addr[16];
	uint64_t ns; /* since it began, or the watch did: also before the window */
	bool writes; /* it gives to a descriptor */
	bool waits_for_lock; /* at a futex: the next five are known */
	uint32_t lock_kind; /* enum lock_kind */
	uint64_t lock;
	uint32_t holder; /* thread of the same process, 0 not known */
	bool stray; /* the lock's memory names a holder that is no thread of the process */
	uint32_t other_pid; /* process at the other end of what it writes to or reads, 0 none was found:
	                     * of what it reads, its own counts as none */
	bool other_known; /* that was searched for */
	bool other_many; /* of what it reads: more than one */
	char other_comm[RECORD_COMM_LEN];
	char where[RECORD_PLACE_LEN]; /* "" not known */
	bool internal; /* only a thread of its process can end it: a futex, no timeout; its own input */
	bool library; /* its stack is known, and no function of the program itself is on it */
	char runner[RECORD_RUNNER_LEN]; /* library file that the thread runs in, "" none is known */
	char (*frames)[RECORD_PLACE_LEN]; /* innermost first */
	size_t frame_count;
};

/* A socket of the process that had the same identity when the window opened and when it closed. */
struct backlog_model {
	uint32_t object; /* enum blocked_object: a listener, or accepted */
	uint32_t port; /* local, 0 none */
	uint32_t pending_first,
		pending; /* connections that wait, or unread bytes: at begin and end */
	bool untouched; /* nothing was read, or accepted, from it */
	bool waited; /* a thread waited for it at the start or the end */
	bool shared; /* another process or descriptor has it too */
};

/* Why a thread that waits for many things is, or is not, an event loop. */
enum loop_class {
	LOOP_EVENT_LOOP,
	LOOP_TOO_FEW, /* it came back too rarely to say */
	LOOP_SPINS, /* it never slept: it looks, and waits for nothing */
	LOOP_READY, /* nor that: what it waits for is always ready, and it does nothing with it */
	LOOP_SHARED, /* several threads wait at the same set: a pool */
	LOOP_ONE, /* it waits for one partner */
	LOOP_RUNTIME, /* the runtime schedules its own threads on top of it */
};

#define MODEL_MAX_STALLS 100 /* of a process, shown with their parts; the longest */

struct loop_model {
	uint32_t tid;
	enum loop_class loop_class;
	uint32_t kind; /* enum loop_kind */
	uint32_t set; /* descriptor of the epoll set or ring */
	bool shared; /* one of several threads that serve the set: blocked when all are held */
	bool never_rests; /* next to none of its waits slept */
	bool of_two; /* it polls two descriptors: it may pass data from one to the other, no more */
	uint64_t iterations;
	uint64_t busy_ns; /* from return to entry */
	uint64_t lag_p50_ns, lag_p99_ns; /* RECORD_UNKNOWN without an iteration */
	struct longest lag; /* most_ns RECORD_UNKNOWN without an iteration */
	uint32_t lag_count[RECORD_LAG_LEN]; /* iterations by length; all 0 when not measured */
	uint64_t stalls, stalled_ns; /* with the one that goes on */
	uint64_t burst_stalls; /* of those in bursts, which see what ends without a long wait too, ... */
	uint64_t burst_stalled_ns; /* ... and for how long they saw them */
	uint64_t cause_count[NR_STALL_CAUSES], cause_ns[NR_STALL_CAUSES]; /* of those that ended */
};

struct stall_model {
	uint32_t tid;
	uint64_t begin_ns, duration_ns; /* of the whole stall, also before or after the window */
	bool open; /* it goes on at the window's end */
	enum stall_cause cause;
	struct ledger parts;
	uint64_t block_ns; /* its longest wait, 0 none ... */
	struct wait_model *block; /* ... and where, NULL none */
	char where[RECORD_PLACE_LEN]; /* "" not known */
	char (*frames)[RECORD_PLACE_LEN]; /* innermost first */
	size_t frame_count;
};

/* An off-CPU interval in one state; kept only if each was requested (--events). */
struct interval_model {
	uint32_t pid, tid;
	uint32_t state, object; /* enum ledger_state, enum blocked_object */
	uint32_t waker_pid, waker_tid; /* the thread that ended it; 0 the kernel, or not known */
	uint64_t begin_ns, end_ns;
	char call_name[24]; /* "" outside any call or unknown */
};

struct thread_model {
	uint32_t tid; /* 0 when several ended threads were merged */
	uint64_t count; /* threads in this row: 1, or more when ended threads were merged by name */
	bool exited; /* ended inside the window */
	char comm[RECORD_COMM_LEN];
	struct ledger time;
	struct switch_counts switches;
	uint64_t state_count[NR_STATES]; /* times each state was entered inside the window */
	uint32_t open_state; /* the state at the window's end */
	uint64_t open_ns; /* how long it had lasted by then inside the window, 0 when exited */
	uint64_t unended_ipc_ns; /* ipc wait that never ended in the window: rest, not I/O */
	uint64_t inner_ns; /* part of its waits that was spent on monitored threads doing work */
	uint32_t *histogram[NR_STATES]; /* RECORD_HISTOGRAM_LEN of ended waits, NULL not measured */
	struct waker_model wakers[MODEL_MAX_WAKERS]; /* by ns, largest first; none in merged rows */
	size_t waker_count;
};

struct wait_model {
	uint32_t state, object, device;
	char call_name[24];
	char file_system[16]; /* type of that on device, "" none or unknown */
	uint16_t family, peer_port;
	uint8_t peer_addr[16];
	uint64_t waits; /* that ended in the window, plus the open ones */
	uint64_t wait_ns;
	struct longest longest;
	uint64_t open_ns; /* part of wait_ns: waits that had not ended when the window did */
	uint64_t before_ns; /* no part of it: what had been waited when the window opened */
};

struct call_model {
	char name[24];
	uint64_t count, ns;
};

/* A figure of a process over the snapshots of the capture. */
struct growth_model {
	uint64_t first, last; /* RECORD_UNKNOWN: not known */
	double per_s; /* from the first to the last; NAN not known */
	uint32_t steps,
		rises; /* number of comparisons with the snapshot before, and of those in which it
		        * rose */
	double slowed; /* part by which the later half of the steps rose slower than all: 0 alike, 1 not at
	                * all */
};

struct process_model {
	uint32_t pid, ppid;
	uint64_t merged; /* 0; or pid 0, and this many ended processes of this name are in the row */
	uint64_t start_ns;
	bool born; /* started inside the window */
	bool exited;
	uint32_t execs;
	char comm[RECORD_COMM_LEN];
	char exe[64];
	struct record_label label;
	uint64_t rss_bytes; /* RECORD_UNKNOWN */
	uint64_t shared_bytes; /* of rss_bytes; RECORD_UNKNOWN */
	uint64_t zombies; /* children not waited for; RECORD_UNKNOWN */
	uint64_t pending; /* sockets with input in event sets that no thread waited at */
	uint64_t event_sets; /* epoll sets that it has; RECORD_UNKNOWN */
	struct growth_model memory, thread_growth, descriptors; /* bytes, counts */
	struct growth_model writable; /* private bytes that it may write to, used or not */
	struct ledger time;
	struct switch_counts switches;
	uint64_t unended_ipc_ns;
	uint64_t inner_ns[NR_STATES]; /* part of a wait that was spent on monitored threads doing
	                               * work */
	bool had_children; /* watched ones that ended and have no rows of their own: ... */
	uint64_t children_ns; /* ... what they were busy */
	uint64_t child_inner_ns; /* of several in one row: waits for children that were watched */
	struct thread_model *threads;
	size_t thread_count; /* rows */
	uint64_t threads_seen; /* threads, merged ones counted each */
	struct wait_model *waits; /* by wait_ns, largest first */
	size_t wait_count;
	struct call_model *calls; /* by ns, largest first; empty at depth sched */
	size_t call_count;
	uint64_t unattributed_ns; /* of time: what could not be classified */
	struct standing_model *standing; /* waits that lasted the whole window */
	size_t standing_count;
	struct backlog_model *backlogs;
	size_t backlog_count;
	struct place_group *place_groups; /* by ns, largest first */
	size_t place_group_count;
	struct lock_model *locks; /* by wait_ns, contention first */
	size_t lock_count;
	uint64_t locks_dropped; /* that did not fit MODEL_MAX_LOCKS */
	uint64_t turns_ns; /* of the time in lock: at a lock of the runtime, recognised by its
	                    * wakers */
	uint32_t turns_threads; /* that take it in turn ... */
	char turns_name[RECORD_COMM_LEN]; /* ... and their name */
	char runtime[24], runtime_version[16]; /* "" unknown */
	bool no_frames; /* its runtime's own frames cannot be read */
	uint64_t frameworks; /* whose modules are loaded: a bit for each enum framework_id */
	uint32_t tracer_pid; /* 0 none */
	char tracer_comm[RECORD_COMM_LEN];
	uint32_t cpus_allowed; /* that it may use, 0 unknown; ... */
	uint64_t cpu_mask; /* ... which: CPU n is bit n mod 64 */
	uint64_t cpu_quota; /* of its cgroup, thousandths of a CPU; 0 none, as below */
	uint64_t memory_limit, memory_usage; /* of its cgroup, bytes */
	uint64_t memory_failures; /* times that the limit was hit */
	uint64_t swap_bytes; /* of it that is swapped out */
	uint32_t file_lock_pid; /* holder of a file lock that it waits for, 0 none that is known */
	char file_lock_comm[RECORD_COMM_LEN];
	struct loop_model *loops; /* by stalled_ns, largest first */
	size_t loop_count;
	struct stall_model *stalls; /* of its loops, longest first */
	size_t stall_count;
	uint64_t stalls_left_out; /* without a row of their own; in the sums of loops */
};

/* A process that was not watched, and had CPU time in the window. */
struct neighbour_model {
	uint32_t pid; /* 0: outside of boundby's PID namespace */
	uint64_t start_ns, cpu_ns;
	char comm[RECORD_COMM_LEN];
	char label[RECORD_LABEL_LEN]; /* unit or container, "" none known */
};

struct model {
	struct record_capture capture;
	char host[65]; /* where it was made, "" unknown */
	uint64_t start_ns; /* window start */
	uint64_t duration_ns; /* window length */
	struct ledger time; /* whole target */
	struct switch_counts switches;
	uint64_t unended_ipc_ns;
	uint64_t inner_ns[NR_STATES]; /* sum over the processes */
	uint64_t threads_seen;
	uint64_t lost[NR_LOSSES];
	uint64_t lost_total;
	uint64_t recovered; /* events missed that hide nothing */
	uint64_t lock_dropped, lock_dropped_ns; /* waits at locks that were too many to keep */
	uint64_t stacks_dropped; /* of long waits */
	uint64_t names_lost; /* questions about stacks, names and runtimes without an answer */
	uint64_t intervals_dropped; /* of --events; they are in the sums */
	uint64_t places_refused; /* samples of places that were too many, ... */
	uint64_t places_refused_ns[NR_STATES]; /* ... and the time that they stand for */
	struct place_frame *frames; /* of the stacks of all places */
	size_t frame_count;
	uint64_t hidden_ns; /* thread time lost altogether; inside time.unobserved */
	struct record_overhead overhead; /* of the window */
	struct interval_model *intervals; /* that ended in the window, in the order of their ends */
	size_t interval_count;
	struct process_model *processes; /* targets first as given, then by wall */
	size_t process_count;
	struct neighbour_model *neighbours; /* those with most CPU time, by it */
	size_t neighbour_count;
	uint64_t neighbour_ns; /* of all of them */
};

/* What a question is about: one process (NULL: all of the model), from first to before end. */
struct process_range {
	const struct process_model *first, *end;
};

/* The time that the samples of places stand for which were refused. */
uint64_t model_places_refused_ns(const struct model *model);

/* Processes of a row, and of the model: those that share a row count each. */
uint64_t model_processes_of(const struct process_model *process);
uint64_t model_processes(const struct model *model);

/* The first process of this number, NULL: there is none. */
const struct process_model *model_process_of(const struct model *model, uint32_t pid);

/* Time in waits for a signal, ns: a part of STATE_OTHER, and rest for certain. */
uint64_t model_signal_ns(const struct process_model *process);

struct process_range model_range(const struct model *model, const struct process_model *process);

/* Did an event loop of the process (NULL: of any) not return to its wait in the whole window? */
bool model_loop_never_returned(const struct model *model, const struct process_model *process);

/* The name of a thread without the number at its end: "pool-1-thread-3" -> "pool-1-thread". */
void model_base_name(const char *comm, char ret[RECORD_COMM_LEN]);

/*
 * Work as in section 5 of the contract, in ns: CPU, runnable, I/O and waits for locks, without pipe
 * waits that never ended and waits for monitored threads that are doing work. The busiest thread or
 * process is the one with the most of it.
 */
uint64_t model_thread_work_ns(const struct thread_model *thread);
uint64_t model_process_work_ns(const struct process_model *process);

/* Does this thread wait at an event set for most of its time, or return to one? */
bool model_is_at_set(const struct process_model *process, const struct thread_model *thread);

/* Was the thread for most of its time stopped, not watched, or in a wait for work? */
bool model_is_parked(const struct thread_model *thread);

/*
 * Whether this thread neither waits at an event set nor returns to one, and does something other
 * than waiting for other work. A loop's thread that sleeps elsewhere does: it serves no request
 * during that time.
 */
bool model_is_away(const struct model *model, const struct process_model *process,
		   const struct thread_model *thread);

/* Is this frame a function of the C library that waits for a lock and nothing else? */
bool model_waits_for_lock(const char *frame);

/* Is this thread, which does not share its row, an event loop? */
bool model_is_loop(const struct process_model *process, const struct thread_model *thread);

/* Upper end of a bucket of lags, ns: an iteration in it lasted less, except the last bucket. */
uint64_t model_lag_end_ns(size_t bucket);

/* Was this detail given up for most of the window? What is left does not stand for the whole. */
bool model_gave_up(const struct model *model, enum detail_place which);

/* How long it was; RECORD_UNKNOWN where that is not known to the nanosecond. */
uint64_t longest_ns(const struct longest *longest);
void longest_add(struct longest *to, const struct longest *one);

/* Adds a ledger to another. */
void ledger_add(struct ledger *to, const struct ledger *from);
void switches_add(struct switch_counts *to, const struct switch_counts *from);

/*
 * Cost of the switches, ns, by the host's calibrated price of one; RECORD_UNKNOWN without one. An
 * idle CPU keeps the address space of the previous task, so a switch from idle is priced as one
 * within a process.
 */
uint64_t switches_cost(const struct record_capture *capture, const struct switch_counts *switches);

/* Frees what the model owns; the struct itself belongs to the caller. */
void model_free(struct model *model);

#endif
