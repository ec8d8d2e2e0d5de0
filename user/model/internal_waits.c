// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Waits inside the target: from the model's threads and their wakers, computes for each process the
 * part of its waits that was spent on other monitored threads doing work: that work is counted
 * there, so the wait is no I/O of the target. A wait for a thread that itself rests is left
 * unchanged: it waits for something outside. A wait for watched children is always what these do.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/builder.h"

#define ROUNDS 4 /* how long a chain of waits for each other is followed */

/* A thread while it is worked on. */
struct internal {
	struct process_model *process;
	struct thread_model *thread;
	uint64_t busy_ns; /* it worked, or waited for one that did */
	uint64_t inner_ns[NR_STATES];
};

struct internal_book {
	struct internal *rows;
	size_t count;
	struct index by_tid, by_pid;
	uint64_t *children_ns; /* of each process: what its watched children were busy, ... */
	bool *has_children; /* ... and whether any of them is watched */
};

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t number_key(uint32_t number)
{
	return index_hash(&number, sizeof(number), 0);
}

/* A number may come twice in a window: the first has it. */
static int add_number(struct index *index, uint32_t number, size_t position)
{
	if (index_find(index, number_key(number)) != INDEX_NONE)
		return 0;
	return index_add(index, number_key(number), position);
}

/* What a thread did that is no wait for another: it may wait for none of these. */
static uint64_t own_work(const struct thread_model *thread)
{
	const uint64_t *ns = thread->time.state_ns;

	return states_work(ns) - ns[STATE_IPC] - ns[STATE_CHILD];
}

static int book_fill(struct model *model, struct internal_book *book)
{
	size_t count = 0, i, j;

	for (i = 0; i < model->process_count; i++)
		count += model->processes[i].thread_count;
	book->rows = calloc(count + 1, sizeof(*book->rows));
	book->children_ns = calloc(model->process_count + 1, sizeof(*book->children_ns));
	book->has_children = calloc(model->process_count + 1, sizeof(*book->has_children));
	if (!book->rows || !book->children_ns || !book->has_children)
		return -ENOMEM;
	for (i = 0; i < model->process_count; i++) {
		struct process_model *process = &model->processes[i];

		book->has_children[i] = process->had_children;
		if (process->pid && add_number(&book->by_pid, process->pid, i))
			return -ENOMEM;
		for (j = 0; j < process->thread_count; j++) {
			struct thread_model *thread = &process->threads[j];
			book->rows[book->count] = (struct internal){ .process = process,
								     .thread = thread,
								     .busy_ns = own_work(thread) };
			if (thread->count == 1 &&
			    add_number(&book->by_tid, thread->tid, book->count))
				return -ENOMEM;
			book->count++;
		}
	}
	return 0;
}

/* Waits known to be ended by a monitored thread, by state, as far as that thread was busy. */
static void add_wakers(const struct internal_book *book, const struct internal *row, uint64_t *ret)
{
	size_t i, position;

	for (i = 0; i < row->thread->waker_count; i++) {
		const struct waker_model *waker = &row->thread->wakers[i];

		switch (waker->state) {
		case STATE_IPC:
		case STATE_NETWORK:
		case STATE_POLL_IO:
			break;
		default:
			continue;
		}
		position = waker->tid ? index_find(&book->by_tid, number_key(waker->tid)) :
					INDEX_NONE;
		if (position == INDEX_NONE || &book->rows[position] == row ||
		    book->rows[position].process->pid != waker->pid)
			continue;
		ret[waker->state] += least(waker->ns, book->rows[position].busy_ns);
	}
}

/* What the watched children of each process were busy: a wait for children is for these. */
static void sum_children(const struct model *model, struct internal_book *book)
{
	size_t i, position;

	for (i = 0; i < model->process_count; i++)
		book->children_ns[i] = model->processes[i].children_ns;
	for (i = 0; i < book->count; i++) {
		const struct process_model *process = book->rows[i].process;

		position = index_find(&book->by_pid, number_key(process->ppid));
		if (position == INDEX_NONE || process->ppid == process->pid)
			continue;
		book->children_ns[position] += book->rows[i].busy_ns;
		book->has_children[position] = true;
	}
}

static void one_round(const struct model *model, struct internal_book *book)
{
	size_t i;
	int s;

	sum_children(model, book);
	for (i = 0; i < book->count; i++) {
		struct internal *row = &book->rows[i];
		const uint64_t *ns = row->thread->time.state_ns;
		uint64_t found[NR_STATES] = { 0 };

		if (!ns[STATE_IPC] && !ns[STATE_NETWORK] && !ns[STATE_POLL_IO] && !ns[STATE_CHILD])
			continue;
		add_wakers(book, row, found);
		/* a wait for children is what they do, be it rest: that is counted there */
		if (book->has_children[row->process - model->processes])
			found[STATE_CHILD] = ns[STATE_CHILD];
		for (s = 0; s < NR_STATES; s++) {
			uint64_t most = ns[s];

			/* one that never ended is rest already */
			if (s == STATE_IPC)
				most -= least(most, row->thread->unended_ipc_ns);
			row->inner_ns[s] = least(found[s], most);
		}
		row->busy_ns =
			own_work(row->thread) + row->inner_ns[STATE_IPC] +
			least(ns[STATE_CHILD], book->children_ns[row->process - model->processes]);
	}
}

int build_inner(struct builder *builder)
{
	struct model *model = builder->model;
	struct internal_book book = { .count = 0 };
	int error = book_fill(model, &book), round, s;
	size_t i;

	for (round = 0; round < ROUNDS && !error; round++)
		one_round(model, &book);
	for (i = 0; i < book.count && !error; i++)
		for (s = 0; s < NR_STATES; s++) {
			book.rows[i].process->inner_ns[s] += book.rows[i].inner_ns[s];
			book.rows[i].thread->inner_ns += book.rows[i].inner_ns[s];
		}
	for (i = 0; i < model->process_count && !error; i++)
		model->processes[i].inner_ns[STATE_CHILD] += model->processes[i].child_inner_ns;
	free(book.rows);
	free(book.children_ns);
	free(book.has_children);
	index_free(&book.by_tid);
	index_free(&book.by_pid);
	return error;
}
