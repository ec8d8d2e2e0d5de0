/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the live source is made of: private to source_live.c, live_snapshot.c and live_forget.c. */
#ifndef BOUNDBY_COLLECT_SOURCE_LIVE_PARTS_H
#define BOUNDBY_COLLECT_SOURCE_LIVE_PARTS_H

#include <time.h>

#include "collect/bpf/bpf_session.h"
#include "collect/exits.h"
#include "collect/procfs/file_systems.h"
#include "collect/runtimes/interpreters.h"
#include "collect/places/lock_places.h"
#include "collect/waits/loops.h"
#include "collect/neighbours.h"
#include "collect/overhead.h"
#include "collect/places/place_rate.h"
#include "collect/places/places.h"
#include "collect/procfs/process_table.h"
#include "collect/record_queue.h"
#include "collect/thread_numbers.h"
#include "collect/source_live.h"
#include "collect/host/switch_cost.h"
#include "lib/clock.h"
#include "lib/units.h"

#define UNWINDS_EACH_TICK 2

/* What was turned while it watches; filled by live_knobs.c alone. */
struct live_knobs {
	uint64_t off_ns[NR_DETAILS]; /* since when each is given up, 0: it is kept ... */
	uint64_t given_up_ns[NR_DETAILS]; /* ... and for how long before */
	uint64_t bursts, burst_ns; /* how many, and how long those were that are over */
	uint64_t burst_from_ns, burst_until_ns; /* of the one that goes on, 0 none */
	uint64_t burst_next_ns; /* none before */
};

struct source_live {
	struct source source; /* first: the interface */
	struct reader *helper;
	struct bpf_session *session;
	struct live_config config; /* its borrowed arrays are gone after open */
	struct target_spec spec; /* endless: to be looked up again, ... */
	uint64_t look_ns; /* ... when */
	uint64_t due_ns; /* when the next snapshot is; 0: not known yet */
	struct process_table processes;
	struct interpreters interpreters;
	struct stack_reader stacks;
	struct lock_places lock_places;
	struct places places;
	struct place_rate place_rate;
	double places_per_s; /* of the configured ones, those that are taken */
	struct loops loops;
	struct file_systems file_systems;
	struct neighbours neighbours;
	__u64 locks_trimmed, locks_trimmed_ns; /* waits at locks that made room for others */
	struct exits exits;
	struct record_queue once; /* one-shot records: come before ... */
	struct thread_numbers numbers;
	struct record_queue open_locks; /* of the snapshot, whose holders are yet to be found */
	struct record_queue queue; /* ... the snapshot being delivered */
	uint64_t window_ns; /* first boundary */
	uint64_t before_ns; /* boundary of the snapshot before the one that is being made */
	uint64_t last_ns; /* newest boundary */
	uint64_t over_boot_ns; /* before_ns by CLOCK_BOOTTIME */
	uint64_t wait_rows; /* that stay in the kernel's table of waits, as they are counted ... */
	uint64_t wait_least_ns; /* ... those with less waiting make room */
	uint64_t listeners_ns; /* when listeners are to be looked up again */
	uint64_t reader_lost, intervals_dropped;
	size_t pending_next; /* of processes, where input that waits is looked for next */
	struct overhead overhead;
	struct live_knobs knobs;
	struct switch_cost switch_cost;
	uint64_t open_ns; /* when attaching began */
	uint64_t realtime_ns; /* the wall clock's offset from ours, as last recorded */
	uint64_t read_ns; /* what the last reading of all ledgers took */
	uint64_t tick_due_ns; /* config.on_tick is to be called by then */
	bool quiet; /* the last tick brought nothing, and left nothing to do */
	bool ended;
};

/* The wall clock's distance from CLOCK_MONOTONIC: of some readings the one that was least held up. */
static inline uint64_t live_realtime_ns(void)
{
	uint64_t best = UINT64_MAX, result = 0, before, wall, took;
	int i;

	for (i = 0; i < 3; i++) {
		before = clock_ns(CLOCK_MONOTONIC);
		wall = clock_ns(CLOCK_REALTIME);
		took = clock_ns(CLOCK_MONOTONIC) - before;
		if (took >= best)
			continue;
		best = took;
		result = wall - before - took / 2;
	}
	return result;
}

/*
 * Puts everything as of one instant into the queue. window: it opens the window. 0, or -1 with e
 * filled.
 */
int live_snapshot(struct source_live *live, bool window, struct err *e);

/* Can others still come when all that is watched has ended? */
bool live_may_come(const struct source_live *live);

/* Notes the processes of all threads that are watched now. */
void live_read_processes(struct source_live *live);

/* Looks for targets that came since, when it is time to. now: CLOCK_MONOTONIC ns. */
void live_look(struct source_live *live, uint64_t now);

/*
 * After all threads were read, marks the processes that have ended: no thread of them existed at
 * the previous snapshot, or since; or (settled: no thread is exiting) at the last one, and the exit
 * was recorded. Their final records go into live->once, and they are removed from the kernel's
 * tables.
 */
void live_mark(struct source_live *live, bool settled);
bool live_is_over(const struct source_live *live, uint32_t pid, uint64_t process_start_ns);

/* The snapshot was delivered: drops the ended processes. 0 or -ENOMEM. */
int live_forget(struct source_live *live);

/* Notes what watching costs, in the way it is watched now. */
void live_overhead_step(struct source_live *live, uint64_t now_ns, bool end);

/* Ends a burst that is due, or (end) any. Returns when the next is due, UINT64_MAX none. */
uint64_t live_knobs_tick(struct source_live *live, uint64_t now_ns, bool end);

/* Fills what was given up, and the bursts, as of at_ns. */
void live_knobs_fill(const struct source_live *live, uint64_t at_ns, struct record_overhead *ret);

/* Sets how often waits are sampled from now on. */
void live_places_step(struct source_live *live, uint64_t now_ns);

/* Fills e: the target was gone before anything was seen. -1. */
int live_end_unseen(struct err *e);

#endif
