// SPDX-License-Identifier: GPL-2.0-or-later
/* Receives the session and the model's threads; hands on their wakers, histograms, waits, calls. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/vec.h"
#include "model/builder.h"

/* Keeps the largest of a thread's wakers. */
static void waker_add(struct thread_model *thread, const struct record_waker *record,
		      uint64_t count, uint64_t ns)
{
	struct waker_model waker = { record->pid, record->tid, record->state, count, ns }, other;
	size_t i;

	for (i = 0; i < thread->waker_count; i++)
		if (waker.ns > thread->wakers[i].ns) {
			other = thread->wakers[i];
			thread->wakers[i] = waker;
			waker = other;
		}
	if (thread->waker_count < MODEL_MAX_WAKERS)
		thread->wakers[thread->waker_count++] = waker;
}

static void build_wakers(struct builder *builder)
{
	const struct session *session = builder->session;
	size_t i, position;

	for (i = 0; i < session->waker_count; i++) {
		const struct waker_entry *entry = &session->wakers[i];
		struct span span = span_of(&builder->window, &entry->seen, &entry->first,
					   &entry->previous, &entry->last);
		const struct record_waker *base = span.base, *last = span.last;
		struct thread_model *thread;
		uint64_t count;

		if (!last)
			continue;
		position = index_find(&builder->rows, last->thread_id);
		count = span_minus(last->count, base ? base->count : 0);
		if (position == INDEX_NONE || !count)
			continue;
		thread = &builder->model->processes[position >> 32].threads[position & UINT32_MAX];
		if (thread->count == 1)
			waker_add(thread, last, count, span_minus(last->ns, base ? base->ns : 0));
	}
}

/* Ended threads that share a row share its histogram. */
static int build_histograms(struct builder *builder)
{
	const struct session *session = builder->session;
	size_t i, j, position;

	for (i = 0; i < session->histogram_count; i++) {
		const struct histogram_entry *entry = &session->histograms[i];
		struct span span = span_of(&builder->window, &entry->seen, &entry->first,
					   &entry->previous, &entry->last);
		const struct record_histogram *base = span.base, *last = span.last;
		uint32_t **counts;

		if (!last)
			continue;
		position = index_find(&builder->rows, last->thread_id);
		if (position == INDEX_NONE)
			continue;
		counts = &builder->model->processes[position >> 32]
				  .threads[position & UINT32_MAX]
				  .histogram[last->state];
		if (!*counts)
			*counts = calloc(RECORD_HISTOGRAM_LEN, sizeof(**counts));
		if (!*counts)
			return -ENOMEM;
		for (j = 0; j < RECORD_HISTOGRAM_LEN; j++)
			(*counts)[j] +=
				(uint32_t)span_minus(last->count[j], base ? base->count[j] : 0);
	}
	return 0;
}

/* Of a place where a process waits: a server may have thousands of peers. */
static uint64_t place_key(size_t process, const struct record_wait *wait)
{
	uint64_t key = index_hash(&process, sizeof(process), 0);

	key = index_hash(&wait->state, sizeof(wait->state), key);
	key = index_hash(&wait->object, sizeof(wait->object), key);
	key = index_hash(&wait->device, sizeof(wait->device), key);
	key = index_hash(&wait->family, sizeof(wait->family), key);
	key = index_hash(&wait->peer_port, sizeof(wait->peer_port), key);
	key = index_hash(wait->peer_addr, sizeof(wait->peer_addr), key);
	return index_hash(wait->call_name, strnlen(wait->call_name, sizeof(wait->call_name)), key);
}

static int wait_add(struct builder *builder, const struct record_wait *wait, uint64_t count,
		    uint64_t ns, uint64_t max_ns)
{
	struct process_model *process = builder_process(builder, wait->pid, wait->process_start_ns);
	struct wait_model *row;
	size_t at, i;
	uint64_t key;

	if (!process || (!count && !ns))
		return 0;
	at = (size_t)(process - builder->model->processes);
	key = place_key(at, wait);
	i = index_find(&builder->waits, key);
	if (i == INDEX_NONE) {
		i = process->wait_count;
		if (vec_reserve((void **)&process->waits, &builder->wait_capacity[at], i,
				sizeof(*row)) ||
		    index_add(&builder->waits, key, i))
			return -ENOMEM;
		process->wait_count++;
		row = &process->waits[i];
		memset(row, 0, sizeof(*row));
		row->state = wait->state;
		row->object = wait->object;
		row->device = wait->device;
		row->family = wait->family;
		row->peer_port = wait->peer_port;
		memcpy(row->peer_addr, wait->peer_addr, sizeof(row->peer_addr));
		memcpy(row->call_name, wait->call_name, sizeof(row->call_name) - 1);
		memcpy(row->file_system, wait->file_system, sizeof(row->file_system) - 1);
	}
	row = &process->waits[i];
	row->waits += count;
	row->wait_ns += ns;
	row->open_ns += wait->open ? ns : 0;
	if (max_ns > row->max_ns)
		row->max_ns = max_ns;
	return 0;
}

static int build_waits(struct builder *builder)
{
	const struct session *session = builder->session;
	size_t i;
	int error = 0;

	for (i = 0; i < session->wait_count && !error; i++) {
		const struct wait_entry *entry = &session->waits[i];
		struct span span = span_of(&builder->window, &entry->seen, &entry->first,
					   &entry->previous, &entry->last);
		const struct record_wait *base = span.base, *last = span.last;

		if (last)
			error = wait_add(builder, last,
					 span_minus(last->count, base ? base->count : 0),
					 span_minus(last->ns, base ? base->ns : 0), last->max_ns);
	}
	for (i = 0; i < session->open_closed && !error; i++) {
		const struct record_wait *open = &session->open[i];
		uint64_t ns = open->ns > builder->window.end_ns - builder->window.start_ns ?
				      builder->window.end_ns - builder->window.start_ns :
				      open->ns;

		error = wait_add(builder, open, 1, ns, ns);
	}
	return error;
}

/* Takes this much from the rows of a state, as far as they have it. */
static uint64_t take_back(struct process_model *process, uint32_t state, bool open, uint64_t excess)
{
	uint64_t cut, most;
	size_t i;

	for (i = 0; i < process->wait_count && excess; i++) {
		struct wait_model *row = &process->waits[i];

		if (row->state != state)
			continue;
		most = open ? row->open_ns : row->wait_ns;
		cut = excess < most ? excess : most;
		row->wait_ns -= cut;
		row->open_ns -= cut < row->open_ns ? cut : row->open_ns;
		excess -= cut;
	}
	return excess;
}

/*
 * The kernel's table of waits is read a moment after the boundary, at which the ledgers are exact:
 * a wait that ended in between is in the table, and was open at the boundary as well.
 */
static void trim_waits(struct process_model *process)
{
	uint64_t sum[NR_STATES] = { 0 }, excess;
	uint32_t s;
	size_t i;

	for (i = 0; i < process->wait_count; i++)
		sum[process->waits[i].state] += process->waits[i].wait_ns;
	for (s = 0; s < NR_STATES; s++) {
		/* what kind of lock it was is known only at the end: the ledger is corrected by that */
		if (s == STATE_LOCK || s == STATE_GIL || s == STATE_CONDITION ||
		    sum[s] <= process->time.state_ns[s])
			continue;
		excess = take_back(process, s, true, sum[s] - process->time.state_ns[s]);
		take_back(process, s, false, excess);
	}
}

static int build_calls(struct builder *builder)
{
	const struct session *session = builder->session;
	size_t i, at;

	for (i = 0; i < session->call_count; i++) {
		const struct call_entry *entry = &session->calls[i];
		struct span span = span_of(&builder->window, &entry->seen, &entry->first,
					   &entry->previous, &entry->last);
		const struct record_call *base = span.base, *last = span.last;
		struct process_model *process =
			builder_process(builder, entry->last.pid, entry->last.process_start_ns);
		struct call_model *row;

		if (!process || !last || last->count == (base ? base->count : 0))
			continue;
		at = (size_t)(process - builder->model->processes);
		if (vec_reserve((void **)&process->calls, &builder->call_capacity[at],
				process->call_count, sizeof(*row)))
			return -ENOMEM;
		row = &process->calls[process->call_count++];
		memset(row, 0, sizeof(*row));
		memcpy(row->name, entry->last.call_name, sizeof(row->name) - 1);
		row->count = span_minus(last->count, base ? base->count : 0);
		row->ns = span_minus(last->ns, base ? base->ns : 0);
	}
	return 0;
}

int build_rows(struct builder *builder)
{
	size_t i;
	int error;

	/* sums that did not grow would read as nothing */
	if (!model_gave_up(builder->model, DETAIL_AT_WAKERS))
		build_wakers(builder);
	error = model_gave_up(builder->model, DETAIL_AT_HISTOGRAMS) ? 0 : build_histograms(builder);
	if (!error)
		error = build_waits(builder);
	for (i = 0; i < builder->model->process_count && !error; i++)
		trim_waits(&builder->model->processes[i]);
	if (!error)
		error = build_calls(builder);
	return error;
}
