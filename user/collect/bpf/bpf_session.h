/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The BPF side as one object: open, configure, load, fill filters, attach, seed; then boundaries,
 * reading of ledgers, events and tables. What can be turned while the programs run is in bpf_knobs.c;
 * no other file sees the skeleton.
 */
#ifndef BOUNDBY_COLLECT_BPF_BPF_SESSION_H
#define BOUNDBY_COLLECT_BPF_BPF_SESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "collect/bpf/iterator.h"
#include "collect/bpf/tables.h"
#include "collect/live_config.h"
#include "collect/procfs/target.h"
#include "lib/err.h"
#include "wire_look.h"

struct bpf_session;

struct bpf_handlers {
	void (*thread_exit)(void *arg, const struct thread_exit_event *event);
	void (*histogram)(void *arg, const struct histogram_event *event);
	void (*loop_found)(void *arg, const struct thread_event *event);
	void (*loop)(void *arg, const struct loop_event *event);
	void (*stall)(void *arg, const struct stall_event *event);
	void (*interval)(void *arg, const struct interval_event *event);
	void (*process)(void *arg, const struct process_event *event);
	void (*stack)(void *arg, const struct stack_event *event);
	void *arg;
};

/*
 * Leaves out as many samples of computing as there are too many, each with the same probability; to be
 * called a few times a second. now: CLOCK_MONOTONIC ns.
 */
void bpf_session_thin_samples(struct bpf_session *session, __u64 now);

/* From now on at most this many samples of computing are kept each second. */
void bpf_session_sample_rate(struct bpf_session *session, double per_s);

/* Opens, loads, attaches and seeds. 0, or -1 with e filled. Close with bpf_session_close. */
int bpf_session_open(const struct live_config *config, const struct target_list *targets,
		     const struct bpf_handlers *handlers, struct bpf_session **ret, struct err *e);
void bpf_session_close(struct bpf_session *session);

/*
 * Sets a boundary a little ahead and waits until every CPU is past it. window: it also opens the
 * window, from which waits count. Returns the boundary, CLOCK_MONOTONIC ns.
 */
__u64 bpf_session_boundary(struct bpf_session *session, bool window);

/* Calls found() with each living thread's sample. 0, what found() said, or negative errno. */
int bpf_session_read_threads(struct bpf_session *session, bpf_found_thread *found, void *arg);

/*
 * Calls found() with a struct wait_look for each thread that has been in one wait since before_ns; 0:
 * for each whose wait cannot be classified without its memory. 0, the non-zero result of found(), or
 * negative errno.
 */
int bpf_session_look(struct bpf_session *session, __u64 before_ns, iterator_found *found,
		     void *arg);

/* Stores what the thread's memory says about its wait. id: of the ledger. 0 or negative errno. */
int bpf_session_resolve(struct bpf_session *session, __u64 id,
			const struct wait_resolved *resolved);

/* Applies what was stored to the ledgers, and clears it. 0 or negative errno. */
int bpf_session_resolve_all(struct bpf_session *session);

/*
 * Calls found() with a struct file_look for each socket of the targets that listens, or was accepted and
 * has unread bytes or no thread waiting for it, and for each file of the host that is one of the wanted
 * ends (wait_look.other_end). 0, the non-zero result of found(), or negative errno.
 */
int bpf_session_look_files(struct bpf_session *session, const __u64 *ends, size_t count,
			   iterator_found *found, void *arg);

/*
 * Calls found() with a struct neighbour_sample for each thread of the host that is not monitored and ran
 * since the reading before; all: for each. 0, what found() said, or negative errno.
 */
int bpf_session_neighbours(struct bpf_session *session, bool all, iterator_found *found, void *arg);

/* Hands waiting events to the handlers. How many there were, or negative errno. */
int bpf_session_drain(struct bpf_session *session);

/* Events that were taken from the kernel and could not be kept until bpf_session_drain. */
__u64 bpf_session_dropped(struct bpf_session *session);

/*
 * Makes these processes targets as well, and gives ledgers to their threads, and to those of their
 * children that are followed; existing ledgers are left alone. Returns how many are new, or
 * negative errno. With none, looks only for targets by the configuration: config->all.
 */
int bpf_session_add_targets(struct bpf_session *session, const struct target_list *targets);

/* Brings the listeners known from /proc up to date, by the namespaces of these processes. */
void bpf_session_renew_listeners(struct bpf_session *session, const pid_t *pids, size_t count);

/* Calls found() with each row of a table, which may be taken out by it. 0 or negative errno. */
int bpf_session_read_waits(struct bpf_session *session, tables_found_wait *found, void *arg);
int bpf_session_read_calls(struct bpf_session *session, tables_found_call *found, void *arg);
int bpf_session_read_locks(struct bpf_session *session, tables_found_lock *found, void *arg);

/*
 * Makes room when the table of locks is nearly full: the half with the least waiting goes. Adds
 * what went to *dropped and *dropped_ns. 0 or negative errno.
 */
int bpf_session_trim_locks(struct bpf_session *session, __u64 *dropped, __u64 *dropped_ns);

/* Says where the interpreter locks of a process lie. 0 or negative errno. */
int bpf_session_set_interpreter(struct bpf_session *session, __u32 tgid,
				const struct interpreter_locks *locks);

/* Says where the V8 of a process keeps its isolates. 0 or negative errno. */
int bpf_session_set_v8(struct bpf_session *session, __u32 tgid, const struct v8_roots *roots);

/* Says where the interpreter of a process keeps threads and frames. 0 or negative errno. */
int bpf_session_set_python(struct bpf_session *session, __u32 tgid,
			   const struct python_layout *layout);

/* The process has ended: removes what the previous calls stored for its PID. */
void bpf_session_forget_interpreter(struct bpf_session *session, __u32 tgid);

/*
 * Samples where a thread computes, each few ms that it runs, until its ledger (id) has ended: from
 * now on, or (depth sched) in each burst to come. 0 or negative errno, -ENOSPC: too many are.
 */
int bpf_session_sample_thread(struct bpf_session *session, __u32 tid, __u64 id);
void bpf_session_sample_end(struct bpf_session *session, __u64 id);

/*
 * The rest needs live_config.bursts.
 *
 * Keeps only this detail, DETAIL_*, from now on: sums of what is not kept do not grow.
 */
void bpf_session_detail(struct bpf_session *session, __u32 keeps);

/*
 * Stops watching, or goes on. All ledgers are unobserved from *ret_ns, CLOCK_MONOTONIC, on; or, with
 * the states that threads are in, up to there. Births and ends are seen anyway. Takes a look at
 * each thread of the host. 0, -EALREADY, -EOPNOTSUPP (depth syscalls), or negative errno.
 */
int bpf_session_pause(struct bpf_session *session, bool on, __u64 *ret_ns);

/*
 * Hooks system calls for so long, at depth sched; 0 ends that. The hooks do nothing when the time is
 * over, yet are there until it is ended. 0, -EBUSY when there is a burst or a pause, or negative errno.
 */
int bpf_session_burst(struct bpf_session *session, __u64 length_ns);

/* Is each return from an event wait seen, at depth sched too? */
bool bpf_session_sees_loops(const struct bpf_session *session);

/*
 * Samples waits, as bpf/places/place.bpf.h says, from a length of these ns on always; 0: none. per_s: that are
 * wanted; at most twice as many are taken.
 */
void bpf_session_places(struct bpf_session *session, __u64 work_ns, __u64 rest_ns, double per_s);

/* How many threads have a ledger and live. */
__u64 bpf_session_threads(const struct bpf_session *session);

/* Sums of all CPUs, without the figure of bpf_session_recursion(): read many times a second. */
void bpf_session_counters(struct bpf_session *session, struct run_counters *ret);

/* Hooks that the kernel left out because they came in the middle of themselves, by its own count. */
__u64 bpf_session_recursion(struct bpf_session *session);

/* Bit per enum optional_part that was not loaded. */
__u32 bpf_session_left_out(const struct bpf_session *session);

/* Names of the tracepoints that it is attached to, separated by commas. */
void bpf_session_hooks(const struct bpf_session *session, char *ret, size_t size);

/* Run time and runs of our programs while the kernel's statistics were on; -1 not known. */
int bpf_session_cost(struct bpf_session *session, __u64 *run_ns, __u64 *runs);

#endif
