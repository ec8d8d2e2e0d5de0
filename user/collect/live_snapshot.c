// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One snapshot: queues the records of all threads, processes, waits, locks and loops as of one
 * instant, closed by a BOUNDARY.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "collect/waits/long_waits.h"
#include "collect/procfs/proc_facts.h"
#include "collect/source_live_parts.h"
#include "collect/translate.h"
#include "lib/state_names.h"

#define WAIT_ROWS_MANY 12288 /* of the table's 16384 */
#define WAIT_LEAST_NS \
	100000ULL /* then waits below this go, and if that is not enough, twice that */
#define READS_AT_THE_END 20 /* stalls of the last tick, and those that there was no time for */
#define LOCK_WORTH_A_LOOK_NS 1000000ULL /* waited for less in all: its name is not looked up */
/*
 * What is torn was being changed while it was read: mostly at once over, but a virtual CPU may be
 * taken away in the middle of it.
 */
#define READ_TRIES 10
#define TORN_PAUSE_NS 1000000L
#define CLOCK_STEP_NS 10000000ULL /* a wall clock that went wrong by this much was set */
#define LONG_WAITS_OF_A_WATCH 16
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
	struct loop_thread thread;
	struct record record, wait;
	bool waits = false;
	int error;

	snapshot->seen++;
	if (process_table_seen(&live->processes, sample, snapshot->at_ns))
		return -ENOMEM;
	if (sample->start_ns > snapshot->at_ns)
		return 0; /* born after the boundary: the next snapshot's */
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
	thread = (struct loop_thread){
		.id = sample->id,
		.process_start_ns = sample->process_start_ns,
		.pid = sample->tgid,
		.tid = sample->tid,
		.state = sample->state,
		.open = waits ? &wait.wait : NULL,
		.at_ns = snapshot->at_ns,
		.stall_ns = live->config.stall_ns,
	};
	if (!error && loop)
		error = loops_add(&live->loops, loop, &thread, &live->stacks, &live->queue);
	if (!error && waits)
		error = record_queue_put(&live->queue, &wait);
	if (!error && translate_open_lock(sample, live->window_ns, snapshot->at_ns, &record))
		error = record_queue_put(&live->open_locks, &record);
	return error ? error : thread_numbers_add(&live->numbers, sample);
}

/* A lock that is waited for has a name even if no wait for it has ended yet. */
static void name_open_lock(struct source_live *live, const struct record_lock *lock)
{
	const struct lock_key key = { .process_start_ns = lock->process_start_ns,
				      .address = lock->address,
				      .tgid = lock->pid,
				      .role = lock->shared ? LOCK_ROLE_SHARED : 0 };

	if (lock_kind_state(lock->kind) == STATE_LOCK && lock->ns >= LOCK_WORTH_A_LOOK_NS)
		lock_places_look(&live->lock_places, &key, clock_ns(CLOCK_MONOTONIC));
}

static bool is_free_number(pid_t tid)
{
	pid_t process = proc_thread_group(tid);

	return process == -ENOENT || process == -ESRCH;
}

/*
 * Does the lock's memory name a holder that cannot be one? The word may be of another kind of lock, or
 * its holder gone. A word in shared memory may be held by a thread of any process: of those there is
 * none only where the number is one of this PID namespace, and free.
 */
static bool is_stray(const struct source_live *live, const struct record_lock *lock)
{
	uint32_t waiter;
	bool stray;

	thread_numbers_find(&live->numbers, lock->pid, lock->process_start_ns, lock->holder,
			    &stray);
	if (!stray || !lock->shared)
		return stray;
	waiter = thread_numbers_find(&live->numbers, lock->pid, lock->process_start_ns, lock->tid,
				     &stray);
	return waiter == lock->tid && is_free_number((pid_t)lock->holder);
}

static int add_open_locks(struct source_live *live)
{
	struct record record;
	bool stray;
	int error = 0;

	while (!error && record_queue_take(&live->open_locks, &record)) {
		record.lock.stray = is_stray(live, &record.lock);
		record.lock.holder = thread_numbers_find(&live->numbers, record.lock.pid,
							 record.lock.process_start_ns,
							 record.lock.holder, &stray);
		name_open_lock(live, &record.lock);
		error = record_queue_put(&live->queue, &record);
	}
	return error;
}

/* The queue for a row of a process: the final one if the process has ended. */
static struct record_queue *queue_of(struct source_live *live, bool over)
{
	return over ? &live->once : &live->queue;
}

/* A row was queued. Whether it must be removed from its table, or why it could not be queued. */
static int row_told(int error, bool over)
{
	if (error)
		return error;
	return over ? TABLES_TAKE_OUT : 0;
}

/*
 * When the table is nearly full, the places with the least wait time are removed, such as those of
 * peers that will not come again. Their sums are recorded, and stay in all totals.
 */
static int on_wait(void *arg, const struct wait_key *key, const struct wait_total *total)
{
	struct source_live *live = arg;
	bool over = total->ns < live->wait_least_ns ||
		    live_is_over(live, key->tgid, key->process_start_ns);
	struct record record;

	translate_wait(key, total, &record);
	name_device(live, &record.wait);
	live->wait_rows += !over;
	return row_told(record_queue_put(queue_of(live, over), &record), over);
}

static int on_call(void *arg, const struct call_key *key, const struct call_total *total)
{
	struct source_live *live = arg;
	bool over = live_is_over(live, key->tgid, key->process_start_ns);
	struct record record;

	translate_call(key, total, &record);
	return row_told(record_queue_put(queue_of(live, over), &record), over);
}

static int on_lock(void *arg, const struct lock_key *key, const struct lock_total *total)
{
	struct source_live *live = arg;
	bool over = live_is_over(live, key->tgid, key->process_start_ns), stray;
	struct record record;

	translate_lock(key, total, &record);
	if (record.lock.role == ROLE_NUMBERED)
		record.lock.tid = thread_numbers_find(&live->numbers, key->tgid,
						      key->process_start_ns, key->tid, &stray);
	if (!over && (total->ns >= LOCK_WORTH_A_LOOK_NS || key->role & LOCK_ROLE_SHARED))
		lock_places_look(&live->lock_places, key, clock_ns(CLOCK_MONOTONIC));
	return row_told(record_queue_put(queue_of(live, over), &record), over);
}

static int on_lock_place(void *arg, const struct record *record)
{
	struct source_live *live = arg;
	bool over = record->kind == RECORD_LOCK_PLACE ?
			    live_is_over(live, record->lock_place.pid,
					 record->lock_place.process_start_ns) :
			    live_is_over(live, record->lock_frame.pid,
					 record->lock_frame.process_start_ns);

	if (record->kind == RECORD_LOCK_PLACE)
		interpreters_hint(&live->interpreters, &live->processes, &record->lock_place);
	return record_queue_put(queue_of(live, over), record);
}

static int on_place(void *arg, const struct record *record)
{
	struct source_live *live = arg;
	bool over = record->kind == RECORD_PLACE &&
		    live_is_over(live, record->place.pid, record->place.process_start_ns);

	return record_queue_put(queue_of(live, over), record);
}

/* Which waits have to make room in the next snapshot follows from how many there are in this. */
static void read_waits(struct source_live *live)
{
	live->wait_rows = 0;
	bpf_session_read_waits(live->session, on_wait, live);
	if (live->wait_rows < WAIT_ROWS_MANY)
		live->wait_least_ns = 0;
	else
		live->wait_least_ns = live->wait_least_ns ? 2 * live->wait_least_ns : WAIT_LEAST_NS;
}

static void add_loss(struct source_live *live)
{
	struct run_counters counters;
	struct record record;
	int i;

	bpf_session_counters(live->session, &counters);
	counters.lost[LOSS_RECURSION] += bpf_session_recursion(live->session);
	translate_loss(&counters,
		       live->reader_lost + live->exits.dropped + live->processes.left_out +
			       bpf_session_dropped(live->session),
		       &record);
	record.loss.hidden_ns += live->exits.dropped_ns;
	record.loss.lock_dropped += live->locks_trimmed;
	record.loss.lock_dropped_ns += live->locks_trimmed_ns;
	record.loss.stacks_dropped =
		counters.stacks_dropped + live->lock_places.dropped + live->loops.dropped;
	/* of what opens the window nothing is subtracted: what was lost in attaching is the window's */
	record.loss.names_lost = live->last_ns > live->window_ns ? reader_unanswered(live->helper) :
								   0;
	record.loss.places_refused += live->places.dropped;
	for (i = 0; i < NR_STATES; i++)
		record.loss.places_refused_ns[i] += live->places.dropped_ns[i];
	record.loss.intervals_dropped = counters.intervals_dropped + live->intervals_dropped;
	record_queue_put(&live->queue, &record);
}

/* It differs only when it was set: what reading it takes is no news. */
static void add_clock(struct source_live *live)
{
	struct record *slot = record_queue_add(&live->queue, RECORD_CLOCK);
	uint64_t wall_ns = live_realtime_ns();

	if (!slot)
		return;
	if (wall_ns - live->realtime_ns + CLOCK_STEP_NS > 2 * CLOCK_STEP_NS)
		live->realtime_ns = wall_ns;
	slot->clock.realtime_ns = live->realtime_ns;
}

/* What may be stuck. A watch looks at what proves it, and unwinds few stacks. */
static void add_long_waits(struct source_live *live, uint64_t at_ns)
{
	bool each = live->config.interval_ns != 0;
	uint64_t from_ns = each && live->before_ns ? live->before_ns : live->window_ns;
	int error = backlogs_read(live->session, &live->queue);

	if (!error && from_ns < at_ns)
		error = long_waits_read(live->session, &live->stacks, from_ns,
					each ? LONG_WAITS_OF_A_WATCH : LONG_WAITS_MAX, at_ns,
					&live->queue);
	live->reader_lost += error != 0;
}

/* Of CPU time, at a boundary: a process that is not hostile takes some 100 us. */
#define PENDING_MOST_NS 20000000ULL

/* Input that waits for a loop which has not returned to its set, where there may be one; in turns. */
static void look_for_pending(struct source_live *live)
{
	uint64_t until_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) + PENDING_MOST_NS;
	size_t count = live->processes.count, i, each;
	struct record_process *process;

	for (i = 0; i < count; i++)
		live->processes.processes[i].pending = 0;
	for (i = 0; i < count && clock_ns(CLOCK_THREAD_CPUTIME_ID) < until_ns; i++) {
		each = (live->pending_next + i) % count;
		process = &live->processes.processes[each];
		if (!process->exited_ns && process->event_sets != RECORD_UNKNOWN &&
		    process->event_sets)
			process->pending = loops_pending(&live->loops, process, live->helper);
	}
	live->pending_next = count ? (live->pending_next + i) % count : 0;
}

/* report: this snapshot gets a report, which justifies the slower reads. */
static void add_tables(struct source_live *live, uint64_t at_ns, bool report)
{
	struct record *slot;
	size_t i;

	read_waits(live);
	bpf_session_read_locks(live->session, on_lock, live);
	if (report)
		lock_places_unwind(&live->lock_places, SIZE_MAX, at_ns);
	lock_places_each(&live->lock_places, on_lock_place, live);
	places_each(&live->places, on_place, live);
	loops_read(&live->loops, &live->stacks, report ? READS_AT_THE_END : UNWINDS_EACH_TICK,
		   at_ns);
	loops_deliver(&live->loops, &live->once);
	if (report)
		add_long_waits(live, at_ns);
	if (report)
		live->reader_lost +=
			neighbours_read(&live->neighbours, live->session, &live->queue) != 0;
	if (live->config.depth == DEPTH_SYSCALLS)
		bpf_session_read_calls(live->session, on_call, live);
	/* names and counts of execs are of one time: what is read first has its event in the ring */
	process_table_refresh(&live->processes, report);
	if (report)
		look_for_pending(live);
	bpf_session_drain(live->session);
	for (i = 0; i < live->processes.count; i++) {
		slot = record_queue_add(queue_of(live, live->processes.marks[i].over),
					RECORD_PROCESS);
		if (!slot)
			return;
		slot->process = live->processes.processes[i];
	}
	slot = record_queue_add(&live->queue, RECORD_OVERHEAD);
	if (slot) {
		overhead_read(&live->overhead, at_ns, &slot->overhead);
		slot->overhead.attach_ns = live->window_ns - live->open_ns;
		slot->overhead.read_ns = live->read_ns;
		live_knobs_fill(live, at_ns, &slot->overhead);
	}
	add_loss(live);
	add_clock(live);
	slot = record_queue_add(&live->queue, RECORD_BOUNDARY);
	if (slot)
		slot->boundary.at_ns = at_ns;
}

/*
 * A thread that is ending leaves the kernel's lists before its last switch, which hands its sums
 * over: when fewer were seen than live, those are on their way.
 */
static int settle(struct source_live *live, size_t seen, bool *ret_settled)
{
	struct timespec pause = { .tv_nsec = SETTLE_NS };
	struct run_counters counters;
	int try, error;

	for (try = 0; try < SETTLE_TRIES; try++) {
		bpf_session_counters(live->session, &counters);
		error = bpf_session_drain(live->session);
		*ret_settled = counters.ledgers_begun - counters.ledgers_ended <= seen;
		if (error < 0)
			return error;
		if (*ret_settled)
			break;
		nanosleep(&pause, NULL);
	}
	return 0;
}

int live_end_unseen(struct err *e)
{
	return err_set(e, ERR_NO_TARGET,
		       "the target ended before anything was seen of it; start it under `boundby "
		       "run -- CMD` to watch it from its start");
}

/* Fills the record queue with everything as of one instant. */
int live_snapshot(struct source_live *live, bool window, struct err *e)
{
	struct snapshot snapshot = { .live = live, .window = window };
	struct run_counters counters;
	struct record *slot;
	struct record_queue_mark first;
	int pass, error = 0;
	bool over, settled = false;

	bpf_session_counters(live->session, &counters);
	over = !window && !live_may_come(live) && counters.ledgers_begun == counters.ledgers_ended;
	if (over) {
		bpf_session_drain(live->session);
		if (live->exits.last_ns && live->exits.last_ns <= live->window_ns)
			return live_end_unseen(e);
	}
	/* no target is alive any more: the window ends with the last of them */
	if (over && live->exits.last_ns)
		snapshot.at_ns = live->exits.last_ns;
	else
		snapshot.at_ns = bpf_session_boundary(live->session, window);
	if (window) {
		live->window_ns = snapshot.at_ns;
		overhead_open(&live->overhead, snapshot.at_ns);
	}
	live->before_ns = live->last_ns;
	live->last_ns = snapshot.at_ns;
	slot = record_queue_add(&live->queue, RECORD_SNAPSHOT);
	if (slot)
		slot->snapshot = (struct record_snapshot){ snapshot.at_ns, live->ended };
	first = record_queue_mark(&live->queue); /* a second pass drops what the first has added */
	live->read_ns = clock_ns(CLOCK_MONOTONIC);
	for (pass = 0; pass < READ_TRIES && !error; pass++) {
		record_queue_rewind(&live->queue, first);
		record_queue_clear(&live->open_locks);
		snapshot.seen = snapshot.torn = 0;
		process_table_begin(&live->processes, live->before_ns);
		error = bpf_session_read_threads(live->session, on_sample, &snapshot);
		if (!snapshot.torn)
			break;
		if (pass)
			nanosleep(&(struct timespec){ .tv_nsec = TORN_PAUSE_NS * pass }, NULL);
	}
	live->read_ns = clock_ns(CLOCK_MONOTONIC) - live->read_ns;
	live->reader_lost += snapshot.torn;
	if (!error)
		error = add_open_locks(live);
	if (!error)
		error = settle(live, snapshot.seen, &settled);
	if (error || live->queue.out_of_memory)
		return err_set(e, ERR_FAILED, "cannot read the ledgers: %s; watch fewer threads",
			       strerror(error ? -error : ENOMEM));
	live->reader_lost += exits_take(&live->exits, snapshot.at_ns, window, &live->once);
	exits_begin(&live->exits);
	live_mark(live, settled && !window);
	add_tables(live, snapshot.at_ns, window || live->ended || live->config.interval_ns);
	if (live_forget(live) || live->queue.out_of_memory || live->once.out_of_memory)
		return err_set(e, ERR_FAILED, "out of memory; watch fewer threads");
	return 0;
}
