/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The live source: attaches to the targets on open, waits, takes snapshots, detaches on close. */
#ifndef BOUNDBY_COLLECT_SOURCE_LIVE_H
#define BOUNDBY_COLLECT_SOURCE_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "trace/source.h"

#define LIVE_TICK_NS 50000000ULL /* how often events are taken and the end is looked for */
#define LIVE_QUIET_TICK_NS 200000000ULL /* the same of a patient one in which nothing happens */

struct live_config {
	const pid_t *pids; /* borrowed until open returns, as all arrays here */
	size_t pid_count;
	const pid_t *tids;
	size_t tid_count;
	const char *const *names; /* comm of processes to watch */
	size_t name_count;
	const char *const *cgroups; /* cgroup directories */
	size_t cgroup_count;
	bool all; /* every process but kernel threads and boundby itself */
	bool follow_children;
	/*
	 * Names, cgroups and "all" stand for whichever processes match at any time, possibly none
	 * at first: they are looked up repeatedly. Without these, the watch ends with its last
	 * target, since no new one can appear.
	 */
	bool endless;
	bool patient; /* no user waits for its end: it may be reported a moment later */
	enum capture_depth depth;
	uint64_t duration_ns; /* 0: until *stop or until no target lives */
	uint64_t stall_ns; /* an iteration of an event loop this long is a stall */
	uint64_t events_ns; /* off-CPU intervals this long are recorded one by one; 0 none */
	uint64_t interval_ns; /* a report for each, 0: one report */
	uint64_t window_ns; /* how often a snapshot is taken; 0: only at the end */
	uint32_t threads_max; /* at a time; more are counted as lost. 0: 65,536 */
	bool bursts; /* source_live_detail, _pause and _burst will be used; for DEPTH_SCHED */
	const volatile int *stop; /* set to non-zero by a signal handler: end now, with a report */
	/* called once when the window has opened; -1 with e filled ends it again; may be NULL */
	int (*on_started)(void *arg, struct err *e);
	void *on_started_arg;
	/* called each tick while it waits; returns when it is to be called next; may be NULL */
	uint64_t (*on_tick)(void *arg);
	void *on_tick_arg;
	bool verbose; /* let libbpf's messages through */
};

/*
 * Finds the targets, loads and attaches the BPF programs, seeds the ledgers.
 * Returns 0 and the source in *ret, or -1 with e filled (exit code and sentence).
 */
int source_live_open(const struct live_config *config, struct source **ret, struct err *e);

/*
 * What watching has cost so far: run time of the BPF programs, by sample, and our own CPU time; ns
 * since the window opened. False: not known yet.
 */
bool source_live_cost(struct source *source, uint64_t *ret_hooks_ns, uint64_t *ret_own_ns);

/*
 * For a source opened with live_config.bursts; to be called between two records, or on a tick.
 *
 * Keeps only this detail from now on: DETAIL_STACKS, DETAIL_WAKERS, DETAIL_HISTOGRAMS, or DETAIL_ALL.
 */
void source_live_detail(struct source *source, uint32_t keeps);

/*
 * Stops watching until it is called with false: that time is unobserved, births and ends are not
 * missed. Each call looks at every thread of the host: a microsecond or so for each. 0, or negative
 * errno, and then it watches.
 */
int source_live_pause(struct source *source, bool on);

/*
 * Looks closer, with depth syscalls, from now on for so long, at most 200 ms; ended in the waiting
 * for the next record, and by any pause; 0 ends it now. Returns 0, or -EAGAIN (the last one was
 * too short a while ago: one part in 49 of the time may be spent so), -EBUSY (there is one, or it
 * is paused), or another negative errno.
 */
int source_live_burst(struct source *source, uint64_t length_ns);

#endif
