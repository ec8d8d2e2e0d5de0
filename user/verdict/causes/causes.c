// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds where the time of a verdict went: by state, lock, call, place and stall. */
#include "verdict/causes/causes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/computing.h"
#include "analysis/in_turn.h"
#include "analysis/stuck/stuck_apart.h"
#include "lib/runtimes.h"
#include "lib/state_names.h"
#include "lib/units.h"
#include "verdict/causes/cause_places.h"
#include "verdict/causes/shared_locks.h"
#include "verdict/conditions.h"
#include "verdict/causes/stalls.h"
#include "verdict/words/stuck_words.h"
#include "verdict/words/wording.h"

#define CAUSES_WEIGHED 64 /* those beyond are of the least */

/* Causes while they are summed up: what several processes have alike is one. */
struct cause_list {
	struct verdict_cause causes[CAUSES_WEIGHED];
	size_t count;
};

static void add_cause(struct cause_list *list, const char *kind, double share, const char *detail,
		      const char *where)
{
	struct verdict_cause cause = { .kind = kind, .share = share };
	size_t i;

	if (!(share > 0))
		return;
	snprintf(cause.detail, sizeof(cause.detail), "%s", detail);
	units_printable(where, strlen(where), cause.where, sizeof(cause.where));
	for (i = 0; i < list->count; i++)
		if (!strcmp(list->causes[i].kind, kind) &&
		    !strcmp(list->causes[i].detail, cause.detail) &&
		    !strcmp(list->causes[i].where, cause.where)) {
			list->causes[i].share += share;
			return;
		}
	if (list->count < CAUSES_WEIGHED) {
		list->causes[list->count++] = cause;
		return;
	}
	for (i = 1; i < list->count; i++) /* the least makes room */
		if (list->causes[i].share < list->causes[0].share) {
			struct verdict_cause least = list->causes[i];

			list->causes[i] = list->causes[0];
			list->causes[0] = least;
		}
	if (cause.share > list->causes[0].share)
		list->causes[0] = cause;
}

static int compare_causes(const void *a, const void *b)
{
	const struct verdict_cause *one = a, *other = b;
	int order;

	if (one->share != other->share)
		return one->share > other->share ? -1 : 1;
	order = strcmp(one->kind, other->kind);
	return order ? order : strcmp(one->detail, other->detail);
}

/* The first go into the verdict; less than 1 % is none. */
static void take_causes(struct cause_list *list, struct verdict *verdict)
{
	size_t i;

	for (i = 0; i < list->count && i < VERDICT_MAX_CAUSES && list->causes[i].share >= 0.01; i++)
		verdict->causes[verdict->cause_count++] = list->causes[i];
}

static void keep_causes(struct cause_list *list, struct verdict *verdict)
{
	if (list->count)
		qsort(list->causes, list->count, sizeof(*list->causes), compare_causes);
	take_causes(list, verdict);
}

/* Of waits in this state, the part for watched threads that worked: as much of each. */
static uint64_t inner_part(const struct process_model *process, uint32_t state, uint64_t ns)
{
	uint64_t whole = process->time.state_ns[state];
	double share;

	if (state == STATE_IPC)
		whole -= process->unended_ipc_ns < whole ? process->unended_ipc_ns : whole;
	share = whole ? (double)process->inner_ns[state] / (double)whole : 0;
	return (uint64_t)(fmin(share, 1) * (double)ns);
}

static void add_waits(const struct process_model *process, bool rest, double whole_s,
		      struct cause_list *list)
{
	char detail[128];
	size_t i;

	for (i = 0; i < process->wait_count; i++) {
		const struct wait_model *wait = &process->waits[i];
		enum state_group group = state_group(wait->state);
		uint64_t ns = wait->wait_ns;

		/* futex waits have a cause of each lock */
		if (wait->object == OBJECT_FUTEX && group == GROUP_WAIT)
			continue;
		if (rest ? group != GROUP_REST && group != GROUP_UNTOLD && group != GROUP_IO :
			   group != GROUP_IO && group != GROUP_WAIT)
			continue;
		if (!rest && wait->state == STATE_IPC)
			ns -= wait->open_ns < ns ? wait->open_ns : ns;
		if (!rest)
			ns -= inner_part(process, wait->state, ns);
		wording_wait(wait, detail, sizeof(detail));
		add_cause(list, state_name(wait->state), (double)ns / 1e9 / whole_s, detail, "");
	}
}

/* The contended locks of a process, each with the thread that made others wait most. */
static void add_locks(const struct process_range *range, const struct process_model *process,
		      double whole_s, struct cause_list *list)
{
	struct shared_lock lock;
	char detail[128];
	size_t i;

	for (i = 0; i < process->lock_count; i++) {
		if (!process->locks[i].contention)
			break; /* those with contention come first */
		shared_lock_find(range, process, &process->locks[i], &lock);
		if (lock.first != process)
			continue;
		shared_lock_words(&lock, detail, sizeof(detail));
		add_cause(list, state_name(lock.sum.kind == LOCK_GIL ? STATE_GIL : STATE_LOCK),
			  (double)(lock.sum.wait_ns + lock.sum.handover_ns) / 1e9 / whole_s, detail,
			  lock.sum.where);
	}
}

/* A lock that the runtime keeps to itself. */
static void add_turns(const struct process_model *process, double whole_s, struct cause_list *list)
{
	char detail[128], name[2 * RECORD_COMM_LEN];

	snprintf(detail, sizeof(detail),
		 "a lock internal to the JVM, which %u threads '%s' take in turn",
		 process->turns_threads,
		 units_printable(process->turns_name, sizeof(process->turns_name), name,
				 sizeof(name)));
	add_cause(list, state_name(STATE_LOCK), (double)process->turns_ns / 1e9 / whole_s, detail,
		  "");
}

/* The causes of a blocked loop's stalls, as shares of them. */
static void stall_causes(const struct model *model, const struct process_model *process,
			 struct verdict *verdict)
{
	struct cause_list list = { .count = 0 };
	struct stall_group groups[STALL_MAX_GROUPS];
	size_t count = stalls_group(model, process, groups), i;

	for (i = 0; i < count; i++)
		add_cause(&list, groups[i].collects ? CAUSE_GC : stall_cause_name(groups[i].cause),
			  groups[i].share, groups[i].detail, groups[i].where);
	keep_causes(&list, verdict);
}

/* Adds what ran under CPython's lock to the largest of its causes. */
static void add_in_turn(struct cause_list *list, double share)
{
	struct verdict_cause *most = NULL;
	size_t i;

	if (!(share > 0))
		return;
	for (i = 0; i < list->count; i++)
		if (!strcmp(list->causes[i].kind, state_name(STATE_GIL)) &&
		    (!most || list->causes[i].share > most->share))
			most = &list->causes[i];
	if (most)
		most->share += share;
	else
		add_cause(list, state_name(STATE_GIL), share, "computing in turn", "");
}

/* Shares of the work; of the wall time when there is next to no work. */
static void work_causes(const struct model *model, const struct process_model *process,
			const struct signals *s, const struct verdict_settings *settings,
			struct verdict *verdict)
{
	struct cause_list list = { .count = 0 };
	bool rest = verdict->class == VERDICT_IDLE || verdict->class == VERDICT_INSUFFICIENT;
	double whole_s = rest ? s->wall_s : s->work_s;
	const struct ledger *time = process ? &process->time : &model->time;
	struct process_range range = model_range(model, process);
	const struct process_model *each, *apart[STUCK_MAX];
	char detail[128], part[UNITS_LEN];
	double in_turn_s, own_s;
	size_t hung;
	struct computing computing;

	if (whole_s <= 0)
		return;
	/* threads that compute in turn: what runs is held up by the lock as what waits for it is */
	in_turn_s = !rest && condition_gil_serialises(s, settings->threshold) ?
			    fmin(s->on_cpu_s, s->window_s) :
			    0;
	computing_split(model, process, &computing);
	own_s = s->on_cpu_s - in_turn_s;
	add_cause(&list, CAUSE_GC, computing.collector * own_s / whole_s, CAUSE_COLLECTING, "");
	add_cause(&list, CAUSE_CPU, (1 - computing.collector) * own_s / whole_s, CAUSE_COMPUTING,
		  "");
	if (!isnan(s->throttled_s) && s->throttled_s > 0) {
		snprintf(detail, sizeof(detail), "runnable, out of CPU quota");
		add_cause(&list, "throttled", s->throttled_s / whole_s, detail, "");
	}
	snprintf(detail, sizeof(detail), "runnable, queued for a CPU (%s just after waking)",
		 units_share(s->runnable_s > 0 ? (double)time->state_ns[STATE_RUNNABLE_WAKEUP] /
							 1e9 / s->runnable_s :
						 0,
			     part));
	add_cause(&list, "starved",
		  (s->runnable_s - (isnan(s->throttled_s) ? 0 : s->throttled_s)) / whole_s, detail,
		  "");
	hung = s->stuck_apart ? stuck_apart(model, process, apart) : 0;
	for (each = range.first; each < range.end; each++) {
		if (!rest && stuck_is_apart(apart, hung, each))
			continue; /* its waits are no part of the work */
		add_waits(each, rest, whole_s, &list);
		add_locks(&range, each, whole_s, &list);
		add_turns(each, whole_s, &list);
	}
	add_in_turn(&list, in_turn_s / whole_s);
	keep_causes(&list, verdict);
}

/* Several processes that hang at one lock, or at what each forked of it: the first stands for all of them. */
static bool same_lock(const struct stuck *one, const struct stuck *other)
{
	return one->kind == other->kind && (one->kind == STUCK_GONE || one->kind == STUCK_HOLDER) &&
	       one->wait->lock == other->wait->lock &&
	       one->wait->lock_kind == other->wait->lock_kind &&
	       !strcmp(one->wait->where, other->wait->where);
}

static size_t join_locks(struct stuck *proofs, size_t count)
{
	size_t kept = 0, i, j;

	for (i = 0; i < count; i++) {
		for (j = 0; j < kept && !same_lock(&proofs[j], &proofs[i]); j++)
			;
		if (j < kept)
			proofs[j].threads += proofs[i].threads;
		else
			proofs[kept++] = proofs[i];
	}
	return kept;
}

static double threads_of(const struct stuck *proof)
{
	return proof->threads ? proof->threads : 1;
}

/* By weight; of like weight as they are: what is the reason of another one comes first. */
static void sort_by_threads(struct stuck *proofs, size_t count)
{
	struct stuck row;
	size_t i, j;

	for (i = 1; i < count; i++) {
		row = proofs[i];
		for (j = i; j && threads_of(&proofs[j - 1]) < threads_of(&row); j--)
			proofs[j] = proofs[j - 1];
		proofs[j] = row;
	}
}

/* Each proof, with as large a share as threads are stuck by it; what only sockets tell counts as one. */
static void stuck_causes(const struct model *model, const struct process_model *process,
			 struct verdict *verdict)
{
	struct cause_list list = { .count = 0 };
	struct stuck proofs[STUCK_MAX];
	size_t count = join_locks(proofs, stuck_find(model, process, proofs)), i;
	char detail[sizeof(verdict->causes[0].detail)];
	double sum = 0;

	sort_by_threads(proofs, count);
	for (i = 0; i < count; i++)
		sum += threads_of(&proofs[i]);
	for (i = 0; i < count; i++) {
		stuck_words_detail(&proofs[i], detail, sizeof(detail));
		add_cause(&list, stuck_words_kind(proofs[i].kind), threads_of(&proofs[i]) / sum,
			  detail, stuck_words_where(&proofs[i]));
	}
	take_causes(&list, verdict);
}

/*
 * Computing of several threads of an interpreter whose lock is not measured, on one core in all. Its places
 * are those of computing.
 */
static void name_interpreter_lock(const struct model *model, const struct process_model *process,
				  struct verdict *verdict)
{
	const struct process_model *of = in_turn_find(model, process);
	struct verdict_cause *cause;
	size_t i;

	for (i = 0; of && i < verdict->cause_count; i++) {
		cause = &verdict->causes[i];
		if (strcmp(cause->kind, CAUSE_CPU) || strcmp(cause->detail, CAUSE_COMPUTING))
			continue;
		cause->kind = state_name(STATE_GIL);
		snprintf(cause->detail, sizeof(cause->detail),
			 "computing in turn, under %s's interpreter lock (%s)",
			 runtime_traits_of(of->runtime)->name,
			 runtime_traits_of(of->runtime)->gil_name);
	}
}

void causes_find(const struct model *model, const struct process_model *process,
		 const struct signals *signals, const struct verdict_settings *settings,
		 struct verdict *verdict)
{
	if (verdict->class == VERDICT_HUNG)
		stuck_causes(model, process, verdict);
	else if (verdict->class == VERDICT_LOOP_BLOCKED)
		stall_causes(model, process, verdict);
	else
		work_causes(model, process, signals, settings, verdict);
	cause_places_find(model, process, verdict);
	name_interpreter_lock(model, process, verdict);
}

/* The one that ran, was ready, or waited for what it had asked for, the longest. */
static void find_busiest(const struct model *model, char *ret, size_t size)
{
	const struct thread_model *busiest = NULL;
	char name[2 * RECORD_COMM_LEN];
	uint64_t work, most = 0;
	size_t i, j;

	for (i = 0; i < model->process_count; i++)
		for (j = 0; j < model->processes[i].thread_count; j++) {
			const struct thread_model *thread = &model->processes[i].threads[j];

			work = model_thread_work_ns(thread);
			if (work <= most)
				continue;
			most = work;
			busiest = thread;
		}
	if (!busiest) {
		ret[0] = '\0';
		return;
	}
	units_printable(busiest->comm, sizeof(busiest->comm), name, sizeof(name));
	if (busiest->tid)
		snprintf(ret, size, "%s/%u", name, busiest->tid);
	else
		snprintf(ret, size, "%s", name);
}

void causes_of_window(const struct model *model, const struct signals *signals,
		      enum verdict_class class, const struct verdict_settings *settings,
		      struct window_cause *ret)
{
	struct verdict verdict = { .class = class };

	memset(ret, 0, sizeof(*ret));
	causes_find(model, NULL, signals, settings, &verdict);
	if (verdict.cause_count)
		ret->cause = verdict.causes[0];
	find_busiest(model, ret->thread, sizeof(ret->thread));
}
