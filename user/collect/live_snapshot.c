// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One snapshot. Receives the live source; hands on, in its queue, the records of all threads,
 * processes, waits, locks and loops as of one instant, closed by a boundary.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "collect/live.h"
#include "collect/translate.h"
#include "exit_codes.h"

#define READS_AT_THE_END 20 /* stalls of the last tick, and those that there was no time for */
#define LOCK_WORTH_A_LOOK_NS 1000000ULL /* waited for less in all: its name is not looked up */
/*
 * What is torn was being changed while it was read: mostly at once over, but a virtual CPU may be
 * taken away in the middle of it.
 */
#define READ_TRIES 10
#define TORN_PAUSE_NS 1000000L
#define SETTLE_TRIES 50 /* a thread that ends may have to wait for a CPU to do so */
#define SETTLE_NS 1000000

struct snapshot {
	struct source_live *live;
	bool window; /* the one that opens it */
	uint64_t at_ns;
	size_t seen, torn;
};

static void name_device(struct source_live *live, struct record_wait *wait)
{
	if (wait->device)
		snprintf(wait->file_system, sizeof(wait->file_system), "%s",
			 file_systems_type(&live->file_systems, wait->device, wait->pid));
}

static int on_sample(void *arg, const struct thread_sample *sample,
		     const struct wait_histogram *histograms, const struct loop_sample *loop)
{
	struct snapshot *snapshot = arg;
	struct source_live *live = snapshot->live;
	struct record record, wait;
	bool waits = false;
	int error;

	snapshot->seen++;
	if (sample->start_ns > snapshot->at_ns)
		return 0; /* born after the boundary: the next snapshot's */
	if (process_table_seen(&live->processes, sample))
		return -ENOMEM;
	if (!translate_thread(sample, snapshot->at_ns, &record)) {
		snapshot->torn++;
		return 0;
	}
	error = record_queue_put(&live->queue, &record);
	if (!error)
		error = sample_add_wakers(sample, &live->queue);
	/* what opens the window has none: they count from there */
	if (!error && !snapshot->window)
		error = sample_add_histograms(sample, histograms, &live->queue);
	waits = translate_open_wait(sample, live->window_ns, snapshot->at_ns, &wait);
	if (waits)
		name_device(live, &wait.wait);
	if (!error && loop)
		error = loops_add(&live->loops, loop, sample->id, sample->process_start_ns,
				  sample->tgid, sample->tid, sample->state,
				  waits ? &wait.wait : NULL, snapshot->at_ns, live->config.stall_ns,
				  &live->stacks, &live->queue);
	if (!error && waits)
		error = record_queue_put(&live->queue, &wait);
	if (!error && translate_open_lock(sample, live->window_ns, snapshot->at_ns, &record))
		error = record_queue_put(&live->queue, &record);
	return error;
}

static int on_wait(void *arg, const struct wait_key *key, const struct wait_total *total)
{
	struct source_live *live = arg;
	struct record record;

	translate_wait(key, total, &record);
	name_device(live, &record.wait);
	return record_queue_put(&live->queue, &record);
}

static int on_call(void *arg, const struct call_key *key, const struct call_total *total)
{
	struct source_live *live = arg;
	struct record record;

	translate_call(key, total, &record);
	return record_queue_put(&live->queue, &record);
}

static int on_lock(void *arg, const struct lock_key *key, const struct lock_total *total)
{
	struct source_live *live = arg;
	struct record record;

	translate_lock(key, total, &record);
	if (total->ns >= LOCK_WORTH_A_LOOK_NS || key->role & LOCK_ROLE_SHARED)
		lock_places_look(&live->lock_places, key, live_clock_ns(CLOCK_MONOTONIC));
	return record_queue_put(&live->queue, &record);
}

static int on_lock_place(void *arg, const struct record *record)
{
	struct source_live *live = arg;

	return record_queue_put(&live->queue, record);
}

/* report: one is made of this snapshot, which is then worth what takes longer. */
static void add_tables(struct source_live *live, uint64_t at_ns, bool report)
{
	struct run_counters counters;
	struct record *slot;
	size_t i;

	bpf_session_read_waits(live->session, on_wait, live);
	bpf_session_read_locks(live->session, on_lock, live);
	if (report)
		lock_places_unwind(&live->lock_places, SIZE_MAX, at_ns);
	lock_places_each(&live->lock_places, on_lock_place, live);
	loops_read(&live->loops, &live->stacks, report ? READS_AT_THE_END : UNWINDS_EACH_TICK,
		   at_ns);
	loops_hand_on(&live->loops, &live->once);
	if (live->config.depth == DEPTH_SYSCALLS)
		bpf_session_read_calls(live->session, on_call, live);
	/* names and counts of execs are of one time: what is read first has its event in the ring */
	process_table_refresh(&live->processes, report);
	bpf_session_drain(live->session);
	for (i = 0; i < live->processes.count; i++) {
		slot = record_queue_add(&live->queue, RECORD_PROCESS);
		if (!slot)
			return;
		slot->process = live->processes.processes[i];
	}
	slot = record_queue_add(&live->queue, RECORD_OVERHEAD);
	if (slot) {
		overhead_read(&live->overhead, live->session, at_ns, &slot->overhead);
		slot->overhead.attach_ns = live->window_ns - live->open_ns;
		slot->overhead.read_ns = live->read_ns;
	}
	bpf_session_counters(live->session, &counters);
	counters.lost[LOSS_RECURSION] += bpf_session_recursion(live->session);
	slot = record_queue_add(&live->queue, RECORD_LOSS);
	if (slot) {
		translate_loss(&counters, live->reader_lost, slot);
		slot->loss.lock_dropped += live->locks_trimmed;
		slot->loss.lock_dropped_ns += live->locks_trimmed_ns;
		slot->loss.stacks_dropped =
			counters.stacks_dropped + live->lock_places.dropped + live->loops.dropped;
		slot->loss.intervals_dropped = counters.intervals_dropped + live->intervals_dropped;
	}
	slot = record_queue_add(&live->queue, RECORD_BOUNDARY);
	if (slot)
		slot->boundary.at_ns = at_ns;
}

/*
 * A thread that is ending leaves the kernel's lists before its last switch, which hands its sums
 * over: when fewer were seen than live, those are on their way.
 */
static int settle(struct source_live *live, size_t seen)
{
	struct timespec pause = { .tv_nsec = SETTLE_NS };
	struct run_counters counters;
	int try, error;

	for (try = 0; try < SETTLE_TRIES; try++) {
		bpf_session_counters(live->session, &counters);
		error = bpf_session_drain(live->session);
		if (error || counters.ledgers_begun - counters.ledgers_ended <= seen)
			return error;
		nanosleep(&pause, NULL);
	}
	return 0;
}

int live_end_unseen(struct err *e)
{
	return err_set(e, EXIT_NO_TARGET,
		       "the target ended before anything was seen of it; start it under "
		       "`boundby run -- CMD` to watch it from its begin");
}

/* Fills the record queue with everything as of one instant. */
int live_snapshot(struct source_live *live, bool window, struct err *e)
{
	struct snapshot snapshot = { .live = live, .window = window };
	struct run_counters counters;
	struct record *slot;
	size_t first;
	int pass, error = 0;

	bpf_session_counters(live->session, &counters);
	if (!window && counters.ledgers_begun == counters.ledgers_ended) {
		bpf_session_drain(live->session);
		if (live->exits.last_ns && live->exits.last_ns <= live->window_ns)
			return live_end_unseen(e);
	}
	/* nobody lives any more: the window ends with the last of them */
	if (!window && counters.ledgers_begun == counters.ledgers_ended && live->exits.last_ns)
		snapshot.at_ns = live->exits.last_ns;
	else
		snapshot.at_ns = bpf_session_boundary(live->session, window);
	if (window) {
		live->window_ns = snapshot.at_ns;
		overhead_open(&live->overhead, snapshot.at_ns);
	}
	slot = record_queue_add(&live->queue, RECORD_SNAPSHOT);
	if (slot)
		slot->snapshot = (struct record_snapshot){ snapshot.at_ns, live->ended };
	first = live->queue.count; /* a second pass drops what the first has added */
	live->read_ns = live_clock_ns(CLOCK_MONOTONIC);
	for (pass = 0; pass < READ_TRIES && !error; pass++) {
		live->queue.count = first;
		snapshot.seen = snapshot.torn = 0;
		error = bpf_session_read_threads(live->session, on_sample, &snapshot);
		if (!snapshot.torn)
			break;
		if (pass)
			nanosleep(&(struct timespec){ .tv_nsec = TORN_PAUSE_NS * pass }, NULL);
	}
	live->read_ns = live_clock_ns(CLOCK_MONOTONIC) - live->read_ns;
	live->reader_lost += snapshot.torn;
	if (!error)
		error = settle(live, snapshot.seen);
	if (error || live->queue.out_of_memory)
		return err_set(e, EXIT_FAILED, "cannot read the ledgers: %s; watch fewer threads",
			       strerror(error ? -error : ENOMEM));
	live->reader_lost += exits_take(&live->exits, snapshot.at_ns, window, &live->once);
	add_tables(live, snapshot.at_ns, window || live->ended || live->config.interval_ns);
	if (live->queue.out_of_memory || live->once.out_of_memory)
		return err_set(e, EXIT_FAILED, "out of memory; watch fewer threads");
	return 0;
}
