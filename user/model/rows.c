// SPDX-License-Identifier: GPL-2.0-or-later
/* Adds wakers, histograms, waits and calls from the session to the model's threads. */
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
		uint64_t count, ns;

		if (!last)
			continue;
		position = index_find(&builder->rows, last->thread_id);
		count = span_minus(last->count, base ? base->count : 0);
		if (position == INDEX_NONE || !count)
			continue;
		thread = &builder->model->processes[position >> 32].threads[position & UINT32_MAX];
		/* a wait counts whole for its waker, also what was before the window */
		ns = span_minus(last->ns, base ? base->ns : 0);
		if (ns > thread->time.wall_ns)
			ns = thread->time.wall_ns;
		if (thread->count == 1)
			waker_add(thread, last, count, ns);
	}
}

/* Ended threads that share a row share its histogram. */
int builder_add_histogram(struct builder *builder, uint64_t thread_id, uint32_t state,
			  const uint32_t *count)
{
	size_t position = index_find(&builder->rows, thread_id), i;
	uint32_t **counts;

	if (position == INDEX_NONE)
		return 0;
	counts = &builder->model->processes[position >> 32]
			  .threads[position & UINT32_MAX]
			  .histogram[state];
	if (!*counts)
		*counts = calloc(RECORD_HISTOGRAM_LEN, sizeof(**counts));
	if (!*counts)
		return -ENOMEM;
	for (i = 0; i < RECORD_HISTOGRAM_LEN; i++)
		(*counts)[i] += count[i];
	return 0;
}

static int build_histograms(struct builder *builder)
{
	const struct session *session = builder->session;
	uint32_t grown[RECORD_HISTOGRAM_LEN];
	size_t i, j;
	int error = 0;

	for (i = 0; i < session->histogram_count && !error; i++) {
		const struct histogram_entry *entry = &session->histograms[i];
		struct span span = span_of(&builder->window, &entry->seen, &entry->first,
					   &entry->previous, &entry->last);
		const struct record_histogram *base = span.base, *last = span.last;

		if (!last)
			continue;
		for (j = 0; j < RECORD_HISTOGRAM_LEN; j++)
			grown[j] = (uint32_t)span_minus(last->count[j], base ? base->count[j] : 0);
		error = builder_add_histogram(builder, last->thread_id, last->state, grown);
	}
	return error;
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

/* The row of a place; fresh when it is not there yet and *ret_error says 0. NULL: there is none. */
static struct wait_model *wait_row(struct builder *builder, const struct record_wait *wait,
				   bool add, int *ret_error)
{
	struct process_model *process = builder_process(builder, wait->pid, wait->process_start_ns);
	struct wait_model *row;
	size_t at, i;
	uint64_t key;

	*ret_error = 0;
	if (!process)
		return NULL;
	at = (size_t)(process - builder->model->processes);
	key = place_key(at, wait);
	i = index_find(&builder->waits, key);
	if (i != INDEX_NONE)
		return &process->waits[i];
	if (!add)
		return NULL;
	i = process->wait_count;
	if (vec_reserve((void **)&process->waits, &builder->wait_capacity[at], i, sizeof(*row)) ||
	    index_add(&builder->waits, key, i)) {
		*ret_error = -ENOMEM;
		return NULL;
	}
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
	return row;
}

/* Adds waits, of which open_ns are of one that goes on. */
static int wait_add(struct builder *builder, const struct record_wait *wait, uint64_t count,
		    uint64_t ns, uint64_t open_ns, struct longest longest)
{
	struct wait_model *row;
	int error;

	if (!count && !ns)
		return 0;
	row = wait_row(builder, wait, true, &error);
	if (!row)
		return error;
	row->waits += count;
	row->wait_ns += ns;
	row->open_ns += open_ns;
	longest_add(&row->longest, &longest);
	return 0;
}

static int build_waits(struct builder *builder)
{
	const struct session *session = builder->session;
	const struct window *window = &builder->window;
	const struct pending_rows *last = &session->open.last,
				  *base = window->whole ? &session->open.first :
							  &session->open.previous;
	const struct record_wait *going_on = last->rows, *before = base->rows;
	uint64_t length = window->end_ns - window->start_ns;
	size_t i;
	int error = 0;

	for (i = 0; i < session->wait_count && !error; i++) {
		const struct wait_entry *entry = &session->waits[i];
		struct span span = span_of(window, &entry->seen, &entry->first, &entry->previous,
					   &entry->last);
		const struct record_wait *from = span.base, *to = span.last;
		uint64_t count, ns;

		if (!to)
			continue;
		count = span_minus(to->count, from ? from->count : 0);
		ns = span_minus(to->ns, from ? from->ns : 0);
		error = wait_add(builder, to, count, ns, 0,
				 span_longest(to->max_ns, from ? from->max_ns : 0, count, ns));
	}
	for (i = 0; i < last->count && !error; i++) {
		uint64_t ns = going_on[i].ns, inside = ns < length ? ns : length;

		error = wait_add(builder, &going_on[i], 1, ns, inside,
				 (struct longest){ inside, inside });
	}
	/* what went on when the window opened has ended since, or goes on: all of it is in by now */
	for (i = 0; i < base->count && !error; i++) {
		struct wait_model *row = wait_row(builder, &before[i], false, &error);
		uint64_t ns = before[i].ns;

		if (!row)
			continue;
		ns = ns < row->wait_ns ? ns : row->wait_ns;
		row->wait_ns -= ns;
		row->before_ns += ns;
	}
	return error;
}

/*
 * The ledger a state's rows are held against. What a wait at a futex was for may be judged by all
 * that happened at its word: its row keeps what it seemed, and the three share one sum.
 */
static uint32_t account_of(uint32_t state)
{
	return state == STATE_LOCK || state == STATE_GIL ? STATE_CONDITION : state;
}

/* Takes this much from the rows of an account (open: from those with a wait that goes on). */
static uint64_t take_back(struct process_model *process, uint32_t account, bool open,
			  uint64_t excess)
{
	uint64_t cut, most;
	size_t i;

	for (i = 0; i < process->wait_count && excess; i++) {
		struct wait_model *row = &process->waits[i];

		if (account_of(row->state) != account)
			continue;
		most = open && !row->open_ns ? 0 : row->wait_ns;
		cut = excess < most ? excess : most;
		row->wait_ns -= cut;
		row->open_ns -= cut < row->open_ns ? cut : row->open_ns;
		excess -= cut;
	}
	return excess;
}

/* The other way: gives to rows of which this was taken as having been before the window. */
static void give_back(struct process_model *process, uint32_t account, uint64_t lack)
{
	uint64_t more;
	size_t i;

	for (i = 0; i < process->wait_count && lack; i++) {
		struct wait_model *row = &process->waits[i];

		if (account_of(row->state) != account)
			continue;
		more = lack < row->before_ns ? lack : row->before_ns;
		row->wait_ns += more;
		row->before_ns -= more;
		lack -= more;
	}
}

/*
 * The kernel's table of waits is read a moment after the boundary, at which the ledgers are exact:
 * a wait that ended in between is in the table, and was open at the boundary as well; from the window
 * after, it was taken though it is in none of its sums. And what a wait was is known at its end: one
 * that seemed another while it went on is in the ledger as what it was.
 */
static void balance_waits(struct process_model *process)
{
	uint64_t rows[NR_STATES] = { 0 }, ledger[NR_STATES] = { 0 }, excess;
	uint32_t s;
	size_t i;

	for (i = 0; i < process->wait_count; i++)
		rows[account_of(process->waits[i].state)] += process->waits[i].wait_ns;
	for (s = 0; s < NR_STATES; s++)
		ledger[account_of(s)] += process->time.state_ns[s];
	for (s = 0; s < NR_STATES; s++) {
		give_back(process, s, span_minus(ledger[s], rows[s]));
		excess = take_back(process, s, true, span_minus(rows[s], ledger[s]));
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
		balance_waits(&builder->model->processes[i]);
	if (!error)
		error = build_calls(builder);
	return error;
}
