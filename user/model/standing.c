// SPDX-License-Identifier: GPL-2.0-or-later
/* Waits that never ended in the window, with their locks and places, and the sockets with pending work. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/vec.h"
#include "model/builder.h"

/* Where the waits of each thread are, while they are filled. */
struct standing_index {
	struct index by_thread; /* key_of -> process << 32 | row */
	size_t *capacity; /* beside model->processes */
};

static uint64_t key_of(uint32_t pid, uint64_t start_ns, uint32_t tid)
{
	return index_hash(&tid, sizeof(tid), session_process_key(pid, start_ns));
}

static struct standing_model *find(const struct builder *builder,
				   const struct standing_index *index, uint32_t pid,
				   uint64_t start_ns, uint32_t tid)
{
	size_t at = index_find(&index->by_thread, key_of(pid, start_ns, tid));

	return at == INDEX_NONE ? NULL :
				  &builder->model->processes[at >> 32].standing[at & UINT32_MAX];
}

static struct thread_model *thread_of(struct process_model *process, uint32_t tid)
{
	size_t i;

	for (i = 0; i < process->thread_count; i++)
		if (process->threads[i].tid == tid)
			return &process->threads[i];
	return NULL;
}

/* An ipc wait that never ended is rest, as nothing was requested: but a write requests to be read. */
static void take_from_rest(struct process_model *process, struct thread_model *thread)
{
	process->unended_ipc_ns -= thread->unended_ipc_ns < process->unended_ipc_ns ?
					   thread->unended_ipc_ns :
					   process->unended_ipc_ns;
	thread->unended_ipc_ns = 0;
}

static int add_wait(struct builder *builder, struct standing_index *index,
		    const struct record_wait *wait)
{
	struct process_model *process = builder_process(builder, wait->pid, wait->process_start_ns);
	struct thread_model *thread = process ? thread_of(process, wait->tid) : NULL;
	struct standing_model *row;
	size_t at;

	if (!thread)
		return 0;
	if (wait->state == STATE_IPC && record_wait_writes(wait->call_name))
		take_from_rest(process, thread);
	if (thread->open_ns < builder->model->duration_ns)
		return 0;
	at = (size_t)(process - builder->model->processes);
	if (vec_reserve((void **)&process->standing, &index->capacity[at], process->standing_count,
			sizeof(*row)) ||
	    index_add(&index->by_thread, key_of(wait->pid, wait->process_start_ns, wait->tid),
		      at << 32 | process->standing_count))
		return -ENOMEM;
	row = &process->standing[process->standing_count++];
	memset(row, 0, sizeof(*row));
	row->tid = wait->tid;
	row->state = wait->state;
	row->object = wait->object;
	row->device = wait->device;
	memcpy(row->comm, thread->comm, sizeof(row->comm));
	memcpy(row->call_name, wait->call_name, sizeof(row->call_name));
	row->family = wait->family;
	row->peer_port = wait->peer_port;
	memcpy(row->peer_addr, wait->peer_addr, sizeof(row->peer_addr));
	row->ns = builder->model->duration_ns;
	row->writes = record_wait_writes(wait->call_name);
	return 0;
}

static void add_lock(struct standing_model *row, const struct record_lock *lock)
{
	row->waits_for_lock = true;
	row->lock_kind = lock->kind;
	row->lock = lock->address;
	row->holder = lock->holder;
	row->stray = lock->stray;
}

static int add_frames(const struct pending_rows *frames, uint64_t thread_id,
		      struct standing_model *row)
{
	const struct record_long_wait_frame *all = frames->rows;
	size_t first = 0, count = 0, i;

	while (first < frames->count && all[first].thread_id != thread_id)
		first++;
	while (first + count < frames->count && all[first + count].thread_id == thread_id)
		count++;
	if (!count)
		return 0;
	row->frames = calloc(count, sizeof(*row->frames));
	if (!row->frames)
		return -ENOMEM;
	row->frame_count = count;
	for (i = 0; i < count; i++)
		memcpy(row->frames[i], all[first + i].text, sizeof(row->frames[i]));
	return 0;
}

static int add_place(const struct builder *builder, const struct record_long_wait *wait,
		     struct standing_model *row)
{
	if (builder->window.end_ns > wait->since_ns)
		row->ns = builder->window.end_ns - wait->since_ns;
	row->other_pid = wait->other_pid;
	row->other_known = wait->other_known;
	row->other_many = wait->other_many;
	memcpy(row->other_comm, wait->other_comm, sizeof(row->other_comm));
	memcpy(row->where, wait->where, sizeof(row->where));
	row->internal = wait->internal;
	row->library = wait->library;
	memcpy(row->runner, wait->runner, sizeof(row->runner));
	return add_frames(&builder->session->long_wait_frames.last, wait->thread_id, row);
}

static const struct record_backlog *same_socket(const struct pending_rows *rows,
						const struct record_backlog *socket)
{
	const struct record_backlog *all = rows->rows;
	size_t i;

	for (i = 0; i < rows->count; i++)
		if (all[i].inode == socket->inode && all[i].pid == socket->pid &&
		    all[i].process_start_ns == socket->process_start_ns)
			return &all[i];
	return NULL;
}

/* A listener's next connection is known of TCP only. */
static bool is_untouched(const struct record_backlog *first, const struct record_backlog *last)
{
	if (first->taken != last->taken || first->pending > last->pending)
		return false;
	switch (last->object) {
	case OBJECT_TCP_LISTENING:
	case OBJECT_UNIX_LISTENING:
		return first->taken != 0;
	}
	return true;
}

static int add_backlog(struct builder *builder, struct standing_index *index,
		       const struct pending_rows *before, const struct record_backlog *last)
{
	struct process_model *process = builder_process(builder, last->pid, last->process_start_ns);
	const struct record_backlog *first = same_socket(before, last);
	struct backlog_model *row;
	size_t at;

	if (!process || !first)
		return 0;
	at = (size_t)(process - builder->model->processes);
	if (vec_reserve((void **)&process->backlogs, &index->capacity[at], process->backlog_count,
			sizeof(*row)))
		return -ENOMEM;
	row = &process->backlogs[process->backlog_count++];
	*row = (struct backlog_model){
		.object = last->object,
		.port = last->port,
		.pending_first = first->pending,
		.pending = last->pending,
		.untouched = is_untouched(first, last),
		.waited = first->waited || last->waited,
		.shared = first->shared || last->shared,
	};
	return 0;
}

static int fill_waits(struct builder *builder, struct standing_index *index)
{
	const struct session *session = builder->session;
	const struct record_wait *waits = session->open.last.rows;
	const struct record_lock *locks = session->open_locks.last.rows;
	const struct record_long_wait *places = session->long_waits.last.rows;
	struct standing_model *row;
	int error = 0;
	size_t i;

	for (i = 0; i < session->open.last.count && !error; i++)
		error = add_wait(builder, index, &waits[i]);
	for (i = 0; i < session->open_locks.last.count && !error; i++) {
		row = find(builder, index, locks[i].pid, locks[i].process_start_ns, locks[i].tid);
		if (row)
			add_lock(row, &locks[i]);
	}
	for (i = 0; i < session->long_waits.last.count && !error; i++) {
		row = find(builder, index, places[i].pid, places[i].process_start_ns,
			   places[i].tid);
		if (row)
			error = add_place(builder, &places[i], row);
	}
	return error;
}

static int fill_backlogs(struct builder *builder, struct standing_index *index)
{
	const struct session *session = builder->session;
	const struct pending_rows *last = &session->backlogs.last;
	const struct pending_rows *before = builder->window.whole ? &session->backlogs.first :
								    &session->backlogs.previous;
	const struct record_backlog *rows = last->rows;
	int error = 0;
	size_t i;

	memset(index->capacity, 0, builder->model->process_count * sizeof(*index->capacity));
	for (i = 0; i < last->count && !error; i++)
		error = add_backlog(builder, index, before, &rows[i]);
	return error;
}

/* Calls of unknown nature, words and sets that could not be read, losses; a wait for a signal is rest. */
static void sum_unattributed(struct process_model *process)
{
	const uint64_t *ns = process->time.state_ns;

	process->unattributed_ns =
		span_minus(ns[STATE_OTHER], model_signal_ns(process)) + ns[STATE_UNOBSERVED];
}

/* A stall that is one wait of the whole window has the place of that wait: no end of it was seen. */
static int place_stalls(struct process_model *process)
{
	const struct standing_model *wait;
	struct stall_model *stall;
	size_t i, j;

	for (i = 0; i < process->stall_count; i++) {
		stall = &process->stalls[i];
		for (j = 0; j < process->standing_count; j++)
			if (process->standing[j].tid == stall->tid)
				break;
		if (!stall->open || stall->where[0] || j == process->standing_count)
			continue;
		wait = &process->standing[j];
		memcpy(stall->where, wait->where, sizeof(stall->where));
		if (stall->frames || !wait->frame_count)
			continue;
		stall->frames = calloc(wait->frame_count, sizeof(*stall->frames));
		if (!stall->frames)
			return -ENOMEM;
		stall->frame_count = wait->frame_count;
		memcpy(stall->frames, wait->frames, wait->frame_count * sizeof(*stall->frames));
	}
	return 0;
}

int build_standing(struct builder *builder)
{
	struct standing_index index = { .capacity = calloc(builder->model->process_count + 1,
							   sizeof(size_t)) };
	int error = index.capacity ? fill_waits(builder, &index) : -ENOMEM;
	size_t i;

	if (!error)
		error = fill_backlogs(builder, &index);
	for (i = 0; i < builder->model->process_count; i++) {
		sum_unattributed(&builder->model->processes[i]);
		error = error ? error : place_stalls(&builder->model->processes[i]);
	}
	free(index.capacity);
	index_free(&index.by_thread);
	return error;
}
