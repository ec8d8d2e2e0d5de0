// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Turns sums of event waits into loops and their stalls. A loop returns to one wait again and
 * again, blocks in it, and serves more than one fd or timer from it.
 */
#include "model/loops.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/runtimes.h"
#include "lib/vec.h"
#include "model/loop_sets.h"

#define LEAST_RETURNS 3 /* one is no loop, and two may be coincidence */
#define EMPTY_SHARE 10 /* one poll in this many finds nothing */
#define UNEVEN_SHARE 5 /* one in this many waits of a ring is for others than were just submitted */
#define SHARED_SHARE 10 /* one in this many waits at a set is another thread's */
#define SPIN_SHARE 100 /* at most one poll in this many sleeps, or has a timeout other than 0 */
#define SPIN_MOST_NS 1000000 /* mean time between two polls: more is work, not spinning */
#define READY_MOST_NS 20000 /* the same without a system call: enough to poll again, no more */

/* ---- which threads are loops ----------------------------------------------------------------- */
/* What all threads of a process wait at one set. */
struct shared_set {
	uint64_t waits; /* of those that do not stand by */
	uint64_t waiting; /* threads that do: see stands_by() */
};

struct set_book {
	struct shared_set *sets;
	size_t count, capacity;
	struct index index;
};

static uint64_t set_key(const struct record_loop *loop)
{
	uint64_t key = index_hash(&loop->process_start_ns, sizeof(loop->process_start_ns), 0);

	key = index_hash(&loop->pid, sizeof(loop->pid), key);
	key = index_hash(&loop->kind, sizeof(loop->kind), key);
	return index_hash(&loop->descriptor, sizeof(loop->descriptor), key);
}

static struct shared_set *set_of(const struct set_book *book, const struct record_loop *loop)
{
	size_t position = index_find(&book->index, set_key(loop));

	return position == INDEX_NONE ? NULL : &book->sets[position];
}

/*
 * Does the thread wait at its set at the window's end, or did for most of the window? It takes the next
 * event, however few it has had.
 */
static bool stands_by(const struct builder *builder, const struct record_loop *loop)
{
	size_t position = index_find(&builder->rows, loop->thread_id);
	const struct thread_model *thread;
	const uint64_t *ns;

	if (loop->waiting || position == INDEX_NONE)
		return loop->waiting;
	thread = &builder->model->processes[position >> 32].threads[position & UINT32_MAX];
	ns = thread->time.state_ns;
	return thread->count == 1 &&
	       2 * (ns[STATE_POLL_IDLE] + ns[STATE_POLL_IO]) > thread->time.wall_ns;
}

static int set_add(const struct builder *builder, struct set_book *book,
		   const struct record_loop *loop)
{
	struct shared_set *set = set_of(book, loop);

	if (!set) {
		if (vec_reserve((void **)&book->sets, &book->capacity, book->count, sizeof(*set)) ||
		    index_add(&book->index, set_key(loop), book->count))
			return -ENOMEM;
		set = &book->sets[book->count++];
		memset(set, 0, sizeof(*set));
	}
	set->waits += stands_by(builder, loop) ? 0 : loop->waits;
	set->waiting += stands_by(builder, loop);
	return 0;
}

/*
 * Waits of other threads of its process at the same set. For one that stands by all waits are as good
 * as its own.
 */
static uint64_t others_waits(const struct builder *builder, const struct set_book *book,
			     const struct record_loop *loop)
{
	const struct shared_set *set = set_of(book, loop);

	if (loop->kind == LOOP_KIND_POLL || !set)
		return 0; /* it names no set */
	return span_minus(set->waits, stands_by(builder, loop) ? 0 : loop->waits) +
	       span_minus(set->waiting, stands_by(builder, loop)) * loop->waits;
}

/*
 * Whether nearly every poll found an event (the last may be in progress). Then it never had a
 * chance to block, and its timeouts mean nothing: libuv polls with timeout 0 while there is more to
 * do. What was found is known at depth syscalls only.
 */
static bool had_no_rest(const struct record_loop *loop)
{
	return span_minus(loop->waits, loop->delivered) <= 1 + loop->waits / EMPTY_SHARE;
}

static bool never_rests(const struct record_loop *loop)
{
	return loop->slept * SPIN_SHARE <= loop->waits;
}

/* A spinning thread polls again at once: its iterations are empty and short. */
static bool is_short(const struct record_loop *loop, uint64_t most_ns)
{
	return loop->busy_ns <= loop->iterations * most_ns;
}

/* It polls again and again, and neither sleeps nor asks to. */
static bool spins(const struct record_loop *loop)
{
	return is_short(loop, SPIN_MOST_NS) && never_rests(loop) &&
	       loop->patient * SPIN_SHARE <= loop->waits && !had_no_rest(loop);
}

/* Nearly every poll finds an event, and no other call succeeds before the next poll. */
static bool leaves_ready(const struct record_loop *loop)
{
	uint64_t linked = span_minus(loop->waits, loop->unlinked);

	return is_short(loop, READY_MOST_NS) && never_rests(loop) && linked >= LEAST_RETURNS &&
	       loop->unserved + linked / EMPTY_SHARE + 1 >= linked;
}

/*
 * A loop that always has something ready asks its set with timeout 0, and cannot show that it has timers:
 * asyncio without a connection. A set is made to wait for several; poll of one thing is a look at it.
 */
static bool may_be_timed(const struct record_loop *loop)
{
	return loop->kind == LOOP_KIND_EPOLL && !loop->patient && !loop->slept;
}

static enum loop_class loop_class_of(const struct builder *builder, const struct set_book *book,
				     const struct process_model *process,
				     const struct record_loop *loop)
{
	uint64_t serves;

	if (runtime_traits_of(process->runtime)->owns_event_set)
		return LOOP_RUNTIME;
	if (loop->waits < LEAST_RETURNS)
		return LOOP_TOO_FEW;
	if (leaves_ready(loop))
		return LOOP_READY;
	/* an overloaded loop does not sleep either, but it works between two polls */
	if (spins(loop))
		return LOOP_SPINS;
	if (others_waits(builder, book, loop) * SHARED_SHARE >= loop->waits)
		return LOOP_SHARED;
	/* whatever else it names, it was only ever handed one */
	if (loop->kind == LOOP_KIND_POLL && loop->delivered && !loop->several && !loop->timed)
		return LOOP_ONE;
	if (loop->kind == LOOP_KIND_RING)
		return loop->uneven * UNEVEN_SHARE >= loop->waits ? LOOP_EVENT_LOOP : LOOP_ONE;
	/*
	 * a thread that asks a set of several for one event at a time, with one peer, serves only
	 * that peer
	 */
	if (loop->kind == LOOP_KIND_EPOLL && loop->room == 1 && loop->members != 1 &&
	    (loop->members == UINT32_MAX || loop->sockets <= 1))
		return LOOP_ONE;
	serves = (loop->members == UINT32_MAX ? 2 : loop->members) +
		 (loop->timed || may_be_timed(loop));
	return serves >= 2 ? LOOP_EVENT_LOOP : LOOP_ONE;
}

/* ---- lengths --------------------------------------------------------------------------------- */
/* The length that this part of the iterations does not exceed by more than the width of a bucket. */
static uint64_t lag_quantile(const uint32_t *counts, uint64_t total, double part, uint64_t most_ns)
{
	uint64_t before = 0, end;
	size_t i;

	for (i = 0; i < RECORD_LAG_LEN; i++) {
		before += counts[i];
		if ((double)before >= part * (double)total)
			break;
	}
	end = i < RECORD_LAG_LEN ? model_lag_end_ns(i) : most_ns;
	return end < most_ns ? end : most_ns;
}

static void fill_lags(const struct builder *builder, uint64_t thread_id, struct loop_model *loop)
{
	const struct session *session = builder->session;
	size_t position = index_find(&session->lag_index, thread_id), i;
	uint64_t total = 0, end;
	const struct lag_entry *entry;
	struct span span;

	loop->lag_p50_ns = loop->lag_p99_ns = RECORD_UNKNOWN;
	if (position == INDEX_NONE)
		return;
	entry = &session->lags[position];
	span = span_of(&builder->window, &entry->seen, &entry->first, &entry->previous,
		       &entry->last);
	if (!span.last)
		return;
	for (i = 0; i < RECORD_LAG_LEN; i++) {
		const struct record_lag *base = span.base, *last = span.last;

		loop->lag_count[i] =
			(uint32_t)span_minus(last->count[i], base ? base->count[i] : 0);
		total += loop->lag_count[i];
	}
	if (!total)
		return;
	/* where each is in a bucket, none was longer than the last of these that is not empty */
	if (total == loop->iterations && !loop->lag_count[RECORD_LAG_LEN - 1]) {
		end = lag_quantile(loop->lag_count, total, 1, loop->lag.most_ns);
		loop->lag.most_ns = end > loop->lag.least_ns ? end : loop->lag.least_ns;
	}
	loop->lag_p50_ns = lag_quantile(loop->lag_count, total, 0.50, loop->lag.most_ns);
	loop->lag_p99_ns = lag_quantile(loop->lag_count, total, 0.99, loop->lag.most_ns);
}

/* ---- loops ----------------------------------------------------------------------------------- */
/* How long the iteration that a loop was in had lasted at a boundary, if it was a stall by then. */
static uint64_t open_stall(const struct record_loop *loop, uint64_t at_ns, uint64_t stall_ns)
{
	return loop && loop->open_ns && loop->open_ns + stall_ns <= at_ns ? at_ns - loop->open_ns :
									    0;
}

static void fill_loop(const struct builder *builder, const struct record_loop *base,
		      const struct record_loop *last, struct loop_model *ret)
{
	static const struct record_loop nothing;
	const struct session *session = builder->session;
	uint64_t stall_ns = session->capture.stall_ns;
	uint64_t length = builder->window.end_ns - builder->window.start_ns;
	uint64_t open = open_stall(last, builder->window.end_ns, stall_ns);
	uint64_t before = open_stall(base, builder->window.start_ns, stall_ns), seen, seen_before;
	int i;

	if (!base)
		base = &nothing;
	memset(ret, 0, sizeof(*ret));
	ret->tid = last->tid;
	ret->kind = last->kind;
	ret->set = last->descriptor;
	ret->never_rests = never_rests(last);
	ret->of_two = last->kind == LOOP_KIND_POLL && last->members <= 2;
	ret->iterations = span_minus(last->iterations, base->iterations);
	ret->busy_ns = span_minus(last->busy_ns, base->busy_ns);
	ret->lag = span_longest(last->max_ns, base->max_ns, ret->iterations, ret->busy_ns);
	longest_add(&ret->lag, &(struct longest){ open, open });
	if (!ret->iterations && !open)
		ret->lag.most_ns = RECORD_UNKNOWN;
	ret->stalls = span_minus(last->stalls, base->stalls) + (open > 0);
	/* the part of a stall that lay in the window before is not in this one */
	ret->stalled_ns = span_minus(span_minus(last->stalled_ns, base->stalled_ns) + open, before);
	if (ret->stalled_ns > length)
		ret->stalled_ns = length;
	/* the one that it is in is known for as long as a burst saw it */
	seen = last->burst_open_ns >= stall_ns ? last->burst_open_ns : 0;
	seen_before = base->burst_open_ns >= stall_ns ? base->burst_open_ns : 0;
	ret->burst_stalls =
		span_minus(last->burst_stalls + (seen > 0), base->burst_stalls + (seen_before > 0));
	ret->burst_stalled_ns =
		span_minus(last->burst_stalled_ns + seen, base->burst_stalled_ns + seen_before);
	if (ret->burst_stalled_ns > ret->stalled_ns)
		ret->stalled_ns = ret->burst_stalled_ns;
	if (ret->burst_stalls > ret->stalls)
		ret->stalls = ret->burst_stalls;
	for (i = 0; i < NR_STALL_CAUSES; i++) {
		ret->cause_count[i] = span_minus(last->cause_count[i], base->cause_count[i]);
		ret->cause_ns[i] = span_minus(last->cause_ns[i], base->cause_ns[i]);
	}
}

static int compare_loops(const void *a, const void *b)
{
	const struct loop_model *one = a, *other = b;

	if ((one->loop_class == LOOP_EVENT_LOOP) != (other->loop_class == LOOP_EVENT_LOOP))
		return one->loop_class == LOOP_EVENT_LOOP ? -1 : 1;
	if (one->stalled_ns != other->stalled_ns)
		return one->stalled_ns > other->stalled_ns ? -1 : 1;
	return (one->tid > other->tid) - (one->tid < other->tid);
}

/* The process of a loop whose thread is in the window, and its two records; NULL: it is not. */
static struct process_model *loop_span(const struct builder *builder,
				       const struct loop_entry *entry, struct span *ret)
{
	const struct record_loop *last;

	*ret = span_of(&builder->window, &entry->seen, &entry->first, &entry->previous,
		       &entry->last);
	last = ret->last;
	if (!last || index_find(&builder->rows, last->thread_id) == INDEX_NONE)
		return NULL;
	return builder_process(builder, last->pid, last->process_start_ns);
}

static int fill_sets(const struct builder *builder, struct set_book *book)
{
	const struct session *session = builder->session;
	struct span span;
	size_t i;
	int error = 0;

	for (i = 0; i < session->loop_count && !error; i++)
		if (loop_span(builder, &session->loops[i], &span))
			error = set_add(builder, book, span.last);
	return error;
}

static int add_loop(struct builder *builder, const struct set_book *book,
		    const struct loop_entry *entry)
{
	struct span span;
	struct process_model *process = loop_span(builder, entry, &span);
	const struct record_loop *last = span.last;
	struct loop_model *loops;

	if (!process)
		return 0;
	loops = realloc(process->loops, (process->loop_count + 1) * sizeof(*loops));
	if (!loops)
		return -ENOMEM;
	process->loops = loops;
	fill_loop(builder, span.base, last, &loops[process->loop_count]);
	fill_lags(builder, last->thread_id, &loops[process->loop_count]);
	loops[process->loop_count].loop_class = loop_class_of(builder, book, process, last);
	process->loop_count++;
	return 0;
}

/* ---- stalls ---------------------------------------------------------------------------------- */
int build_stall(const struct stall_entry *entry, struct stall_model *ret)
{
	const struct record_stall *stall = &entry->stall;
	const struct record_wait *block = &stall->block;
	int i;

	memset(ret, 0, sizeof(*ret));
	ret->tid = stall->tid;
	ret->begin_ns = stall->begin_ns;
	ret->duration_ns = stall->end_ns - stall->begin_ns;
	ret->open = stall->open;
	ret->parts.throttled_ns = RECORD_UNKNOWN;
	for (i = 0; i < NR_STATES; i++) {
		ret->parts.state_ns[i] = stall->parts_ns[i] < ret->duration_ns ?
						 stall->parts_ns[i] :
						 ret->duration_ns;
		ret->parts.wall_ns += ret->parts.state_ns[i];
	}
	ret->cause = record_stall_cause(stall);
	memcpy(ret->where, stall->where, sizeof(ret->where));
	ret->block_ns = stall->block_ns;
	if (stall->block_ns) {
		ret->block = calloc(1, sizeof(*ret->block));
		if (!ret->block)
			return -ENOMEM;
		ret->block->state = block->state;
		ret->block->object = block->object;
		ret->block->device = block->device;
		ret->block->family = block->family;
		ret->block->peer_port = block->peer_port;
		memcpy(ret->block->peer_addr, block->peer_addr, sizeof(block->peer_addr));
		memcpy(ret->block->call_name, block->call_name, sizeof(block->call_name));
		memcpy(ret->block->file_system, block->file_system, sizeof(block->file_system) - 1);
		ret->block->waits = 1;
		ret->block->wait_ns = stall->block_ns;
		ret->block->longest = (struct longest){ stall->block_ns, stall->block_ns };
	}
	if (entry->frame_count) {
		ret->frames = calloc(entry->frame_count, sizeof(*ret->frames));
		if (!ret->frames)
			return -ENOMEM;
		memcpy(ret->frames, entry->frames, entry->frame_count * sizeof(*ret->frames));
		ret->frame_count = entry->frame_count;
	}
	return 0;
}

static int compare_stalls(const void *a, const void *b)
{
	const struct stall_model *one = a, *other = b;

	if (one->duration_ns != other->duration_ns)
		return one->duration_ns > other->duration_ns ? -1 : 1;
	return (one->begin_ns > other->begin_ns) - (one->begin_ns < other->begin_ns);
}

static const struct loop_model *loop_of(const struct process_model *process, uint32_t tid)
{
	size_t i;

	for (i = 0; i < process->loop_count; i++)
		if (process->loops[i].tid == tid && process->loops[i].loop_class == LOOP_EVENT_LOOP)
			return &process->loops[i];
	return NULL;
}

/* A thread of several that serve one set is not held while it is parked. */
static bool is_parked(const struct loop_model *loop, const struct record_stall *stall)
{
	return loop->shared &&
	       stall->parts_ns[STATE_CONDITION] > (stall->end_ns - stall->begin_ns) / 2;
}

static int add_stall(struct builder *builder, const struct stall_entry *entry)
{
	const struct record_stall *stall = &entry->stall;
	size_t position = index_find(&builder->rows, stall->thread_id);
	const struct loop_model *loop;
	struct process_model *process;
	struct stall_model *stalls;

	if (position == INDEX_NONE || stall->end_ns <= builder->window.start_ns ||
	    stall->begin_ns >= builder->window.end_ns)
		return 0;
	process = &builder->model->processes[position >> 32];
	loop = loop_of(process, stall->tid);
	if (!loop || is_parked(loop, stall))
		return 0;
	stalls = realloc(process->stalls, (process->stall_count + 1) * sizeof(*stalls));
	if (!stalls)
		return -ENOMEM;
	process->stalls = stalls;
	return build_stall(entry, &stalls[process->stall_count++]);
}

static void trim_stalls(struct process_model *process)
{
	uint64_t stalls = 0;
	size_t i;

	if (process->stall_count)
		qsort(process->stalls, process->stall_count, sizeof(*process->stalls),
		      compare_stalls);
	while (process->stall_count > MODEL_MAX_STALLS) {
		process->stall_count--;
		free(process->stalls[process->stall_count].block);
		free(process->stalls[process->stall_count].frames);
	}
	for (i = 0; i < process->loop_count; i++)
		if (process->loops[i].loop_class == LOOP_EVENT_LOOP)
			stalls += process->loops[i].stalls;
	process->stalls_left_out = span_minus(stalls, process->stall_count);
}

int build_loops(struct builder *builder)
{
	const struct session *session = builder->session;
	struct model *model = builder->model;
	struct set_book book = { .count = 0 };
	int error = fill_sets(builder, &book);
	size_t i;

	for (i = 0; i < session->loop_count && !error; i++)
		error = add_loop(builder, &book, &session->loops[i]);
	free(book.sets);
	index_free(&book.index);
	for (i = 0; i < model->process_count; i++)
		loop_sets_join(model, &model->processes[i]);
	for (i = 0; i < model->process_count; i++)
		if (model->processes[i].loop_count)
			qsort(model->processes[i].loops, model->processes[i].loop_count,
			      sizeof(*model->processes[i].loops), compare_loops);
	for (i = 0; i < session->stall_count && !error; i++)
		error = add_stall(builder, &session->stalls[i]);
	for (i = 0; i < model->process_count && !error; i++)
		error = loop_sets_add_lost(model, &model->processes[i]);
	for (i = 0; i < model->process_count; i++)
		trim_stalls(&model->processes[i]);
	return error;
}
