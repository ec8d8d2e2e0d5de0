// SPDX-License-Identifier: GPL-2.0-or-later
/* Sums processes that ended by their names, so that a build of 100,000 of them fits in memory. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/state_names.h"
#include "session/session_parts.h"
#include "trace/fields.h"

/* A process while it is decided which are kept; beside session->processes. */
struct candidate {
	size_t at; /* position of the process */
	bool folds;
	bool parent; /* it has watched children */
	uint64_t work_ns, child_ns, ipc_ns;
	size_t group;
};

struct fold {
	struct session *session;
	struct candidate *all; /* of each process */
	struct candidate **order;
	size_t count; /* in order */
	struct index by_pid; /* the newest of a number */
	bool *gone; /* rows of the table that is gone through */
	size_t gone_capacity;
};

/* ---- which ----------------------------------------------------------------------------------- */
static bool has_ended(const struct session *session, const struct process_entry *process)
{
	return process->last.exited_ns && process->seen.once != SNAPSHOT_NONE &&
	       process->last.born_ns >= session->first_ns;
}

static bool are_many(const struct session *session)
{
	size_t i, count = 0;

	for (i = 0; i < session->process_count; i++)
		count += has_ended(session, &session->processes[i]);
	return count >= 2 * ENDED_NAMED;
}

static struct candidate *candidate_of(const struct fold *fold, uint32_t pid, uint64_t start_ns)
{
	size_t at = index_find(&fold->session->process_index, session_process_key(pid, start_ns));

	return at == INDEX_NONE ? NULL : &fold->all[at];
}

static struct candidate *candidate_of_thread(const struct fold *fold, uint64_t thread_id)
{
	size_t at = index_find(&fold->session->thread_index, thread_id);
	const struct thread_entry *thread;

	if (at == INDEX_NONE)
		return NULL;
	thread = &fold->session->threads[at];
	return candidate_of(fold, thread->last.pid, thread->last.process_start_ns);
}

static void keep(struct candidate *candidate)
{
	if (candidate)
		candidate->folds = false;
}

static uint64_t wall_of(const struct record_thread *thread)
{
	return thread->end_ns - thread->start_ns;
}

/* Is this all that the thread will ever be, and are its sums as they ought to be? */
static bool is_final(const struct session *session, const struct thread_entry *thread)
{
	const struct record_thread *last = &thread->last;
	uint64_t sum = 0;
	int s;

	for (s = 0; s < NR_STATES; s++)
		sum += last->state_ns[s];
	return last->exited && last->start_ns >= session->first_ns && sum <= wall_of(last);
}

/* What waits for a lock or comes back to a set is judged by more than sums. */
static void keep_special(struct fold *fold)
{
	const struct session *session = fold->session;
	size_t i;

	for (i = 0; i < session->lock_count; i++)
		keep(candidate_of(fold, session->locks[i].last.pid,
				  session->locks[i].last.process_start_ns));
	for (i = 0; i < session->lock_place_count; i++)
		keep(candidate_of(fold, session->lock_places[i].last.pid,
				  session->lock_places[i].last.process_start_ns));
	for (i = 0; i < session->loop_count; i++)
		keep(candidate_of(fold, session->loops[i].last.pid,
				  session->loops[i].last.process_start_ns));
	for (i = 0; i < session->lag_count; i++)
		keep(candidate_of_thread(fold, session->lags[i].last.thread_id));
	for (i = 0; i < session->stall_count; i++)
		keep(candidate_of_thread(fold, session->stalls[i].stall.thread_id));
}

static void look_at_threads(struct fold *fold)
{
	const struct session *session = fold->session;
	size_t i;

	for (i = 0; i < session->thread_count; i++) {
		const struct thread_entry *thread = &session->threads[i];
		const uint64_t *ns = thread->last.state_ns;
		struct candidate *candidate =
			candidate_of(fold, thread->last.pid, thread->last.process_start_ns);

		if (!candidate || !candidate->folds)
			continue;
		candidate->folds = is_final(session, thread);
		candidate->work_ns += states_work(ns);
		candidate->child_ns += ns[STATE_CHILD];
		candidate->ipc_ns += ns[STATE_IPC];
	}
}

/* Most work first; then as they were born. */
static int compare_work(const void *a, const void *b)
{
	const struct candidate *one = *(struct candidate *const *)a,
			       *other = *(struct candidate *const *)b;

	if (one->work_ns != other->work_ns)
		return one->work_ns < other->work_ns ? 1 : -1;
	return (one->at > other->at) - (one->at < other->at);
}

/* Children before their parents, which wait for them. */
static int compare_at(const void *a, const void *b)
{
	const struct candidate *one = *(struct candidate *const *)a,
			       *other = *(struct candidate *const *)b;

	return (one->at < other->at) - (one->at > other->at);
}

/* Fills order with those that fold, youngest first. 0 or -ENOMEM. */
static int choose(struct fold *fold)
{
	struct session *session = fold->session;
	size_t count = session->process_count, i;

	fold->all = calloc(count, sizeof(*fold->all));
	fold->order = calloc(count, sizeof(struct candidate *));
	if (!fold->all || !fold->order)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		fold->all[i].at = i;
		fold->all[i].folds = has_ended(session, &session->processes[i]);
	}
	keep_special(fold);
	look_at_threads(fold);
	for (i = 0; i < count; i++)
		if (fold->all[i].folds)
			fold->order[fold->count++] = &fold->all[i];
	qsort(fold->order, fold->count, sizeof(struct candidate *), compare_work);
	for (i = 0; i < fold->count && i < ENDED_NAMED; i++)
		fold->order[i]->folds = false;
	fold->count -= i;
	memmove(fold->order, fold->order + i, fold->count * sizeof(struct candidate *));
	qsort(fold->order, fold->count, sizeof(struct candidate *), compare_at);
	return 0;
}

/* ---- parents --------------------------------------------------------------------------------- */
static uint64_t number_key(uint32_t number)
{
	return index_hash(&number, sizeof(number), 0);
}

static struct candidate *parent_of(const struct fold *fold, const struct process_entry *process)
{
	size_t at = index_find(&fold->by_pid, number_key(process->last.ppid));

	return at == INDEX_NONE || process->last.ppid == process->last.pid ? NULL : &fold->all[at];
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Wait for children is what these were busy, as in internal_waits.c: their parents remember it. */
static int tell_parents(struct fold *fold)
{
	struct session *session = fold->session;
	size_t i;

	for (i = 0; i < session->process_count; i++)
		if (index_add(&fold->by_pid, number_key(session->processes[i].last.pid), i))
			return -ENOMEM;
	for (i = 0; i < session->process_count; i++) {
		struct candidate *parent = parent_of(fold, &session->processes[i]);

		fold->all[i].parent |= session->processes[i].had_children;
		if (parent)
			parent->parent = true;
	}
	for (i = 0; i < fold->count; i++) {
		const struct candidate *child = fold->order[i];
		const struct process_entry *process = &session->processes[child->at];
		struct candidate *parent = parent_of(fold, process);

		if (!parent)
			continue;
		session->processes[parent->at].had_children = true;
		session->processes[parent->at].children_ns +=
			child->work_ns - child->child_ns - child->ipc_ns +
			least(child->child_ns, process->children_ns);
	}
	return 0;
}

/* ---- groups ---------------------------------------------------------------------------------- */
static int make_groups(struct fold *fold)
{
	struct session *session = fold->session;
	size_t i;

	for (i = 0; i < fold->count; i++) {
		struct candidate *one = fold->order[i];

		one->group = ended_group_of(&session->ended, session->processes[one->at].last.comm);
		if (one->group == INDEX_NONE)
			return -ENOMEM;
		session->ended.groups[one->group].processes++;
	}
	return 0;
}

static struct ended_threads *row_of_thread(struct fold *fold, const struct candidate *process,
					   const struct record_thread *thread)
{
	return ended_threads_of(&fold->session->ended, process->group, thread->comm);
}

static int fold_threads(struct fold *fold)
{
	struct session *session = fold->session;
	size_t i;

	for (i = 0; i < session->thread_count; i++) {
		const struct record_thread *last = &session->threads[i].last;
		struct candidate *process = candidate_of(fold, last->pid, last->process_start_ns);
		struct ended_threads *row;

		if (!process || !process->folds)
			continue;
		row = row_of_thread(fold, process, last);
		if (!row)
			return -ENOMEM;
		ended_add_thread(row, last, process->parent);
	}
	return 0;
}

/* ---- rows ------------------------------------------------------------------------------------ */
/* A mark for each row of a table, and for as many again. 0 or -ENOMEM. */
static int gone_clear(struct fold *fold, size_t count)
{
	bool *gone = realloc(fold->gone, 2 * count + 1);

	if (!gone)
		return -ENOMEM;
	memset(gone, 0, 2 * count + 1);
	fold->gone = gone;
	return 0;
}

static int drop_wakers(struct fold *fold)
{
	struct session *session = fold->session;
	size_t i;

	if (gone_clear(fold, session->waker_count))
		return -ENOMEM;
	for (i = 0; i < session->waker_count; i++) {
		const struct candidate *process =
			candidate_of_thread(fold, session->wakers[i].last.thread_id);

		fold->gone[i] = process && process->folds;
	}
	return session_close_up(ENTRY_TABLE(session, waker), fold->gone);
}

static int fold_histograms(struct fold *fold)
{
	struct session *session = fold->session;
	size_t i, at;

	if (gone_clear(fold, session->histogram_count))
		return -ENOMEM;
	for (i = 0; i < session->histogram_count; i++) {
		const struct record_histogram *last = &session->histograms[i].last;
		const struct candidate *process = candidate_of_thread(fold, last->thread_id);
		struct ended_threads *row;

		fold->gone[i] = process && process->folds;
		if (!fold->gone[i])
			continue;
		at = index_find(&session->thread_index, last->thread_id);
		row = row_of_thread(fold, process, &session->threads[at].last);
		if (!row || ended_add_histogram(row, last->state, last->count))
			return -ENOMEM;
	}
	return session_close_up(ENTRY_TABLE(session, histogram), fold->gone);
}

/*
 * A row of the group, the first one as it is: as if it had come with the last boundary and all of it
 * before the one that comes, so that no window but the whole has a part of it.
 */
static void *group_row(struct fold *fold, struct entry_table table, size_t record_size,
		       uint64_t key, const void *record, bool *ret_made)
{
	struct seen *seen = session_entry_of(table, key);

	if (!seen)
		return NULL;
	*ret_made = seen->first == SNAPSHOT_NONE;
	seen->first = seen->last = fold->session->snapshot - 1;
	if (*ret_made)
		memcpy((char *)seen + table.size - record_size, record, record_size);
	return (char *)seen + table.size - record_size;
}

/*
 * Gives the rows of a table to the groups of their processes; add: what is added up, when the row is
 * there already.
 */
#define FOLD_ROWS(fold, name, kind, add)                                                          \
	({                                                                                        \
		struct session *session_ = (fold)->session;                                       \
		struct entry_table table_ = ENTRY_TABLE(session_, name);                          \
		size_t count_ = session_->name##_count, i_;                                       \
		int error_ = gone_clear(fold, count_);                                            \
                                                                                                  \
		for (i_ = 0; i_ < count_ && !error_; i_++) {                                      \
			struct record_##name from = session_->name##s[i_].last, *to;              \
			const struct candidate *process_ =                                        \
				candidate_of(fold, from.pid, from.process_start_ns);              \
			bool made;                                                                \
                                                                                                  \
			(fold)->gone[i_] = process_ && process_->folds;                           \
			if (!(fold)->gone[i_])                                                    \
				continue;                                                         \
			from.pid = 0;                                                             \
			from.process_start_ns = session_->ended.groups[process_->group].start_ns; \
			to = group_row(fold, table_, sizeof(from),                                \
				       row_key(&row_kinds[kind], &from), &from, &made);           \
			if (!to)                                                                  \
				error_ = -ENOMEM;                                                 \
			else if (!made)                                                           \
				add;                                                              \
		}                                                                                 \
		error_ ? error_ : session_close_up(table_, (fold)->gone);                         \
	})

static int fold_rows(struct fold *fold)
{
	int error = FOLD_ROWS(fold, wait, ROW_WAIT, ({
				      to->count += from.count;
				      to->ns += from.ns;
				      if (from.max_ns > to->max_ns)
					      to->max_ns = from.max_ns;
			      }));

	if (!error)
		error = FOLD_ROWS(fold, call, ROW_CALL, ({
					  to->count += from.count;
					  to->ns += from.ns;
				  }));
	if (!error)
		error = FOLD_ROWS(fold, place, ROW_PLACE, ({
					  to->samples += from.samples;
					  to->ns += from.ns;
				  }));
	return error;
}

/* After all rows, which are found by them. */
static int drop_processes(struct fold *fold)
{
	struct session *session = fold->session;
	struct entry_table processes = { (void **)&session->processes, &session->process_count,
					 &session->process_capacity, &session->process_index,
					 sizeof(*session->processes) };
	size_t i;
	int error;

	if (gone_clear(fold, session->thread_count))
		return -ENOMEM;
	for (i = 0; i < session->thread_count; i++) {
		const struct record_thread *last = &session->threads[i].last;
		const struct candidate *process =
			candidate_of(fold, last->pid, last->process_start_ns);

		fold->gone[i] = process && process->folds;
	}
	error = session_close_up(ENTRY_TABLE(session, thread), fold->gone);
	if (error || gone_clear(fold, session->process_count))
		return -ENOMEM;
	for (i = 0; i < session->process_count; i++)
		fold->gone[i] = fold->all[i].folds;
	return session_close_up(processes, fold->gone);
}

int session_fold_ended(struct session *session)
{
	struct fold fold = { .session = session };
	int error;

	if (!are_many(session))
		return 0;
	error = choose(&fold);
	if (!error && fold.count)
		error = tell_parents(&fold);
	if (!error && fold.count)
		error = make_groups(&fold);
	if (!error && fold.count)
		error = fold_threads(&fold);
	if (!error && fold.count)
		error = drop_wakers(&fold);
	if (!error && fold.count)
		error = fold_histograms(&fold);
	if (!error && fold.count)
		error = fold_rows(&fold);
	if (!error && fold.count)
		error = drop_processes(&fold);
	index_free(&fold.by_pid);
	free(fold.all);
	free(fold.order);
	free(fold.gone);
	return error;
}
