// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Opens the next window where the last one closed: removes from the session's tables and indexes
 * what has ended, so that its size depends on what is alive, not on how long the watch runs.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "lib/vec.h"
#include "session/session_parts.h"

#define MISSED_MAX 2 /* windows in a row: a read that missed a thread once costs no data */

/* A table while it is gone through. */
struct table {
	void **entries;
	size_t *count, *capacity;
	struct index *index;
	size_t size; /* of an entry */
	size_t first; /* offset of the first of its three records ... */
	size_t record_size; /* ... and the size of each, 0: it has none */
};

struct advance {
	struct session *session;
	uint32_t closing; /* number of the snapshot that closed the window */
	bool *process_lives; /* has a thread that stays; beside session->processes */
};

/* Does this entry stay? */
typedef bool stay_rule(const struct advance *advance, const void *entry);

#define TABLE(session, name)                                                                \
	((struct table){ (void **)&(session)->name##s, &(session)->name##_count,            \
			 &(session)->name##_capacity, &(session)->name##_index,             \
			 sizeof(struct name##_entry), offsetof(struct name##_entry, first), \
			 sizeof(((struct name##_entry *)0)->first) })

/* What it was last is what the next window begins from. */
static void entry_renew(const struct table *table, char *entry)
{
	struct seen *seen = (struct seen *)entry;
	char *first = entry + table->first;

	seen->first = seen->last = 0;
	seen->previous = seen->once = SNAPSHOT_NONE;
	if (table->record_size)
		memcpy(first, first + 2 * table->record_size, table->record_size);
}

int session_close_up(struct entry_table table, const bool *gone)
{
	size_t *moved = calloc(*table.count + 1, sizeof(*moved)), kept = 0, i;
	char *entries = *table.entries;
	int error;

	if (!moved)
		return -ENOMEM;
	for (i = 0; i < *table.count; i++) {
		moved[i] = gone[i] ? INDEX_NONE : kept;
		if (gone[i])
			continue;
		if (kept != i)
			memcpy(entries + kept * table.size, entries + i * table.size, table.size);
		kept++;
	}
	*table.count = kept;
	error = index_move(table.index, moved);
	free(moved);
	vec_shrink(table.entries, table.capacity, kept, table.size);
	return error;
}

static int table_sweep(const struct advance *advance, const struct table *table, stay_rule *stays,
		       void (*drop)(void *entry))
{
	struct entry_table whole = { table->entries, table->count, table->capacity, table->index,
				     table->size };
	bool *gone = calloc(*table->count + 1, sizeof(*gone));
	size_t i;
	int error;

	if (!gone)
		return -ENOMEM;
	for (i = 0; i < *table->count; i++) {
		char *entry = (char *)*table->entries + i * table->size;

		gone[i] = !stays(advance, entry);
		if (!gone[i])
			entry_renew(table, entry);
		else if (drop)
			drop(entry);
	}
	error = session_close_up(whole, gone);
	free(gone);
	return error;
}

/* ---- what stays ------------------------------------------------------------------------------ */
static bool thread_stays(const struct advance *advance, const void *entry)
{
	const struct thread_entry *thread = entry;

	return !thread->last.exited && thread->missed < MISSED_MAX;
}

/*
 * Sums of a thread are kept as long as it exists; of a thread whose final record is pending, until
 * then.
 */
static bool thread_row_stays(const struct advance *advance, uint64_t thread_id,
			     const struct seen *seen)
{
	const struct session *session = advance->session;
	size_t position = index_find(&session->thread_index, thread_id);

	return position == INDEX_NONE ? seen->last == advance->closing :
					thread_stays(advance, &session->threads[position]);
}

static bool waker_stays(const struct advance *advance, const void *entry)
{
	const struct waker_entry *waker = entry;

	return thread_row_stays(advance, waker->last.thread_id, &waker->seen);
}

static bool histogram_stays(const struct advance *advance, const void *entry)
{
	const struct histogram_entry *histogram = entry;

	return thread_row_stays(advance, histogram->last.thread_id, &histogram->seen);
}

static bool loop_stays(const struct advance *advance, const void *entry)
{
	const struct loop_entry *loop = entry;

	return thread_row_stays(advance, loop->last.thread_id, &loop->seen);
}

static bool lag_stays(const struct advance *advance, const void *entry)
{
	const struct lag_entry *lag = entry;

	return thread_row_stays(advance, lag->last.thread_id, &lag->seen);
}

static bool process_stays(const struct advance *advance, const void *entry)
{
	const struct process_entry *process = entry;

	return process->seen.last == advance->closing ||
	       advance->process_lives[process - advance->session->processes];
}

/* Rows of tables that every snapshot contains in full. */
static bool row_stays(const struct advance *advance, const void *entry)
{
	return ((const struct seen *)entry)->last == advance->closing;
}

/* ---- in order -------------------------------------------------------------------------------- */
static void drop_frames(void *entry)
{
	free(((struct lock_place_entry *)entry)->frames);
}

/* Counts the windows that threads were missing from, and notes which processes still have some. */
static void look_at_threads(struct advance *advance)
{
	struct session *session = advance->session;
	size_t i, position;

	for (i = 0; i < session->thread_count; i++) {
		struct thread_entry *thread = &session->threads[i];

		if (thread->seen.last == advance->closing)
			thread->missed = 0;
		else
			thread->missed++;
		if (!thread_stays(advance, thread))
			continue;
		position = index_find(&session->process_index,
				      session_process_key(thread->last.pid,
							  thread->last.process_start_ns));
		if (position != INDEX_NONE)
			advance->process_lives[position] = true;
	}
}

static int sweep_tables(struct advance *advance)
{
	struct session *session = advance->session;
	struct table wakers = TABLE(session, waker), histograms = TABLE(session, histogram);
	struct table loops = TABLE(session, loop), lags = TABLE(session, lag);
	struct table threads = TABLE(session, thread);
	struct table processes = { (void **)&session->processes,
				   &session->process_count,
				   &session->process_capacity,
				   &session->process_index,
				   sizeof(*session->processes),
				   0,
				   0 };
	struct table waits = TABLE(session, wait), calls = TABLE(session, call);
	struct table locks = TABLE(session, lock);
	struct table place_sums = TABLE(session, place);
	struct table place_frames = { (void **)&session->place_frames,
				      &session->place_frame_count,
				      &session->place_frame_capacity,
				      &session->place_frame_index,
				      sizeof(struct place_frame_entry),
				      0,
				      0 };
	struct table places = { (void **)&session->lock_places,
				&session->lock_place_count,
				&session->lock_place_capacity,
				&session->lock_place_index,
				sizeof(struct lock_place_entry),
				0,
				0 };
	int error = 0;

	/* what hangs on threads goes by them, so before them */
	error = error ? error : table_sweep(advance, &wakers, waker_stays, NULL);
	error = error ? error : table_sweep(advance, &histograms, histogram_stays, NULL);
	error = error ? error : table_sweep(advance, &loops, loop_stays, NULL);
	error = error ? error : table_sweep(advance, &lags, lag_stays, NULL);
	error = error ? error : table_sweep(advance, &threads, thread_stays, NULL);
	error = error ? error : table_sweep(advance, &processes, process_stays, NULL);
	error = error ? error : table_sweep(advance, &waits, row_stays, NULL);
	error = error ? error : table_sweep(advance, &calls, row_stays, NULL);
	error = error ? error : table_sweep(advance, &locks, row_stays, NULL);
	error = error ? error : table_sweep(advance, &place_sums, row_stays, NULL);
	error = error ? error : table_sweep(advance, &place_frames, row_stays, NULL);
	return error ? error : table_sweep(advance, &places, row_stays, drop_frames);
}

/* A stall that ended behind the boundary is one of the next window too. */
static void sweep_stalls(struct session *session)
{
	size_t i, kept = 0;

	for (i = 0; i < session->stall_count; i++) {
		if (session->stalls[i].stall.end_ns <= session->last_ns) {
			free(session->stalls[i].frames);
			continue;
		}
		if (kept != i)
			session->stalls[kept] = session->stalls[i];
		kept++;
	}
	session->stall_count = kept;
	vec_shrink((void **)&session->stalls, &session->stall_capacity, kept,
		   sizeof(*session->stalls));
}

/* Remembers the figure at steps 1, 2, 4, ...: the last two. */
static void trend_mark(struct trend *trend, uint64_t value)
{
	if (trend->steps & (trend->steps - 1))
		return;
	trend->half_steps = trend->next_steps;
	trend->half = trend->next_steps ? trend->next : trend->first;
	trend->next_steps = trend->steps;
	trend->next = value;
}

static void trend_add(struct trend *trend, bool first, uint64_t value)
{
	if (first)
		*trend = (struct trend){ .first = RECORD_UNKNOWN, .last = RECORD_UNKNOWN };
	if (value == RECORD_UNKNOWN)
		return;
	if (trend->first == RECORD_UNKNOWN) {
		trend->first = value;
	} else {
		trend->steps++;
		trend->rises += value > trend->last;
		trend_mark(trend, value);
	}
	trend->last = value;
}

static uint64_t writable_of(const struct record_process *record)
{
	return record->writable_bytes ? record->writable_bytes : RECORD_UNKNOWN;
}

/* The memory of a process is judged from the last look at which it was young. */
static void add_memory(struct trend *trend, const struct session *session,
		       const struct process_entry *entry, const struct record_process *record,
		       uint64_t value)
{
	bool first = entry->seen.last == SNAPSHOT_NONE;

	trend_add(trend, first || record->young, value);
	if (!first && entry->last.young)
		trend->since_ns = session->last_ns;
}

void session_add_trends(const struct session *session, struct process_entry *entry,
			const struct record_process *record)
{
	bool first = entry->seen.last == SNAPSHOT_NONE;

	add_memory(&entry->rss, session, entry, record, record->rss_bytes);
	add_memory(&entry->writable, session, entry, record, writable_of(record));
	trend_add(&entry->threads, first, record->threads);
	trend_add(&entry->descriptors, first, record->descriptors);
	add_memory(&entry->rss_next, session, entry, record, record->rss_bytes);
	add_memory(&entry->writable_next, session, entry, record, writable_of(record));
	trend_add(&entry->threads_next, first, record->threads);
	trend_add(&entry->descriptors_next, first, record->descriptors);
}

/*
 * When a trend is as old as it may get, the one that was begun half as long ago takes its place: so
 * what is judged is never older than that, and never so young that it says nothing.
 */
static void trend_renew(struct trend *trend, struct trend *next, const struct session *session)
{
	uint64_t since_ns = trend->since_ns ? trend->since_ns : session->opened_ns;

	if (!next->since_ns && session->last_ns - since_ns >= SESSION_TREND_NS / 2)
		*next = (struct trend){ .since_ns = session->last_ns,
					.first = next->last,
					.last = next->last };
	if (session->last_ns - since_ns < SESSION_TREND_NS)
		return;
	*trend = *next;
	*next = (struct trend){ .since_ns = session->last_ns,
				.first = trend->last,
				.last = trend->last };
}

static void renew_trends(struct session *session)
{
	bool old = session->first_ns - session->opened_ns >= SESSION_TREND_NS;
	size_t i;

	for (i = 0; i < session->process_count; i++) {
		struct process_entry *process = &session->processes[i];

		/*
		 * a process seen late is judged from then on: the hours before would hide its
		 * growth
		 */
		if (old && process->came)
			process->rss.since_ns = process->writable.since_ns =
				process->threads.since_ns = process->descriptors.since_ns =
					session->first_ns;
		process->came = false;
		trend_renew(&process->rss, &process->rss_next, session);
		trend_renew(&process->writable, &process->writable_next, session);
		trend_renew(&process->threads, &process->threads_next, session);
		trend_renew(&process->descriptors, &process->descriptors_next, session);
	}
}

int session_advance(struct session *session)
{
	struct advance advance = { .session = session, .closing = session->snapshot - 1 };
	int error;

	if (session->snapshot < 2)
		return 0; /* no window has closed */
	advance.process_lives = calloc(session->process_count + 1, sizeof(bool));
	if (!advance.process_lives)
		return -ENOMEM;
	look_at_threads(&advance);
	error = sweep_tables(&advance);
	free(advance.process_lives);
	if (!error)
		error = session_begin_pending(session);
	if (error)
		return error;
	sweep_stalls(session);
	session_drop_intervals(session);
	vec_shrink((void **)&session->intervals, &session->interval_capacity,
		   session->interval_count, sizeof(*session->intervals));
	renew_trends(session);
	session->snapshot = 1;
	session->first_ns = session->previous_ns = session->last_ns;
	session->loss_first = session->loss_previous = session->loss_last;
	session->overhead_first = session->overhead_previous = session->overhead;
	return 0;
}
