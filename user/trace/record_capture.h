/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records about the capture itself: how, where and when it was made, what it lost and what it cost. */
#ifndef BOUNDBY_TRACE_RECORD_CAPTURE_H
#define BOUNDBY_TRACE_RECORD_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "states.h"

#define RECORD_UNKNOWN UINT64_MAX /* a figure that was not measured: null in JSON, never 0 */

enum capture_depth { DEPTH_SCHED, DEPTH_SYSCALLS };

/* Once, first: how the capture was made. */
struct record_capture {
	uint64_t start_realtime_ns; /* CLOCK_REALTIME minus CLOCK_MONOTONIC: add to any record time */
	uint64_t interval_ns; /* 0: one window */
	uint64_t stall_ns; /* an iteration of a loop this long is a stall */
	uint64_t switch_same_ns; /* cost of a switch within a process; RECORD_UNKNOWN */
	uint64_t switch_other_ns; /* ... and from another process, calibrated on that host */
	uint32_t depth; /* enum capture_depth */
	uint32_t cpus; /* online */
	char tool_version[32];
	char kernel[65]; /* uname release */
	char arch[16]; /* uname machine */
	bool from_trace; /* capture.source: trace instead of live */
	bool throttle_known; /* this kernel shows throttling */
	uint32_t left_out; /* bit per enum optional_part that this kernel did not let us load */
	bool sees_loops; /* each return from an event wait was seen, at depth sched too */
	bool follow_children;
	bool whole_host; /* its processes are many programs, not one */
};

/* Once, after it: where it was made. Analysis needs none of it. */
struct record_host {
	char host[65];
	char boot_id[40]; /* of the kernel's run: monotonic times of two runs do not compare */
	char hooks[160]; /* names, separated by commas */
	uint64_t opened_ns; /* when attaching began; with boot_id and recorder it names the recording */
	uint32_t recorder; /* boundby's own process number there */
};

/* A threshold that the user had set. */
struct record_setting {
	char name[32];
	uint64_t value; /* the bits of a double */
};

/* What follows, up to the BOUNDARY, is the state at at_ns. */
struct record_snapshot {
	uint64_t at_ns;
	bool last; /* it closes the window */
};

/* What was lost since the capture began, by enum loss_cause. */
struct record_loss {
	uint64_t count[NR_LOSSES];
	uint64_t recovered; /* missed hooks that hide nothing: made good from other stamps */
	uint64_t lock_dropped; /* futex waits that found the table of locks full ... */
	uint64_t lock_dropped_ns; /* ... and their time: in the ledger, but at no lock */
	uint64_t stacks_dropped; /* of long waits: no room or no time for them */
	uint64_t places_refused; /* samples for RECORD_PLACE that were too many ... */
	uint64_t places_refused_ns[NR_STATES]; /* ... and the time that they stand for */
	uint64_t intervals_dropped; /* RECORD_INTERVAL that there was no room for; they are in the sums */
	uint64_t hidden_ns; /* time of threads whose sums were lost: target-level unobserved */
	uint64_t names_lost; /* questions about stacks, names and runtimes that had no answer in time */
};

/* What watching cost, since the capture began. RECORD_UNKNOWN where it was not measured. */
struct record_overhead {
	uint64_t bpf_run_ns;
	uint64_t bpf_runs;
	uint64_t reader_cpu_ns;
	uint64_t reader_rss_bytes;
	uint64_t attach_ns; /* from the start of attaching to the opening of the window */
	uint64_t read_ns; /* reading all ledgers once, the last time */
	uint64_t bursts; /* times that it looked closer for a moment, at depth syscalls, ... */
	uint64_t burst_ns; /* ... and for how long in all */
	uint64_t given_up_ns[NR_DETAILS]; /* how long each detail was not measured, to keep a budget */
};

/* What to add to a record's time from here on: the wall clock may be set while it is watched. */
struct record_clock {
	uint64_t realtime_ns; /* as capture.start_realtime_ns */
};

struct record_boundary {
	uint64_t at_ns;
};

#endif
