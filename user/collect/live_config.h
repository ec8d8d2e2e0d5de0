/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What to watch, for how long, and how closely: the settings of the live source. */
#ifndef BOUNDBY_COLLECT_LIVE_CONFIG_H
#define BOUNDBY_COLLECT_LIVE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/err.h"
#include "trace/record.h"

/* Samples of where threads wait, per second: of a diagnosis, and of a watch that runs all day. */
#define PLACES_PER_S 200
#define PLACES_PER_S_OF_A_WATCH 20

/*
 * Between two samples of what computes on a CPU: 99 and 19 a second, at distances that no period of a
 * program is a multiple of.
 */
#define CLOCK_NS 10101019ULL
#define CLOCK_NS_OF_A_WATCH 52631587ULL

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
	uint64_t clock_ns; /* between two samples of what computes on a CPU; 0: none are taken */
	uint64_t events_ns; /* off-CPU intervals this long are recorded one by one; 0 none */
	uint64_t interval_ns; /* a report for each, 0: one report */
	uint64_t window_ns; /* how often a snapshot is taken; 0: only at the end */
	uint32_t threads_max; /* at a time; more are counted as lost. 0: 65,536 */
	double places_per_s; /* samples of where threads wait, and of where they compute; 0 none */
	bool bursts; /* source_live_detail, _pause and _burst will be used; for DEPTH_SCHED */
	const volatile int *stop; /* set to non-zero by a signal handler: end now, with a report */
	/* called once when the window has opened; -1 with e filled ends it again; may be NULL */
	int (*on_started)(void *arg, struct err *e);
	void *on_started_arg;
	/* called each tick while it waits; returns when it is to be called next; may be NULL */
	uint64_t (*on_tick)(void *arg);
	void *on_tick_arg;
	unsigned int verbose; /* let libbpf's warnings through, 2: all it says */
	const char *btf; /* file with the types of this kernel; NULL: where it shows them */
};

#endif
