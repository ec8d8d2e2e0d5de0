/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a BPF session is made of: private to bpf_session.c and bpf_knobs.c. */
#ifndef BOUNDBY_COLLECT_BPF_BPF_SESSION_PARTS_H
#define BOUNDBY_COLLECT_BPF_BPF_SESSION_PARTS_H

#include <bpf/libbpf.h>
#include <errno.h>
#include <time.h>

#include "boundby.skel.h"
#include "collect/bpf/bpf_load.h"
#include "collect/bpf/bpf_session.h"
#include "collect/bpf/cpu_clock.h"
#include "collect/bpf/ring_drain.h"
#include "collect/bpf/samplers.h"
#include "lib/clock.h"

#define SETTLE_NS 300000ULL /* hooks that began before have finished */

struct bpf_session {
	struct bpf_loaded loaded;
	struct boundby_bpf *skel; /* the one that was loaded */
	struct ring_drain *drain;
	struct bpf_handlers handlers;
	int cpus;
	struct samplers samplers; /* of loops; at depth sched they run in bursts */
	struct cpu_clock clock; /* of computing, ... */
	__u64 clock_ns; /* ... its period, ... */
	double samples_per_s; /* ... and how many are taken on all CPUs, near enough */
	__u64 samples_seen; /* up to samples_ns: those left out too */
	__u64 samples_ns;
	__u32 follow; /* FOLLOW_* of targets that come later */
	__u64 sample_ns; /* of running, between two samples of a loop */
	struct bpf_link *burst_links[2]; /* system calls, NULL: no burst */
	__u64 lock_rows_gone; /* taken out of lock_waits again */
};

static inline void session_sleep_until(__u64 ns)
{
	struct timespec at = { .tv_sec = (time_t)(ns / 1000000000ULL),
			       .tv_nsec = (long)(ns % 1000000000ULL) };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR)
		;
}

#endif
