// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The live source: for the given targets and duration it yields the records of a capture, of a
 * snapshot when the window opens, one per interval, and one when it closes. Waits between them.
 */
#include "collect/source_live.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "collect/waits/open_waits.h"
#include "collect/source_live_parts.h"
#include "collect/procfs/proc_facts.h"
#include "collect/translate.h"

#define INTERVALS_MAX 200000 /* not yet delivered */

static void on_thread_exit(void *arg, const struct thread_exit_event *event)
{
	struct source_live *live = arg;

	if (process_table_seen(&live->processes, &event->last, event->last.since_ns) ||
	    exits_keep(&live->exits, event))
		live->reader_lost++;
	bpf_session_sample_end(live->session, event->last.id);
}

/* Of a thread that ended. */
static void on_histogram(void *arg, const struct histogram_event *event)
{
	struct source_live *live = arg;

	if (exits_keep_histogram(&live->exits, event))
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

	if (event->why & STACK_PLACE)
		places_add(&live->places, event, event->header.at_ns);
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
	const struct loop_thread thread = {
		.id = event->thread.id,
		.process_start_ns = event->thread.process_start_ns,
		.pid = event->thread.tgid,
		.tid = event->thread.tid,
		.state = STATE_ON_CPU,
		.at_ns = event->thread.header.at_ns,
		.stall_ns = live->config.stall_ns,
	};
	struct record_queue last = { 0 };
	struct record record;

	loop.open_ns = 0;
	loops_add(&live->loops, &loop, &thread, &live->stacks, &last);
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

/* In the order of their ends, near enough; they come with the next snapshot. */
static void on_interval(void *arg, const struct interval_event *event)
{
	struct source_live *live = arg;
	struct record record;

	translate_interval(event, &record);
	if (live->once.count < INTERVALS_MAX)
		record_queue_put(&live->once, &record);
	else
		live->intervals_dropped++;
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

enum waited { WAITED_TO_TELL, WAITED_FOR_INTERVAL, WAITED_FOR_END };

static void tick(struct source_live *live, uint64_t now)
{
	bool busy = bpf_session_drain(live->session) != 0;

	bpf_session_thin_samples(live->session, now);
	live_look(live, now);
	look_for_interpreters(live);
	live_places_step(live, now);
	lock_places_unwind(&live->lock_places, UNWINDS_EACH_TICK, now);
	busy |= loops_read(&live->loops, &live->stacks, UNWINDS_EACH_TICK, now);
	bpf_session_trim_locks(live->session, &live->locks_trimmed, &live->locks_trimmed_ns);
	live->reader_lost += exits_take_early(&live->exits, &live->once);
	live->quiet = !busy && !live->lock_places.pending;
	live->tick_due_ns = live->config.on_tick ? live->config.on_tick(live->config.on_tick_arg) :
						   UINT64_MAX;
}

/* A wake-up costs more than what there mostly is to do. */
static uint64_t next_tick(const struct source_live *live, uint64_t now)
{
	uint64_t at =
		now + (live->config.patient && live->quiet ? LIVE_QUIET_TICK_NS : LIVE_TICK_NS);

	return live->tick_due_ns > now && live->tick_due_ns < at ? live->tick_due_ns : at;
}

/*
 * Waits for the end of the interval or window, or until there are records: exited threads are
 * yielded as they come, so that those of a whole window are not held twice.
 */
static enum waited wait_for_end(struct source_live *live, uint64_t interval_end)
{
	uint64_t duration = live->config.duration_ns, now, wake, due;
	uint64_t window_end = duration ? live->window_ns + duration : UINT64_MAX;
	struct timespec at;

	for (;;) {
		now = clock_ns(CLOCK_MONOTONIC);
		if ((live->config.stop && *live->config.stop) || now >= window_end ||
		    (!live_may_come(live) && !targets_live(live)))
			return WAITED_FOR_END;
		if (now >= interval_end)
			return WAITED_FOR_INTERVAL;
		live_overhead_step(live, now, false);
		wake = next_tick(live, now);
		due = live_knobs_tick(live, now, false);
		if (wake > due)
			wake = due;
		if (wake > window_end)
			wake = window_end;
		if (wake > interval_end)
			wake = interval_end;
		at.tv_sec = (time_t)(wake / NS_PER_S);
		at.tv_nsec = (long)(wake % NS_PER_S);
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
		tick(live, now);
		if (live->once.count)
			return WAITED_TO_TELL;
	}
}

/*
 * When the next intermediate snapshot is due. A short remainder after the last would not be useful.
 */
static uint64_t next_snapshot(const struct source_live *live)
{
	uint64_t each = live->config.window_ns, duration = live->config.duration_ns, at;

	if (!each)
		return UINT64_MAX;
	at = ((clock_ns(CLOCK_MONOTONIC) - live->window_ns) / each + 1) * each;
	if (!live->config.interval_ns && duration && at + each / 2 > duration)
		return UINT64_MAX;
	return live->window_ns + at;
}

static int live_next(struct source *source, struct record *ret, struct err *e)
{
	struct source_live *live = (struct source_live *)source;
	enum waited waited;

	while (!record_queue_take(&live->once, ret) && !record_queue_take(&live->queue, ret)) {
		if (live->ended)
			return 0;
		if (!live->due_ns)
			live->due_ns = next_snapshot(live);
		waited = wait_for_end(live, live->due_ns);
		if (waited == WAITED_TO_TELL)
			continue;
		live->due_ns = 0;
		live->ended = waited == WAITED_FOR_END;
		live_knobs_tick(live, clock_ns(CLOCK_MONOTONIC), true);
		live_overhead_step(live, clock_ns(CLOCK_MONOTONIC), true);
		if (live_snapshot(live, false, e)) {
			live->ended = true;
			return -1;
		}
	}
	return 1;
}

/* A boundary that is to come cannot be left out. */
static uint64_t live_leave_out(struct source *source, uint64_t more)
{
	struct source_live *live = (struct source_live *)source;

	(void)more;
	record_queue_clear(&live->queue);
	return 0;
}

static void live_close(struct source *source)
{
	struct source_live *live = (struct source_live *)source;

	overhead_free(&live->overhead);
	bpf_session_close(live->session);
	interpreters_free(&live->interpreters);
	lock_places_free(&live->lock_places);
	places_free(&live->places);
	loops_free(&live->loops);
	file_systems_free(&live->file_systems);
	reader_stop(live->helper);
	neighbours_free(&live->neighbours);
	process_table_free(&live->processes);
	target_spec_free(&live->spec);
	exits_free(&live->exits);
	thread_numbers_free(&live->numbers);
	record_queue_free(&live->open_locks);
	record_queue_free(&live->once);
	record_queue_free(&live->queue);
	free(live);
}

static void fill_capture(struct source_live *live, struct record *ret)
{
	struct record_capture *capture = &ret->capture;
	struct utsname host;

	memset(ret, 0, sizeof(*ret));
	ret->kind = RECORD_CAPTURE;
	capture->start_realtime_ns = live->realtime_ns = live_realtime_ns();
	capture->interval_ns = live->config.interval_ns;
	capture->depth = live->config.depth;
	capture->cpus = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);
	capture->follow_children = live->config.follow_children;
	capture->whole_host = live->config.all;
	capture->left_out = bpf_session_left_out(live->session);
	capture->sees_loops = live->loops.every_return;
	capture->stall_ns = live->config.stall_ns;
	capture->switch_same_ns = live->switch_cost.same_ns;
	capture->switch_other_ns = live->switch_cost.other_ns;
	snprintf(capture->tool_version, sizeof(capture->tool_version), "%s", BOUNDBY_VERSION);
	if (!uname(&host)) {
		snprintf(capture->kernel, sizeof(capture->kernel), "%.64s", host.release);
		snprintf(capture->arch, sizeof(capture->arch), "%.15s", host.machine);
	}
}

static int fill_host(struct source_live *live)
{
	struct record *record = record_queue_add(&live->once, RECORD_HOST);
	struct record_host *host;
	struct utsname names;

	if (!record)
		return -ENOMEM;
	host = &record->host;
	host->opened_ns = live->open_ns;
	host->recorder = (uint32_t)getpid();
	if (!uname(&names))
		snprintf(host->host, sizeof(host->host), "%.64s", names.nodename);
	proc_boot_id(host->boot_id, sizeof(host->boot_id));
	bpf_session_hooks(live->session, host->hooks, sizeof(host->hooks));
	return 0;
}

bool source_live_cost(struct source *source, uint64_t *ret_hooks_ns, uint64_t *ret_own_ns)
{
	struct source_live *live = (struct source_live *)source;
	struct record_overhead overhead;

	overhead_read(&live->overhead, clock_ns(CLOCK_MONOTONIC), &overhead);
	*ret_hooks_ns = overhead.bpf_run_ns;
	*ret_own_ns = overhead.reader_cpu_ns;
	return overhead.bpf_run_ns != RECORD_UNKNOWN;
}

/* What is set up before any hook is there. 0, or -1 with e filled and nothing begun. */
static int begin(struct source_live *live, struct err *e)
{
	/* first of all: it is to begin without anything to lose */
	if (reader_start(live->config.stop, &live->helper, e))
		return -1;
	live->stacks.helper = live->interpreters.helper = live->file_systems.helper = live->helper;
	live->stacks.interpreters = &live->interpreters;
	live->stacks.processes = &live->processes;
	live->lock_places.reader = live->places.reader = &live->stacks;
	overhead_init(&live->overhead, live->helper);
	/* before hooks make switches more expensive */
	if (switch_cost_kept(&live->switch_cost) && switch_cost_measure(&live->switch_cost))
		live->switch_cost.same_ns = live->switch_cost.other_ns = RECORD_UNKNOWN;
	live->open_ns = clock_ns(CLOCK_MONOTONIC);
	return 0;
}

/* Finds the targets and hooks them. 0, or -1 with e filled. */
static int attach(struct source_live *live, struct err *e)
{
	const struct live_config *config = &live->config;
	struct bpf_handlers handlers = { .thread_exit = on_thread_exit,
					 .histogram = on_histogram,
					 .loop_found = on_loop_found,
					 .loop = on_loop,
					 .stall = on_stall,
					 .interval = on_interval,
					 .process = on_process,
					 .stack = on_stack,
					 .arg = live };
	struct target_list targets;
	int error;

	if (config->endless && target_spec_keep(config, &live->spec))
		return err_set(e, ERR_FAILED, "out of memory");
	if (target_resolve(config, &targets, e))
		return -1;
	error = bpf_session_open(config, &targets, &handlers, &live->session, e);
	target_list_free(&targets);
	if (error)
		return -1;
	live->loops.every_return = config->depth == DEPTH_SYSCALLS ||
				   bpf_session_sees_loops(live->session);
	overhead_begin(&live->overhead);
	return 0;
}

/* Takes the snapshot that opens the window. 0, or -1 with e filled. */
static int open_window(struct source_live *live, struct err *e)
{
	const struct live_config *config = &live->config;
	struct run_counters counters;
	struct record record;

	bpf_session_counters(live->session, &counters);
	if (counters.ledgers_begun == counters.ledgers_ended && !live_may_come(live))
		return live_end_unseen(e);
	fill_capture(live, &record);
	if (record_queue_put(&live->once, &record) || fill_host(live))
		return err_set(e, ERR_FAILED, "out of memory");
	/* interpreters are known before the window opens, so that no wait for a GIL is missed */
	live_read_processes(live);
	look_for_interpreters(live);
	if (open_waits_resolve(live->session, live->helper) < 0)
		live->reader_lost++;
	if (live_snapshot(live, true, e))
		return -1;
	live_places_step(live, clock_ns(CLOCK_MONOTONIC));
	return config->on_started && config->on_started(config->on_started_arg, e) ? -1 : 0;
}

int source_live_open(const struct live_config *config, struct source **ret, struct err *e)
{
	static const struct source_ops ops = { .next = live_next,
					       .leave_out = live_leave_out,
					       .close = live_close };
	struct source_live *live = calloc(1, sizeof(*live));

	if (!live)
		return err_set(e, ERR_FAILED, "out of memory");
	live->source.ops = &ops;
	live->config = *config;
	live->places_per_s = config->places_per_s;
	if (begin(live, e)) {
		free(live);
		return -1;
	}
	if (attach(live, e)) {
		reader_stop(live->helper);
		target_spec_free(&live->spec);
		free(live);
		return -1;
	}
	if (open_window(live, e)) {
		live_close(&live->source);
		return -1;
	}
	*ret = &live->source;
	return 0;
}
