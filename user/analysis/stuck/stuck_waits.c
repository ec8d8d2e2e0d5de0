// SPDX-License-Identifier: GPL-2.0-or-later
/* What one wait of the whole window says by itself: its lock, its stack, where its end would come from. */
#include "analysis/stuck/stuck_waits.h"

#include <string.h>

#define SERVES_SHARE 0.05 /* of the window at work: a thread that does more may be what serves */

const struct standing_model *stuck_wait_of(const struct process_model *process, uint32_t tid)
{
	size_t i;

	for (i = 0; tid && i < process->standing_count; i++)
		if (process->standing[i].tid == tid)
			return &process->standing[i];
	return NULL;
}

bool stuck_none_moved(const struct process_model *process)
{
	return process->standing_count && process->standing_count == process->threads_seen;
}

bool stuck_all_stand(const struct process_model *process)
{
	uint64_t threads = process->thread_growth.last;

	return stuck_none_moved(process) &&
	       (threads == RECORD_UNKNOWN || threads <= process->standing_count);
}

uint32_t stuck_wait_count(const struct process_model *process, uint64_t lock)
{
	uint32_t count = 0;
	size_t i;

	for (i = 0; i < process->standing_count; i++)
		count += process->standing[i].waits_for_lock && process->standing[i].lock == lock;
	return count;
}

bool stuck_wait_has_frame(const struct standing_model *wait, const char *file, const char *function)
{
	size_t i;

	for (i = 0; i < wait->frame_count; i++)
		if (strstr(wait->frames[i], file) && strstr(wait->frames[i], function))
			return true;
	return false;
}

bool stuck_wait_joins(const struct standing_model *wait)
{
	return stuck_wait_has_frame(wait, "pthread_join", "") ||
	       stuck_wait_has_frame(wait, "clockjoin", "") ||
	       stuck_wait_has_frame(wait, "threading.py", " join") ||
	       stuck_wait_has_frame(wait, "threading.py", " _wait_for_tstate_lock");
}

bool stuck_wait_follows(const struct process_model *process, const struct standing_model *wait)
{
	const struct standing_model *holder = stuck_wait_of(process, wait->holder);

	if (!wait->waits_for_lock || !holder)
		return false;
	switch (holder->object) {
	case OBJECT_TCP_LISTENING:
	case OBJECT_UNIX_LISTENING:
		return true;
	}
	return holder->state == STATE_POLL_IDLE;
}

uint64_t stuck_followers(const struct model *model, const struct process_model *process)
{
	struct process_range range = model_range(model, process);
	const struct process_model *each;
	uint64_t count = 0;
	size_t i;

	for (each = range.first; each < range.end; each++)
		for (i = 0; i < each->standing_count; i++)
			count += each->standing[i].state == STATE_LOCK &&
				 stuck_wait_follows(each, &each->standing[i]);
	return count;
}

/* Further in than any function of the program, is it in the package that runs it? There it waits for a result. */
static bool waits_in_its_runner(const struct standing_model *wait)
{
	const char *slash = strchr(wait->runner, '/');
	size_t length = slash ? (size_t)(slash - wait->runner) + 1 : strlen(wait->runner), i;

	for (i = 0; i < wait->frame_count && strcmp(wait->frames[i], wait->where); i++)
		if (!strncmp(wait->frames[i], wait->runner, length))
			return true;
	return false;
}

bool stuck_wait_is_inside(const struct standing_model *wait)
{
	return wait->runner[0] && !wait->library && wait->internal && waits_in_its_runner(wait);
}

/*
 * A pool's own wait: in a library that runs the thread, without a function of the program; of runtimes
 * whose stacks are not read, at a word that others of the process wait at as well. A thread that waits
 * for another's end is what that one is.
 */
static bool is_pool_wait(const struct process_model *process, const struct standing_model *wait)
{
	if (wait->library || stuck_wait_joins(wait))
		return true;
	return process->no_frames && wait->waits_for_lock &&
	       stuck_wait_count(process, wait->lock) > 1;
}

static bool is_for_work(const struct process_model *process, const struct standing_model *wait)
{
	switch (wait->state) {
	case STATE_REQUEST:
	case STATE_SLEEP:
	case STATE_POLL_IDLE:
	case STATE_CHILD: /* what the children do is asked of them */
		return true;
	case STATE_CONDITION:
		return is_pool_wait(process, wait);
	case STATE_LOCK:
		return stuck_wait_follows(process, wait);
	case STATE_OTHER:
		return record_wait_for_signal(wait->call_name, wait->object);
	}
	return false;
}

const struct standing_model *stuck_wait_unexplained(const struct process_model *process)
{
	size_t i;

	for (i = 0; i < process->standing_count; i++)
		if (!is_for_work(process, &process->standing[i]))
			return &process->standing[i];
	return NULL;
}

const struct standing_model *stuck_unexplained(const struct model *model,
					       const struct process_model *process)
{
	struct process_range range = model_range(model, process);
	const struct standing_model *found = NULL;
	const struct process_model *each;

	for (each = range.first; each < range.end && !found; each++)
		found = stuck_wait_unexplained(each);
	return found;
}

static bool is_left_unread(const struct backlog_model *socket)
{
	return (socket->object == OBJECT_TCP_ACCEPTED || socket->object == OBJECT_UNIX_ACCEPTED) &&
	       socket->pending_first && socket->untouched && socket->waited && !socket->shared;
}

static bool is_queued(const struct backlog_model *socket)
{
	return (socket->object == OBJECT_TCP_LISTENING ||
		socket->object == OBJECT_UNIX_LISTENING) &&
	       socket->pending_first && socket->pending;
}

static const struct backlog_model *first_socket(const struct model *model,
						const struct process_model *process,
						bool (*is_one)(const struct backlog_model *socket))
{
	struct process_range range = model_range(model, process);
	const struct process_model *each;
	size_t i;

	for (each = range.first; each < range.end; each++)
		for (i = 0; i < each->backlog_count; i++)
			if (is_one(&each->backlogs[i]))
				return &each->backlogs[i];
	return NULL;
}

const struct backlog_model *stuck_left_unread(const struct model *model,
					      const struct process_model *process)
{
	return first_socket(model, process, is_left_unread);
}

const struct backlog_model *stuck_queued(const struct model *model,
					 const struct process_model *process)
{
	return first_socket(model, process, is_queued);
}

/* From outside: a client, an event, data. Signals bring no work. */
static bool comes_from_outside(const struct standing_model *wait)
{
	switch (wait->state) {
	case STATE_REQUEST:
	case STATE_POLL_IDLE:
	case STATE_IPC:
		return true;
	}
	return false;
}

bool stuck_awaits_work(const struct model *model, const struct process_model *process)
{
	struct process_range range = model_range(model, process);
	const struct process_model *each;
	size_t i;

	for (each = range.first; each < range.end; each++) {
		if (each->standing_count < each->threads_seen)
			return true; /* one that moved may ask for work now and then */
		for (i = 0; i < each->standing_count; i++)
			if (comes_from_outside(&each->standing[i]))
				return true;
	}
	return false;
}

bool stuck_none_serves(const struct model *model, const struct process_model *process)
{
	size_t i;

	for (i = 0; i < process->thread_count; i++)
		if ((double)model_thread_work_ns(&process->threads[i]) >
			    SERVES_SHARE * (double)model->duration_ns &&
		    !stuck_wait_of(process, process->threads[i].tid))
			return false;
	return true;
}

bool stuck_others_may_accept(const struct model *model, const struct process_model *process,
			     const struct backlog_model *socket)
{
	bool found = false;
	size_t i, j;

	if (!socket->shared)
		return false;
	if (!socket->untouched)
		return true; /* another process accepts */
	for (i = 0; i < model->process_count; i++) {
		const struct process_model *other = &model->processes[i];

		for (j = 0; other != process && j < other->backlog_count; j++) {
			if (other->backlogs[j].object != socket->object ||
			    other->backlogs[j].port != socket->port)
				continue;
			if (!stuck_none_moved(other) && !stuck_none_serves(model, other))
				return true;
			found = true;
		}
	}
	return !found;
}
