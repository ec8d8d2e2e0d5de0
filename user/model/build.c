// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Builds the model from the session: subtracts snapshots and adds up. Time that the states do not
 * cover is unobserved: shown, never spread over the others.
 */
#include "model/build.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/vec.h"
#include "model/builder.h"
#include "model/loops.h"

/* The part of an interval inside the window. */
static uint64_t inside(const struct builder *builder, uint64_t from, uint64_t to)
{
	if (from < builder->window.start_ns)
		from = builder->window.start_ns;
	if (to > builder->window.end_ns)
		to = builder->window.end_ns;
	return span_minus(to, from);
}

/* One thread's figures in the window. present: it was in the closing snapshot, or had ended. */
static void thread_delta(const struct builder *builder, const struct record_thread *base,
			 const struct record_thread *last, bool present, struct thread_model *ret)
{
	static const struct record_thread nothing;
	uint64_t end_ns = last->exited ? last->end_ns : builder->window.end_ns;
	struct ledger *time = &ret->time;
	int i;

	memset(ret, 0, sizeof(*ret));
	if (!base)
		base = &nothing;
	ret->tid = last->tid;
	ret->count = 1;
	ret->exited = last->exited;
	memcpy(ret->comm, last->comm, sizeof(ret->comm));
	time->wall_ns = inside(builder, last->start_ns, end_ns);
	builder->model->lost[LOSS_READER] += !build_states(base, last, time);
	for (i = 0; i < NR_STATES; i++)
		ret->state_count[i] = span_minus(last->state_count[i], base->state_count[i]);
	time->throttled_ns = last->throttled_ns == RECORD_UNKNOWN ?
				     RECORD_UNKNOWN :
				     span_minus(last->throttled_ns, base->throttled_ns);
#define COUNTER_GREW(name) ret->switches.name = span_minus(last->name, base->name);
	THREAD_COUNTERS(COUNTER_GREW)
#undef COUNTER_GREW
	ret->open_state = last->state;
	if (!present) {
		builder->model->lost[LOSS_READER]++;
		ret->open_state = STATE_UNOBSERVED;
	} else if (!last->exited) {
		ret->open_ns = inside(builder, last->entered_ns, end_ns);
		if (last->state == STATE_IPC)
			ret->unended_ipc_ns = ret->open_ns < time->state_ns[STATE_IPC] ?
						      ret->open_ns :
						      time->state_ns[STATE_IPC];
	}
}

/* Ended threads of one name share a row: a process may make thousands. */
static uint64_t ended_key(size_t process, const struct thread_model *thread)
{
	return index_hash(thread->comm, sizeof(thread->comm), process + 1);
}

int builder_add_thread(struct builder *builder, struct process_model *process, uint64_t id,
		       const struct thread_model *thread)
{
	size_t at = (size_t)(process - builder->model->processes), i, position = INDEX_NONE;
	struct thread_model *row;

	ledger_add(&process->time, &thread->time);
	switches_add(&process->switches, &thread->switches);
	process->unended_ipc_ns += thread->unended_ipc_ns;
	process->threads_seen += thread->count;
	if (thread->exited)
		position = index_find(&builder->ended, ended_key(at, thread));
	if (position == INDEX_NONE) {
		if (vec_reserve((void **)&process->threads, &builder->thread_capacity[at],
				process->thread_count, sizeof(*thread)))
			return -ENOMEM;
		if (thread->exited &&
		    index_add(&builder->ended, ended_key(at, thread), process->thread_count))
			return -ENOMEM;
		process->threads[process->thread_count++] = *thread;
		return index_add(&builder->rows, id, at << 32 | (process->thread_count - 1));
	}
	row = &process->threads[position];
	row->tid = 0;
	row->count += thread->count;
	ledger_add(&row->time, &thread->time);
	switches_add(&row->switches, &thread->switches);
	for (i = 0; i < NR_STATES; i++)
		row->state_count[i] += thread->state_count[i];
	return index_add(&builder->rows, id, at << 32 | (size_t)(row - process->threads));
}

static int build_threads(struct builder *builder)
{
	const struct session *session = builder->session;
	struct thread_model thread;
	struct process_model *process;
	size_t i;
	int error;

	for (i = 0; i < session->thread_count; i++) {
		const struct thread_entry *entry = &session->threads[i];
		struct span span = span_of(&builder->window, &entry->seen, &entry->first,
					   &entry->previous, &entry->last);
		const struct record_thread *last = span.last;

		if (!last || (last->exited && last->end_ns <= builder->window.start_ns))
			continue; /* began after the window, or ended before */
		if (!span.present && last->exited && !builder->window.whole)
			continue;
		thread_delta(builder, span.base, last, span.present || last->exited, &thread);
		lock_book_correct(&builder->locks, last->pid, last->process_start_ns, last->tid,
				  &thread.time);
		error = builder_process_of(builder, last, &process);
		if (!error)
			error = builder_add_thread(builder, process, last->id, &thread);
		if (error)
			return error;
	}
	return 0;
}

/* Of the window that closed last: for a longer one they are not kept. */
static int build_intervals(struct builder *builder)
{
	const struct session *session = builder->session;
	struct model *model = builder->model;
	size_t i;

	if (builder->window.whole || !session->interval_closed)
		return 0;
	model->intervals = calloc(session->interval_closed, sizeof(*model->intervals));
	if (!model->intervals)
		return -ENOMEM;
	model->interval_count = session->interval_closed;
	for (i = 0; i < model->interval_count; i++) {
		const struct record_interval *from = &session->intervals[i];
		struct interval_model *to = &model->intervals[i];

		to->pid = from->pid;
		to->tid = from->tid;
		to->state = from->state;
		to->object = from->object;
		to->waker_pid = from->waker_pid;
		to->waker_tid = from->waker_tid;
		to->begin_ns = from->begin_ns;
		to->end_ns = from->end_ns;
		memcpy(to->call_name, from->call_name, sizeof(to->call_name));
	}
	return 0;
}

static int larger(uint64_t a, uint64_t b)
{
	return (a < b) - (a > b);
}

static int compare_threads(const void *a, const void *b)
{
	const struct thread_model *one = a, *other = b;
	int order = larger(one->time.wall_ns, other->time.wall_ns);

	return order ? order : (one->tid > other->tid) - (one->tid < other->tid);
}

static int compare_waits(const void *a, const void *b)
{
	return larger(((const struct wait_model *)a)->wait_ns,
		      ((const struct wait_model *)b)->wait_ns);
}

static int compare_calls(const void *a, const void *b)
{
	return larger(((const struct call_model *)a)->ns, ((const struct call_model *)b)->ns);
}

/* Oldest first: what was given comes before the children that it made. */
static int compare_processes(const void *a, const void *b)
{
	const struct process_model *one = a, *other = b;

	if (one->start_ns != other->start_ns)
		return one->start_ns < other->start_ns ? -1 : 1;
	return (one->pid > other->pid) - (one->pid < other->pid);
}

static void sort_rows(void *rows, size_t count, size_t size,
		      int (*compare)(const void *, const void *))
{
	if (count)
		qsort(rows, count, size, compare);
}

/* A cost that grows; what was not measured stays unknown. */
static uint64_t cost(uint64_t newer, uint64_t older)
{
	if (newer == RECORD_UNKNOWN)
		return RECORD_UNKNOWN;
	return older == RECORD_UNKNOWN ? newer : span_minus(newer, older);
}

static void build_overhead(const struct builder *builder, struct record_overhead *ret)
{
	const struct session *session = builder->session;
	const struct record_overhead *base = builder->window.whole ? &session->overhead_first :
								     &session->overhead_previous;
	int i;

	*ret = session->overhead;
	ret->bpf_run_ns = cost(ret->bpf_run_ns, base->bpf_run_ns);
	ret->bpf_runs = cost(ret->bpf_runs, base->bpf_runs);
	ret->reader_cpu_ns = cost(ret->reader_cpu_ns, base->reader_cpu_ns);
	ret->bursts = cost(ret->bursts, base->bursts);
	ret->burst_ns = cost(ret->burst_ns, base->burst_ns);
	for (i = 0; i < NR_DETAILS; i++)
		ret->given_up_ns[i] = span_minus(ret->given_up_ns[i], base->given_up_ns[i]);
}

static void build_totals(struct builder *builder)
{
	const struct session *session = builder->session;
	const struct record_loss *base = builder->window.whole ? &session->loss_first :
								 &session->loss_previous;
	struct model *model = builder->model;
	size_t i;
	int s;

	for (i = 0; i < model->process_count; i++) {
		struct process_model *process = &model->processes[i];

		sort_rows(process->threads, process->thread_count, sizeof(*process->threads),
			  compare_threads);
		sort_rows(process->waits, process->wait_count, sizeof(*process->waits),
			  compare_waits);
		sort_rows(process->calls, process->call_count, sizeof(*process->calls),
			  compare_calls);
		ledger_add(&model->time, &process->time);
		switches_add(&model->switches, &process->switches);
		model->unended_ipc_ns += process->unended_ipc_ns;
		for (s = 0; s < NR_STATES; s++)
			model->inner_ns[s] += process->inner_ns[s];
		model->threads_seen += process->threads_seen;
	}
	sort_rows(model->processes, model->process_count, sizeof(*model->processes),
		  compare_processes);
	for (i = 0; i < NR_LOSSES; i++) {
		model->lost[i] += span_minus(session->loss_last.count[i], base->count[i]);
		model->lost_total += model->lost[i];
	}
	model->lock_dropped = span_minus(session->loss_last.lock_dropped, base->lock_dropped);
	model->stacks_dropped = span_minus(session->loss_last.stacks_dropped, base->stacks_dropped);
	model->names_lost = span_minus(session->loss_last.names_lost, base->names_lost);
	model->intervals_dropped =
		span_minus(session->loss_last.intervals_dropped, base->intervals_dropped);
	model->lock_dropped_ns =
		span_minus(session->loss_last.lock_dropped_ns, base->lock_dropped_ns);
	model->places_refused = span_minus(session->loss_last.places_refused, base->places_refused);
	for (i = 0; i < NR_STATES; i++)
		model->places_refused_ns[i] = span_minus(session->loss_last.places_refused_ns[i],
							 base->places_refused_ns[i]);
	model->recovered = span_minus(session->loss_last.recovered, base->recovered);
	model->hidden_ns = span_minus(session->loss_last.hidden_ns, base->hidden_ns);
	model->time.wall_ns += model->hidden_ns;
	model->time.state_ns[STATE_UNOBSERVED] += model->hidden_ns;
}

int model_build(const struct session *session, bool whole, struct model *ret)
{
	struct builder builder = { .session = session, .model = ret, .window.whole = whole };
	int error;

	memset(ret, 0, sizeof(*ret));
	if (session->snapshot < 2)
		return -ENODATA;
	builder.window.start_ns = whole ? session->first_ns : session->previous_ns;
	builder.window.end_ns = session->last_ns;
	builder.window.last = session->snapshot - 1;
	ret->capture = session->capture;
	memcpy(ret->host, session->host, sizeof(ret->host));
	ret->start_ns = builder.window.start_ns;
	ret->duration_ns = builder.window.end_ns - builder.window.start_ns;
	build_overhead(&builder, &ret->overhead);
	error = lock_book_fill(&builder.locks, session, &builder.window);
	if (!error)
		error = build_threads(&builder);
	if (!error)
		error = build_ended(&builder);
	if (!error)
		error = lock_book_report(&builder.locks, ret->processes, ret->process_count);
	if (!error)
		error = build_rows(&builder);
	if (!error)
		error = build_loops(&builder);
	if (!error)
		error = build_handoff(&builder);
	if (!error)
		error = build_standing(&builder);
	if (!error)
		error = build_places(&builder);
	if (!error)
		error = build_neighbours(&builder);
	if (!error)
		error = build_inner(&builder);
	if (!error)
		error = build_intervals(&builder);
	if (!error)
		build_totals(&builder);
	else
		model_free(ret);
	lock_book_free(&builder.locks);
	index_free(&builder.waits);
	index_free(&builder.ended);
	index_free(&builder.rows);
	index_free(&builder.index);
	free(builder.thread_capacity);
	free(builder.wait_capacity);
	free(builder.call_capacity);
	return error;
}
