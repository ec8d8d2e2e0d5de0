// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The live source. Receives targets and durations; hands on records: a capture, a snapshot when
 * the window opens, one each interval, one when it closes. Waits between them.
 */
#include "collect/source_live.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "collect/bpf_session.h"
#include "collect/exits.h"
#include "collect/file_systems.h"
#include "collect/interpreters.h"
#include "collect/lock_places.h"
#include "collect/loops.h"
#include "collect/overhead.h"
#include "collect/process_table.h"
#include "collect/record_queue.h"
#include "collect/switch_cost.h"
#include "collect/translate.h"
#include "exit_codes.h"
#include "lib/vec.h"

#define NS_PER_S 1000000000ULL
#define TICK_NS 50000000ULL /* how often events are taken and the end is looked for */
#define UNWINDS_EACH_TICK 2
#define READS_AT_THE_END 20 /* stalls of the last tick, and those that there was no time for */
#define LOCK_WORTH_A_LOOK_NS 1000000ULL /* waited for less in all: its name is not looked up */
#define SETTLE_TRIES 50 /* a thread that ends may have to wait for a CPU to do so */
#define SETTLE_NS 1000000

struct source_live {
	struct source source; /* first: the interface */
	struct bpf_session *session;
	struct live_config config; /* its borrowed arrays are gone after open */
	struct process_table processes;
	struct interpreters interpreters;
	struct stack_reader stacks;
	struct lock_places lock_places;
	struct loops loops;
	struct file_systems file_systems;
	__u64 locks_trimmed, locks_trimmed_ns; /* waits at locks that made room for others */
	struct exits exits;
	struct record_queue queue; /* the snapshot being handed on */
	uint64_t window_ns; /* first boundary */
	uint64_t reader_lost;
	struct overhead overhead;
	struct switch_cost switch_cost;
	uint64_t open_ns; /* when attaching began */
	uint64_t read_ns; /* what the last reading of all ledgers took */
	bool ended;
};

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static void on_thread_exit(void *arg, const struct thread_exit_event *event)
{
	struct source_live *live = arg;

	if (process_table_seen(&live->processes, &event->last) || exits_keep(&live->exits, event))
		live->reader_lost++;
}

/* Of a thread that ended. */
static void on_histogram(void *arg, const struct histogram_event *event)
{
	struct source_live *live = arg;
	struct record record;

	if (translate_histogram(event->id, event->state, &event->waits, &record) &&
	    exits_keep_record(&live->exits, event->header.at_ns, &record))
		live->reader_lost++;
}

static void on_process(void *arg, const struct process_event *event)
{
	struct source_live *live = arg;

	if (process_table_event(&live->processes, event))
		live->reader_lost++;
}

static void on_stack(void *arg, const struct stack_event *event)
{
	struct source_live *live = arg;

	if (event->why & STACK_LOCK)
		lock_places_stack(&live->lock_places, event);
	if (event->why & (STACK_BLOCK | STACK_CPU))
		loops_stack(&live->loops, event);
}

static void on_loop_found(void *arg, const struct thread_event *event)
{
	struct source_live *live = arg;

	loops_found(&live->loops, event, live->session);
}

/* Of a thread that ends: what it was in, it is not in any more. */
static void on_loop(void *arg, const struct loop_event *event)
{
	struct source_live *live = arg;
	struct loop_sample loop = event->loop;
	struct record_queue last = { 0 };
	struct record record;

	loop.open_ns = 0;
	loops_add(&live->loops, &loop, event->thread.id, event->thread.process_start_ns,
		  event->thread.tgid, event->thread.tid, STATE_ON_CPU, NULL,
		  event->thread.header.at_ns, live->config.stall_ns, &live->stacks, &last);
	while (record_queue_take(&last, &record))
		if (exits_keep_record(&live->exits, event->thread.header.at_ns, &record))
			live->reader_lost++;
	record_queue_free(&last);
}

static void on_stall(void *arg, const struct stall_event *event)
{
	struct source_live *live = arg;

	loops_stall(&live->loops, event, &live->file_systems);
}

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
		lock_places_look(&live->lock_places, key, clock_ns(CLOCK_MONOTONIC));
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
	loops_hand_on(&live->loops, &live->queue);
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
	slot = record_queue_add(&live->queue, RECORD_LOSS);
	if (slot) {
		translate_loss(&counters, live->reader_lost, slot);
		slot->loss.lock_dropped += live->locks_trimmed;
		slot->loss.lock_dropped_ns += live->locks_trimmed_ns;
		slot->loss.stacks_dropped =
			counters.stacks_dropped + live->lock_places.dropped + live->loops.dropped;
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

static int end_unseen(struct err *e)
{
	return err_set(e, EXIT_NO_TARGET,
		       "the target ended before anything was seen of it; start it under "
		       "`boundby run -- CMD` to watch it from its begin");
}

/* Fills the record queue with everything as of one instant. */
static int take_snapshot(struct source_live *live, bool window, struct err *e)
{
	struct snapshot snapshot = { .live = live, .window = window };
	struct run_counters counters;
	size_t first;
	int pass, error = 0;

	bpf_session_counters(live->session, &counters);
	if (!window && counters.ledgers_begun == counters.ledgers_ended) {
		bpf_session_drain(live->session);
		if (live->exits.last_ns && live->exits.last_ns <= live->window_ns)
			return end_unseen(e);
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
	first = live->queue.count; /* a second pass drops what the first has added */
	live->read_ns = clock_ns(CLOCK_MONOTONIC);
	for (pass = 0; pass < 2 && !error; pass++) {
		live->queue.count = first;
		snapshot.seen = snapshot.torn = 0;
		error = bpf_session_read_threads(live->session, on_sample, &snapshot);
		if (!snapshot.torn)
			break;
	}
	live->read_ns = clock_ns(CLOCK_MONOTONIC) - live->read_ns;
	live->reader_lost += snapshot.torn;
	if (!error)
		error = settle(live, snapshot.seen);
	if (error || live->queue.out_of_memory)
		return err_set(e, EXIT_FAILED, "cannot read the ledgers: %s; watch fewer threads",
			       strerror(error ? -error : ENOMEM));
	live->reader_lost += exits_take(&live->exits, snapshot.at_ns, window, &live->queue);
	add_tables(live, snapshot.at_ns, window || live->ended || live->config.interval_ns);
	if (live->queue.out_of_memory)
		return err_set(e, EXIT_FAILED, "out of memory; watch fewer threads");
	return 0;
}

static int on_process_of(void *arg, const struct thread_sample *sample,
			 const struct wait_histogram *waits, const struct loop_sample *loop)
{
	struct source_live *live = arg;

	(void)waits;
	(void)loop;
	return process_table_seen(&live->processes, sample);
}

static void look_for_interpreters(struct source_live *live)
{
	if (interpreters_look(&live->interpreters, &live->processes, live->session,
			      clock_ns(CLOCK_MONOTONIC)))
		live->queue.out_of_memory = true;
}

static bool targets_live(struct source_live *live)
{
	struct run_counters counters;

	bpf_session_counters(live->session, &counters);
	return counters.ledgers_begun != counters.ledgers_ended;
}

/* Waits for the interval's or the window's end. True: it is the window's. */
static bool wait_for_end(struct source_live *live, uint64_t interval_end)
{
	uint64_t duration = live->config.duration_ns, now, wake;
	uint64_t window_end = duration ? live->window_ns + duration : UINT64_MAX;
	struct timespec at;

	for (;;) {
		now = clock_ns(CLOCK_MONOTONIC);
		if ((live->config.stop && *live->config.stop) || now >= window_end ||
		    !targets_live(live))
			return true;
		if (now >= interval_end)
			return false;
		overhead_sample(&live->overhead, now, false);
		wake = now + TICK_NS;
		if (wake > window_end)
			wake = window_end;
		if (wake > interval_end)
			wake = interval_end;
		at.tv_sec = (time_t)(wake / NS_PER_S);
		at.tv_nsec = (long)(wake % NS_PER_S);
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
		bpf_session_drain(live->session);
		look_for_interpreters(live);
		lock_places_unwind(&live->lock_places, UNWINDS_EACH_TICK, now);
		loops_read(&live->loops, &live->stacks, UNWINDS_EACH_TICK, now);
		bpf_session_trim_locks(live->session, &live->locks_trimmed,
				       &live->locks_trimmed_ns);
	}
}

static int live_next(struct source *source, struct record *ret, struct err *e)
{
	struct source_live *live = (struct source_live *)source;
	uint64_t interval_end = UINT64_MAX, each = live->config.window_ns;

	while (!record_queue_take(&live->queue, ret)) {
		if (live->ended)
			return 0;
		if (each)
			interval_end = (clock_ns(CLOCK_MONOTONIC) - live->window_ns) / each * each +
				       each + live->window_ns;
		live->ended = wait_for_end(live, interval_end);
		overhead_sample(&live->overhead, clock_ns(CLOCK_MONOTONIC), true);
		if (take_snapshot(live, false, e)) {
			live->ended = true;
			return -1;
		}
	}
	return 1;
}

static void live_close(struct source *source)
{
	struct source_live *live = (struct source_live *)source;

	overhead_free(&live->overhead);
	bpf_session_close(live->session);
	interpreters_free(&live->interpreters);
	lock_places_free(&live->lock_places);
	loops_free(&live->loops);
	file_systems_free(&live->file_systems);
	stack_reader_free(&live->stacks);
	process_table_free(&live->processes);
	exits_free(&live->exits);
	record_queue_free(&live->queue);
	free(live);
}

static void fill_capture(struct source_live *live, struct record *ret)
{
	struct record_capture *capture = &ret->capture;
	struct utsname host;

	memset(ret, 0, sizeof(*ret));
	ret->kind = RECORD_CAPTURE;
	capture->start_realtime_ns = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC);
	capture->interval_ns = live->config.interval_ns;
	capture->depth = live->config.depth;
	capture->cpus = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);
	capture->follow_children = live->config.follow_children;
	capture->stall_ns = live->config.stall_ns;
	capture->switch_same_ns = live->switch_cost.same_ns;
	capture->switch_other_ns = live->switch_cost.other_ns;
	snprintf(capture->tool_version, sizeof(capture->tool_version), "%s", BOUNDBY_VERSION);
	if (!uname(&host)) {
		snprintf(capture->kernel, sizeof(capture->kernel), "%.64s", host.release);
		snprintf(capture->arch, sizeof(capture->arch), "%.15s", host.machine);
	}
}

int source_live_open(const struct live_config *config, struct source **ret, struct err *e)
{
	static const struct source_ops ops = { .next = live_next, .close = live_close };
	struct source_live *live = calloc(1, sizeof(*live));
	struct bpf_handlers handlers = { .thread_exit = on_thread_exit,
					 .histogram = on_histogram,
					 .loop_found = on_loop_found,
					 .loop = on_loop,
					 .stall = on_stall,
					 .process = on_process,
					 .stack = on_stack,
					 .arg = live };
	struct target_list targets;
	struct run_counters counters;
	struct record record;

	if (!live)
		return err_set(e, EXIT_FAILED, "out of memory");
	live->source.ops = &ops;
	live->config = *config;
	live->stacks.interpreters = &live->interpreters;
	live->stacks.processes = &live->processes;
	live->lock_places.reader = &live->stacks;
	live->loops.every_return = config->depth == DEPTH_SYSCALLS;
	overhead_init(&live->overhead);
	/* before any hook is there to make switches dearer */
	if (switch_cost_kept(&live->switch_cost) && switch_cost_measure(&live->switch_cost))
		live->switch_cost.same_ns = live->switch_cost.other_ns = RECORD_UNKNOWN;
	live->open_ns = clock_ns(CLOCK_MONOTONIC);
	if (target_resolve(config, &targets, e)) {
		free(live);
		return -1;
	}
	if (bpf_session_open(config, &targets, &handlers, &live->session, e)) {
		target_list_free(&targets);
		free(live);
		return -1;
	}
	target_list_free(&targets);
	overhead_begin(&live->overhead);
	bpf_session_counters(live->session, &counters);
	if (counters.ledgers_begun == counters.ledgers_ended) {
		end_unseen(e);
		goto fail;
	}
	fill_capture(live, &record);
	if (record_queue_put(&live->queue, &record)) {
		err_set(e, EXIT_FAILED, "out of memory");
		goto fail;
	}
	/* interpreters are known before the window opens, so that no wait for a GIL is missed */
	bpf_session_read_threads(live->session, on_process_of, live);
	look_for_interpreters(live);
	if (take_snapshot(live, true, e))
		goto fail;
	if (config->on_started && config->on_started(config->on_started_arg, e))
		goto fail;
	*ret = &live->source;
	return 0;
fail:
	live_close(&live->source);
	return -1;
}
