// SPDX-License-Identifier: GPL-2.0-or-later
/* Sorts records into the tables of struct session, as its header describes. */
#include "session/session.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "lib/vec.h"
#include "session/session_parts.h"
#include "trace/fields.h"

struct session *session_new(void)
{
	struct session *session = calloc(1, sizeof(*session));

	if (session) /* what no record contains was not measured */
		session->overhead_fed = (struct record_overhead){
			.bpf_run_ns = RECORD_UNKNOWN,
			.bpf_runs = RECORD_UNKNOWN,
			.reader_cpu_ns = RECORD_UNKNOWN,
			.reader_rss_bytes = RECORD_UNKNOWN,
			.attach_ns = RECORD_UNKNOWN,
			.read_ns = RECORD_UNKNOWN,
			.bursts = RECORD_UNKNOWN,
			.burst_ns = RECORD_UNKNOWN,
		};
	return session;
}

void session_free(struct session *session)
{
	size_t i;

	if (!session)
		return;
	index_free(&session->thread_index);
	index_free(&session->process_index);
	index_free(&session->wait_index);
	index_free(&session->call_index);
	index_free(&session->lock_index);
	index_free(&session->lock_place_index);
	index_free(&session->place_frame_index);
	index_free(&session->place_index);
	index_free(&session->waker_index);
	index_free(&session->histogram_index);
	index_free(&session->loop_index);
	index_free(&session->lag_index);
	free(session->threads);
	free(session->processes);
	free(session->waits);
	free(session->calls);
	free(session->locks);
	for (i = 0; i < session->lock_place_count; i++)
		free(session->lock_places[i].frames);
	free(session->lock_places);
	free(session->place_frames);
	free(session->places);
	free(session->wakers);
	free(session->histograms);
	free(session->loops);
	free(session->lags);
	for (i = 0; i < session->stall_count; i++)
		free(session->stalls[i].frames);
	free(session->stalls);
	ended_free(&session->ended);
	pending_free(&session->open);
	pending_free(&session->open_locks);
	pending_free(&session->long_waits);
	pending_free(&session->long_wait_frames);
	pending_free(&session->backlogs);
	pending_free(&session->neighbours);
	free(session->intervals);
	free(session);
}

void *session_entry_of(struct entry_table table, uint64_t key)
{
	size_t position = index_find(table.index, key);
	struct seen *seen;

	if (position != INDEX_NONE)
		return (char *)*table.entries + position * table.size;
	if (vec_reserve(table.entries, table.capacity, *table.count, table.size) ||
	    index_add(table.index, key, *table.count))
		return NULL;
	seen = (struct seen *)((char *)*table.entries + *table.count * table.size);
	memset(seen, 0, table.size);
	seen->first = seen->previous = seen->last = seen->once = SNAPSHOT_NONE;
	(*table.count)++;
	return seen;
}

/* Moves an entry on to this snapshot: what was last becomes previous. Records follow seen. */
static void entry_store(struct seen *seen, uint32_t snapshot, void *first, void *previous,
			void *last, const void *record, size_t size)
{
	if (seen->last != snapshot && seen->last != SNAPSHOT_NONE) {
		memcpy(previous, last, size);
		seen->previous = seen->last;
	}
	memcpy(last, record, size);
	seen->last = snapshot;
	if (seen->first == SNAPSHOT_NONE || seen->first == snapshot) {
		memcpy(first, record, size);
		seen->first = snapshot;
	}
}

void *session_row_store(struct session *session, struct entry_table table, size_t record_size,
			uint64_t key, const void *record)
{
	char *entry = session_entry_of(table, key);
	char *last = entry ? entry + table.size - record_size : NULL;

	if (entry && !session->in_state)
		((struct seen *)entry)->once = session->snapshot;
	if (entry)
		entry_store((struct seen *)entry, session->snapshot, last - 2 * record_size,
			    last - record_size, last, record, record_size);
	return last;
}

/*
 * A thread that exited between the reading of its sums and that of the events is recorded twice in
 * one snapshot, the final record first: that is the later of the two, whichever window it ended in.
 */
static bool was_final(const struct session *session, struct entry_table table, uint64_t key)
{
	size_t position = session->in_state ? index_find(table.index, key) : INDEX_NONE;
	const char *entries = *table.entries;

	return position != INDEX_NONE &&
	       ((const struct seen *)(entries + position * table.size))->once == session->snapshot;
}

/* Stores what belongs to a thread. 0 or -ENOMEM. */
#define OWN_ROW_STORE(session, name, key, record)                   \
	(was_final((session), ENTRY_TABLE(session, name), (key)) || \
			 ROW_STORE(session, name, key, record) ?    \
		 0 :                                                \
		 -ENOMEM)

static int feed_thread(struct session *session, const struct record_thread *record)
{
	struct thread_entry *entry;

	if (record->end_ns < record->start_ns || record->state >= NR_STATES)
		return -EINVAL;
	entry = session_entry_of(ENTRY_TABLE(session, thread), record->id);
	if (!entry)
		return -ENOMEM;
	/* in one snapshot a final record outdoes one of the thread still living */
	if (entry->seen.last == session->snapshot && entry->last.exited && !record->exited)
		return 0;
	entry_store(&entry->seen, session->snapshot, &entry->first, &entry->previous, &entry->last,
		    record, sizeof(*record));
	entry->last.comm[RECORD_COMM_LEN - 1] = '\0';
	return 0;
}

uint64_t session_process_key(uint32_t pid, uint64_t start_ns)
{
	return index_hash(&start_ns, sizeof(start_ns), pid + 1);
}

/* A trace may hold any bytes. */
static void end_label(struct record_label *label)
{
	label->unit[sizeof(label->unit) - 1] = '\0';
	label->container[sizeof(label->container) - 1] = '\0';
	label->pod[sizeof(label->pod) - 1] = '\0';
	label->script[sizeof(label->script) - 1] = '\0';
}

static int feed_process(struct session *session, const struct record_process *record)
{
	uint64_t key = session_process_key(record->pid, record->start_ns);
	struct entry_table processes = { (void **)&session->processes, &session->process_count,
					 &session->process_capacity, &session->process_index,
					 sizeof(*session->processes) };
	struct process_entry *entry;
	bool first;

	entry = session_entry_of(processes, key);
	if (!entry)
		return -ENOMEM;
	first = entry->seen.last == SNAPSHOT_NONE;
	entry->came = entry->came || first;
	session_add_trends(session, entry, record);
	entry->seen.last = session->snapshot;
	if (!session->in_state)
		entry->seen.once = session->snapshot;
	entry->last = *record;
	entry->last.comm[RECORD_COMM_LEN - 1] = '\0';
	entry->last.exe[sizeof(entry->last.exe) - 1] = '\0';
	end_label(&entry->last.label);
	entry->last.runtime[sizeof(entry->last.runtime) - 1] = '\0';
	entry->last.runtime_version[sizeof(entry->last.runtime_version) - 1] = '\0';
	return 0;
}

static int feed_wait(struct session *session, const struct record_wait *record)
{
	struct record_wait *last;

	if (record->state >= NR_STATES || record->object >= NR_OBJECTS)
		return -EINVAL;
	last = record->open ?
		       pending_put(&session->open, record, sizeof(*record)) :
		       ROW_STORE(session, wait, row_key(&row_kinds[ROW_WAIT], record), record);
	if (!last)
		return -ENOMEM;
	last->call_name[sizeof(last->call_name) - 1] = '\0';
	last->file_system[sizeof(last->file_system) - 1] = '\0';
	return 0;
}

static int feed_neighbour(struct session *session, const struct record_neighbour *record)
{
	struct record_neighbour *last = pending_put(&session->neighbours, record, sizeof(*record));

	if (!last)
		return -ENOMEM;
	last->comm[sizeof(last->comm) - 1] = '\0';
	last->label[sizeof(last->label) - 1] = '\0';
	return 0;
}

static int feed_call(struct session *session, const struct record_call *record)
{
	struct record_call *last =
		ROW_STORE(session, call, row_key(&row_kinds[ROW_CALL], record), record);

	if (!last)
		return -ENOMEM;
	last->call_name[sizeof(last->call_name) - 1] = '\0';
	return 0;
}

static int feed_lock(struct session *session, const struct record_lock *record)
{
	if (record->kind >= NR_LOCK_KINDS || record->role > ROLE_NUMBERED)
		return -EINVAL;
	if (record->open)
		return pending_put(&session->open_locks, record, sizeof(*record)) ? 0 : -ENOMEM;
	return ROW_STORE(session, lock, row_key(&row_kinds[ROW_LOCK], record), record) ? 0 :
											 -ENOMEM;
}

static int feed_long_wait(struct session *session, const struct record_long_wait *record)
{
	struct record_long_wait *last = pending_put(&session->long_waits, record, sizeof(*record));

	if (!last)
		return -ENOMEM;
	last->where[sizeof(last->where) - 1] = '\0';
	last->other_comm[sizeof(last->other_comm) - 1] = '\0';
	return 0;
}

static int feed_long_wait_frame(struct session *session,
				const struct record_long_wait_frame *record)
{
	struct record_long_wait_frame *last;

	if (record->number >= RECORD_MAX_FRAMES)
		return -EINVAL;
	last = pending_put(&session->long_wait_frames, record, sizeof(*record));
	if (!last)
		return -ENOMEM;
	last->text[sizeof(last->text) - 1] = '\0';
	return 0;
}

static int feed_waker(struct session *session, const struct record_waker *record)
{
	uint64_t key = row_key(&row_kinds[ROW_WAKER], record);

	if (record->state >= NR_STATES)
		return -EINVAL;
	return OWN_ROW_STORE(session, waker, key, record);
}

static int feed_histogram(struct session *session, const struct record_histogram *record)
{
	uint64_t key = row_key(&row_kinds[ROW_HISTOGRAM], record);

	if (record->state >= NR_STATES)
		return -EINVAL;
	return OWN_ROW_STORE(session, histogram, key, record);
}

static int feed_loop(struct session *session, const struct record_loop *record)
{
	if (!record->kind || record->kind > LOOP_KIND_RING)
		return -EINVAL;
	return OWN_ROW_STORE(session, loop, record->thread_id, record);
}

static int feed_lag(struct session *session, const struct record_lag *record)
{
	return OWN_ROW_STORE(session, lag, record->thread_id, record);
}

/* Kept until their window has been processed. */
static int feed_interval(struct session *session, const struct record_interval *record)
{
	if (record->end_ns < record->begin_ns || record->state >= NR_STATES ||
	    record->object >= NR_OBJECTS)
		return -EINVAL;
	if (vec_reserve((void **)&session->intervals, &session->interval_capacity,
			session->interval_count, sizeof(*session->intervals)))
		return -ENOMEM;
	session->intervals[session->interval_count] = *record;
	session->intervals[session->interval_count++].call_name[sizeof(record->call_name) - 1] =
		'\0';
	return 0;
}

void session_drop_intervals(struct session *session)
{
	session->interval_count -= session->interval_closed;
	if (session->interval_closed && session->interval_count)
		memmove(session->intervals, session->intervals + session->interval_closed,
			session->interval_count * sizeof(*session->intervals));
	session->interval_closed = 0;
}

int session_begin_pending(struct session *session)
{
	int error = pending_begin(&session->open, sizeof(struct record_wait));

	if (!error)
		error = pending_begin(&session->open_locks, sizeof(struct record_lock));
	if (!error)
		error = pending_begin(&session->long_waits, sizeof(struct record_long_wait));
	if (!error)
		error = pending_begin(&session->long_wait_frames,
				      sizeof(struct record_long_wait_frame));
	if (!error)
		error = pending_begin(&session->backlogs, sizeof(struct record_backlog));
	if (!error)
		error = pending_begin(&session->neighbours, sizeof(struct record_neighbour));
	return error;
}

static int feed_boundary(struct session *session, uint64_t at_ns)
{
	if (session->snapshot && at_ns < session->last_ns)
		return -EINVAL;
	session->in_state = false;
	pending_close(&session->open);
	pending_close(&session->open_locks);
	pending_close(&session->long_waits);
	pending_close(&session->long_wait_frames);
	pending_close(&session->backlogs);
	pending_close(&session->neighbours);
	/* those of the snapshot that closes take the place of those of the one before */
	session_drop_intervals(session);
	session->interval_closed = session->interval_count;
	session->loss_previous = session->loss_last;
	session->loss_last = session->loss_fed;
	session->overhead_previous = session->overhead;
	session->overhead = session->overhead_fed;
	if (session->realtime_fed_ns)
		session->capture.start_realtime_ns = session->realtime_fed_ns;
	session->previous_ns = session->last_ns;
	session->last_ns = at_ns;
	if (!session->snapshot) {
		session->first_ns = session->previous_ns = session->opened_ns = at_ns;
		session->loss_first = session->loss_previous = session->loss_last;
		session->overhead_first = session->overhead_previous = session->overhead;
		if (session_begin_pending(session))
			return -ENOMEM;
	}
	return session->snapshot++ ? 1 : 0;
}

static int feed_backlog(struct session *session, const struct record_backlog *record)
{
	if (record->object >= NR_OBJECTS)
		return -EINVAL;
	return pending_put(&session->backlogs, record, sizeof(*record)) ? 0 : -ENOMEM;
}

/* What is recorded about the capture itself, not about what ran. */
static int feed_about_capture(struct session *session, const struct record *record)
{
	switch (record->kind) {
	case RECORD_CAPTURE:
		if (session->captured)
			return -EINVAL;
		session->capture = record->capture;
		session->capture.tool_version[sizeof(record->capture.tool_version) - 1] = '\0';
		session->capture.kernel[sizeof(record->capture.kernel) - 1] = '\0';
		session->capture.arch[sizeof(record->capture.arch) - 1] = '\0';
		session->captured = true;
		return 0;
	case RECORD_SNAPSHOT:
		session->in_state = true;
		return 0;
	case RECORD_HOST:
		memcpy(session->host, record->host.host, sizeof(session->host));
		session->host[sizeof(session->host) - 1] = '\0';
		return 0;
	case RECORD_SETTING:
		return 0; /* nothing to sum up */
	case RECORD_LOSS:
		session->loss_fed = record->loss;
		return 0;
	case RECORD_CLOCK:
		session->realtime_fed_ns = record->clock.realtime_ns;
		return 0;
	case RECORD_OVERHEAD:
		session->overhead_fed = record->overhead;
		return 0;
	default:
		return -EINVAL;
	}
}

int session_feed(struct session *session, const struct record *record)
{
	if (!session->captured && record->kind != RECORD_CAPTURE)
		return -EINVAL;
	switch (record->kind) {
	case RECORD_PROCESS:
		return feed_process(session, &record->process);
	case RECORD_THREAD:
		return feed_thread(session, &record->thread);
	case RECORD_WAIT:
		return feed_wait(session, &record->wait);
	case RECORD_CALL:
		return feed_call(session, &record->call);
	case RECORD_LOCK:
		return feed_lock(session, &record->lock);
	case RECORD_LOCK_PLACE:
		return session_feed_lock_place(session, &record->lock_place);
	case RECORD_LOCK_FRAME:
		return session_feed_lock_frame(session, &record->lock_frame);
	case RECORD_PLACE_FRAME:
		return session_feed_place_frame(session, &record->place_frame);
	case RECORD_PLACE:
		return session_feed_place(session, &record->place);
	case RECORD_LONG_WAIT:
		return feed_long_wait(session, &record->long_wait);
	case RECORD_LONG_WAIT_FRAME:
		return feed_long_wait_frame(session, &record->long_wait_frame);
	case RECORD_NEIGHBOUR:
		return feed_neighbour(session, &record->neighbour);
	case RECORD_BACKLOG:
		return feed_backlog(session, &record->backlog);
	case RECORD_WAKER:
		return feed_waker(session, &record->waker);
	case RECORD_HISTOGRAM:
		return feed_histogram(session, &record->histogram);
	case RECORD_LOOP:
		return feed_loop(session, &record->loop);
	case RECORD_LAG:
		return feed_lag(session, &record->lag);
	case RECORD_STALL:
		return session_feed_stall(session, &record->stall);
	case RECORD_STALL_FRAME:
		return session_feed_stall_frame(session, &record->stall_frame);
	case RECORD_INTERVAL:
		return feed_interval(session, &record->interval);
	case RECORD_CAPTURE:
	case RECORD_SNAPSHOT:
	case RECORD_HOST:
	case RECORD_SETTING:
	case RECORD_LOSS:
	case RECORD_CLOCK:
	case RECORD_OVERHEAD:
		return feed_about_capture(session, record);
	case RECORD_BOUNDARY:
		return feed_boundary(session, record->boundary.at_ns);
	case NR_RECORD_KINDS:
		break;
	}
	return -EINVAL;
}
