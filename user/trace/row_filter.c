// SPDX-License-Identifier: GPL-2.0-or-later
/* Filters the records of a trace, threads first, to the selected processes and threads. */
#include "trace/row_filter.h"

#include <string.h>

static bool among(const pid_t *list, size_t count, uint32_t number)
{
	size_t i;

	for (i = 0; i < count; i++)
		if ((uint32_t)list[i] == number)
			return true;
	return false;
}

static bool is_kept(const struct index *index, uint64_t key)
{
	size_t position = index_find(index, key);

	return position != INDEX_NONE && position;
}

static uint64_t hash_of(uint64_t number)
{
	return index_hash(&number, sizeof(number), 0);
}

/* Threads come first in each snapshot: they carry their process and its parent. */
static bool keeps_thread(struct row_filter *filter, const struct record_thread *thread)
{
	const struct trace_range *range = filter->range;
	bool keep = true;

	if (range->pid_count)
		keep = among(range->pids, range->pid_count, thread->pid) ||
		       (!range->no_children &&
			is_kept(&filter->kept_processes, hash_of(thread->ppid)));
	if (range->tid_count)
		keep = keep && among(range->tids, range->tid_count, thread->tid);
	if (index_find(&filter->kept_processes, hash_of(thread->pid)) == INDEX_NONE && keep)
		index_add(&filter->kept_processes, hash_of(thread->pid), 1);
	if (index_find(&filter->kept_threads, hash_of(thread->id)) == INDEX_NONE)
		index_add(&filter->kept_threads, hash_of(thread->id), keep);
	return keep;
}

bool row_filter_keeps(struct row_filter *filter, const struct record *record)
{
	if (!filter->range->pid_count && !filter->range->tid_count)
		return true;
	switch (record->kind) {
	case RECORD_THREAD:
		return keeps_thread(filter, &record->thread);
	case RECORD_WAKER:
		return is_kept(&filter->kept_threads, hash_of(record->waker.thread_id));
	case RECORD_HISTOGRAM:
		return is_kept(&filter->kept_threads, hash_of(record->histogram.thread_id));
	case RECORD_LOOP:
		return is_kept(&filter->kept_threads, hash_of(record->loop.thread_id));
	case RECORD_LAG:
		return is_kept(&filter->kept_threads, hash_of(record->lag.thread_id));
	case RECORD_STALL:
		return is_kept(&filter->kept_threads, hash_of(record->stall.thread_id));
	case RECORD_STALL_FRAME:
		return is_kept(&filter->kept_threads, hash_of(record->stall_frame.thread_id));
	case RECORD_INTERVAL:
		return is_kept(&filter->kept_threads, hash_of(record->interval.thread_id));
	case RECORD_PROCESS:
		return is_kept(&filter->kept_processes, hash_of(record->process.pid));
	case RECORD_WAIT:
		return is_kept(&filter->kept_processes, hash_of(record->wait.pid));
	case RECORD_CALL:
		return is_kept(&filter->kept_processes, hash_of(record->call.pid));
	case RECORD_LOCK:
		return is_kept(&filter->kept_processes, hash_of(record->lock.pid));
	case RECORD_LOCK_PLACE:
		return is_kept(&filter->kept_processes, hash_of(record->lock_place.pid));
	case RECORD_PLACE:
		return is_kept(&filter->kept_processes, hash_of(record->place.pid));
	case RECORD_LONG_WAIT:
		return is_kept(&filter->kept_threads, hash_of(record->long_wait.thread_id));
	case RECORD_LONG_WAIT_FRAME:
		return is_kept(&filter->kept_threads, hash_of(record->long_wait_frame.thread_id));
	case RECORD_BACKLOG:
		return is_kept(&filter->kept_processes, hash_of(record->backlog.pid));
	case RECORD_LOCK_FRAME:
		return is_kept(&filter->kept_processes, hash_of(record->lock_frame.pid));
	default:
		return true;
	}
}

void row_filter_free(struct row_filter *filter)
{
	index_free(&filter->kept_threads);
	index_free(&filter->kept_processes);
}
