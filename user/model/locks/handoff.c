// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Locks internal to the JVM: finds which waits of threads were for a lock, from their wakers. The
 * JVM parks each thread at a separate word, so that the word does not distinguish a monitor from a
 * queue; the wakers do: three or more threads of one name, woken only by each other, of which one
 * at a time does anything, take turns at a lock.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/runtimes.h"
#include "model/builder.h"

#define LEAST_THREADS 3 /* two that wake each other may hand each other work */
#define BY_PEERS 0.9 /* of the waits that a thread ended */
#define ONE_LEAST \
	0.8 /* threads that do something at a time: the lock is never free for long, ... */
#define ONE_MOST 1.25 /* ... and the releasing thread runs briefly before it blocks again */

/* Threads of one name. */
struct handoff {
	char name[RECORD_COMM_LEN];
	uint64_t peers_ns, others_ns; /* ended waits in condition, by waker */
	uint64_t active_ns; /* not in condition */
	size_t threads; /* that a peer woke */
};

struct handoff_book {
	struct handoff *rows;
	size_t count;
	struct index by_name, by_tid; /* of a process */
};

static uint64_t tid_key(uint32_t tid)
{
	return index_hash(&tid, sizeof(tid), 0);
}

static struct handoff *handoff_of(struct handoff_book *book, const struct thread_model *thread)
{
	char name[RECORD_COMM_LEN];
	uint64_t key;
	size_t at;

	model_base_name(thread->comm, name);
	key = index_hash(name, sizeof(name), 0);
	at = index_find(&book->by_name, key);
	if (at != INDEX_NONE)
		return &book->rows[at];
	if (index_add(&book->by_name, key, book->count))
		return NULL;
	memcpy(book->rows[book->count].name, name, sizeof(name));
	return &book->rows[book->count++];
}

/* Time that a thread waited in condition, by whether a thread of the same name ended it. */
static void split_waits(struct handoff_book *book, const struct process_model *process,
			const struct thread_model *thread, const struct handoff *own,
			uint64_t *ret_peers, uint64_t *ret_others)
{
	const struct handoff *other;
	size_t i, at;

	*ret_peers = *ret_others = 0;
	for (i = 0; i < thread->waker_count; i++) {
		const struct waker_model *waker = &thread->wakers[i];

		if (waker->state != STATE_CONDITION)
			continue;
		at = waker->pid == process->pid ? index_find(&book->by_tid, tid_key(waker->tid)) :
						  INDEX_NONE;
		other = at == INDEX_NONE ? NULL : handoff_of(book, &process->threads[at]);
		if (other == own)
			*ret_peers += waker->ns;
		else
			*ret_others += waker->ns;
	}
}

static int book_fill(struct handoff_book *book, const struct process_model *process)
{
	uint64_t peers, others;
	struct handoff *handoff;
	size_t i;

	book->rows = calloc(process->thread_count + 1, sizeof(*book->rows));
	if (!book->rows)
		return -ENOMEM;
	for (i = 0; i < process->thread_count; i++) {
		uint64_t key = tid_key(process->threads[i].tid);

		if (!handoff_of(book, &process->threads[i]) ||
		    (index_find(&book->by_tid, key) == INDEX_NONE &&
		     index_add(&book->by_tid, key, i)))
			return -ENOMEM;
	}
	for (i = 0; i < process->thread_count; i++) {
		const struct thread_model *thread = &process->threads[i];

		handoff = handoff_of(book, thread);
		split_waits(book, process, thread, handoff, &peers, &others);
		handoff->peers_ns += peers;
		handoff->others_ns += others;
		handoff->threads += peers > 0;
		handoff->active_ns += thread->time.wall_ns - thread->time.state_ns[STATE_CONDITION];
	}
	return 0;
}

static bool takes_turns(const struct handoff *handoff, uint64_t window_ns)
{
	double active = (double)handoff->active_ns / (double)window_ns;

	return handoff->threads >= LEAST_THREADS && active >= ONE_LEAST && active <= ONE_MOST &&
	       (double)handoff->peers_ns >=
		       BY_PEERS * ((double)handoff->peers_ns + (double)handoff->others_ns);
}

static void move(struct ledger *time, uint64_t ns)
{
	time->state_ns[STATE_CONDITION] -= ns;
	time->state_ns[STATE_LOCK] += ns;
}

/* What peers ended was a wait for the lock. */
static void name_wakes(struct handoff_book *book, const struct process_model *process,
		       struct thread_model *thread, const struct handoff *own)
{
	size_t i, at;

	for (i = 0; i < thread->waker_count; i++) {
		struct waker_model *waker = &thread->wakers[i];

		at = waker->pid == process->pid ? index_find(&book->by_tid, tid_key(waker->tid)) :
						  INDEX_NONE;
		if (waker->state == STATE_CONDITION && at != INDEX_NONE &&
		    handoff_of(book, &process->threads[at]) == own)
			waker->state = STATE_LOCK;
	}
}

static int process_handoff(struct process_model *process, uint64_t window_ns)
{
	struct handoff_book book = { .count = 0 };
	int error = book_fill(&book, process);
	uint64_t peers, others;
	size_t i;

	for (i = 0; i < process->thread_count && !error && window_ns; i++) {
		struct thread_model *thread = &process->threads[i];
		const struct handoff *handoff = handoff_of(&book, thread);

		if (!takes_turns(handoff, window_ns))
			continue;
		split_waits(&book, process, thread, handoff, &peers, &others);
		if (peers > thread->time.state_ns[STATE_CONDITION])
			peers = thread->time.state_ns[STATE_CONDITION];
		move(&thread->time, peers);
		move(&process->time, peers);
		name_wakes(&book, process, thread, handoff);
		process->turns_ns += peers;
		process->turns_threads = (uint32_t)handoff->threads;
		memcpy(process->turns_name, handoff->name, sizeof(handoff->name));
	}
	free(book.rows);
	index_free(&book.by_name);
	index_free(&book.by_tid);
	return error;
}

int build_handoff(struct builder *builder)
{
	struct model *model = builder->model;
	size_t i;
	int error = 0;

	for (i = 0; i < model->process_count && !error; i++)
		if (runtime_traits_of(model->processes[i].runtime)->parks_each_thread)
			error = process_handoff(&model->processes[i], model->duration_ns);
	return error;
}
