// SPDX-License-Identifier: GPL-2.0-or-later
/* Compares two models by name, never by PID: PIDs do not last. */
#include "verdict/compare.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/index.h"
#include "lib/state_names.h"
#include "lib/vec.h"
#include "verdict/words/wording.h"

#define WORTH_NAMING 0.02 /* threads: a fiftieth of one is noise on any host */
#define WORTH_NAMING_PART 0.10 /* of what it was */

struct compare {
	struct comparison *to;
	struct index index;
	bool after; /* what is added belongs to the later side */
	double seconds; /* its length */
};

const char *change_kind_name(enum change_kind kind)
{
	static const char *const names[NR_CHANGES] = { "state", "wait",	    "lock",
						       "stall", "switches", "memory" };

	return names[kind];
}

static int add(struct compare *compare, enum change_kind kind, uint32_t state, const char *name,
	       double value)
{
	struct comparison *to = compare->to;
	uint64_t key = index_hash(&kind, sizeof(kind), 0);
	struct change *change;
	size_t position;

	key = index_hash(&state, sizeof(state), key);
	key = index_hash(name, strlen(name), key);
	position = index_find(&compare->index, key);
	if (position == INDEX_NONE) {
		if (vec_reserve((void **)&to->changes, &to->capacity, to->count, sizeof(*change)) ||
		    index_add(&compare->index, key, to->count))
			return -ENOMEM;
		position = to->count++;
		change = &to->changes[position];
		memset(change, 0, sizeof(*change));
		change->kind = kind;
		change->state = state;
		snprintf(change->name, sizeof(change->name), "%s", name);
	}
	change = &to->changes[position];
	*(compare->after ? &change->after : &change->before) += value;
	return 0;
}

static int add_time(struct compare *compare, enum change_kind kind, uint32_t state,
		    const char *name, uint64_t ns)
{
	return ns ? add(compare, kind, state, name, (double)ns / 1e9 / compare->seconds) : 0;
}

/* "server", or "server/worker" for threads of another name. */
static void name_of(const struct process_model *process, const struct thread_model *thread,
		    char *ret, size_t size)
{
	char own[RECORD_COMM_LEN], base[RECORD_COMM_LEN];

	model_base_name(process->comm, own);
	model_base_name(thread->comm, base);
	if (strncmp(own, base, sizeof(own)))
		snprintf(ret, size, "%.15s/%.15s", own, base);
	else
		snprintf(ret, size, "%.15s", own);
}

static int add_threads(struct compare *compare, const struct process_model *process)
{
	char name[2 * RECORD_COMM_LEN + 2];
	size_t i;
	uint32_t s;
	int error = 0;

	for (i = 0; i < process->thread_count && !error; i++) {
		name_of(process, &process->threads[i], name, sizeof(name));
		for (s = 0; s < NR_STATES && !error; s++)
			error = add_time(compare, CHANGE_STATE, s, name,
					 process->threads[i].time.state_ns[s]);
	}
	return error;
}

static int add_waits(struct compare *compare, const struct process_model *process)
{
	char name[CHANGE_NAME_LEN], peer[64];
	size_t i;
	int error = 0;

	for (i = 0; i < process->wait_count && !error; i++) {
		const struct wait_model *wait = &process->waits[i];

		wording_peer(wait, peer, sizeof(peer));
		if (!wait->call_name[0] && !peer[0])
			continue; /* nothing beyond its state */
		snprintf(name, sizeof(name), "%.15s: %s%s%s", process->comm,
			 wait->call_name[0] ? wait->call_name : "no call", peer[0] ? " on " : "",
			 peer);
		error = add_time(compare, CHANGE_WAIT, wait->state, name, wait->wait_ns);
	}
	return error;
}

static int add_locks(struct compare *compare, const struct process_model *process)
{
	char name[CHANGE_NAME_LEN];
	size_t i;
	int error = 0;

	for (i = 0; i < process->lock_count && !error; i++) {
		const struct lock_model *lock = &process->locks[i];
		const char *place = lock->symbol[0] ? lock->symbol : lock->where;

		if (!lock->contention)
			continue;
		snprintf(name, sizeof(name), "%.15s: %s%s%.150s", process->comm,
			 lock_kind_name(lock->kind), place[0] ? " " : "", place);
		error = add_time(compare, CHANGE_LOCK, 0, name, lock->wait_ns);
	}
	return error;
}

/* Of stalls with a row of their own the place is known; the rest of the loop's has none. */
static int add_stalls(struct compare *compare, const struct process_model *process)
{
	char name[CHANGE_NAME_LEN], what[120];
	uint64_t listed = 0, all = 0;
	size_t i;
	int error = 0;

	for (i = 0; i < process->stall_count && !error; i++) {
		const struct stall_model *stall = &process->stalls[i];

		wording_stall(stall, what, sizeof(what));
		snprintf(name, sizeof(name), "%.15s: %s%s%.70s", process->comm, what,
			 stall->where[0] ? " at " : "", stall->where);
		error = add_time(compare, CHANGE_STALL, 0, name, stall->duration_ns);
		listed += stall->duration_ns;
	}
	for (i = 0; i < process->loop_count; i++)
		all += process->loops[i].loop_class == LOOP_EVENT_LOOP ?
			       process->loops[i].stalled_ns :
			       0;
	snprintf(name, sizeof(name), "%.15s: elsewhere", process->comm);
	if (!error && all > listed)
		error = add_time(compare, CHANGE_STALL, 0, name, all - listed);
	return error;
}

static int add_model(struct compare *compare, const struct model *model, bool after)
{
	char own[RECORD_COMM_LEN + 1] = "";
	size_t i;
	int error = 0;

	compare->after = after;
	compare->seconds = (double)model->duration_ns / 1e9;
	if (!(compare->seconds > 0))
		return 0;
	for (i = 0; i < model->process_count && !error; i++) {
		const struct process_model *process = &model->processes[i];

		error = add_threads(compare, process);
		if (!error)
			error = add_waits(compare, process);
		if (!error)
			error = add_locks(compare, process);
		if (!error)
			error = add_stalls(compare, process);
		model_base_name(process->comm, own);
		if (!error && process->rss_bytes != RECORD_UNKNOWN)
			error = add(compare, CHANGE_MEMORY, 0, own, (double)process->rss_bytes);
	}
	if (!error)
		error = add(compare, CHANGE_SWITCHES, 0, "switches",
			    (double)(model->switches.voluntary + model->switches.involuntary) /
				    compare->seconds);
	return error;
}

/* ---- order and words ------------------------------------------------------------------------- */
static int compare_changes(const void *a, const void *b)
{
	const struct change *one = a, *other = b;
	double x = fabs(one->after - one->before), y = fabs(other->after - other->before);
	bool rate = one->kind >= CHANGE_SWITCHES, other_rate = other->kind >= CHANGE_SWITCHES;

	if (rate != other_rate)
		return rate ? 1 : -1;
	if (rate && one->kind != other->kind)
		return one->kind < other->kind ? -1 : 1;
	if (x != y)
		return x > y ? -1 : 1;
	if (one->kind != other->kind)
		return one->kind < other->kind ? -1 : 1;
	if (one->state != other->state)
		return one->state < other->state ? -1 : 1;
	return strcmp(one->name, other->name);
}

static bool is_worth_naming(const struct change *change)
{
	double by = fabs(change->after - change->before);

	return by >= WORTH_NAMING && by >= WORTH_NAMING_PART * fabs(change->before);
}

static void word_change(const struct change *change, char *ret, size_t size)
{
	switch (change->kind) {
	case CHANGE_STATE:
		snprintf(ret, size, "%s in %s", change->name, state_name(change->state));
		break;
	case CHANGE_STALL:
		snprintf(ret, size, "stalls of %s", change->name);
		break;
	default:
		snprintf(ret, size, "waits of %s", change->name);
	}
}

static bool is_rest(const struct change *change)
{
	enum state_group group = state_group(change->state);

	return group == GROUP_REST || group == GROUP_UNTOLD;
}

/* The largest of what is not rest: work and waits say more than idling less. */
static const struct change *telling(const struct comparison *comparison)
{
	const struct change *rest = NULL;
	size_t i;

	for (i = 0; i < comparison->count; i++) {
		const struct change *change = &comparison->changes[i];

		if (change->kind >= CHANGE_SWITCHES || !is_worth_naming(change))
			continue;
		if (change->kind == CHANGE_LOCK || change->kind == CHANGE_STALL || !is_rest(change))
			return change;
		rest = rest ? rest : change;
	}
	return rest;
}

static void word_headline(struct comparison *comparison, enum verdict_class before,
			  enum verdict_class after)
{
	const struct change *change = telling(comparison);
	char what[CHANGE_NAME_LEN + 32] = "";
	char *at = comparison->headline;
	size_t size = sizeof(comparison->headline);
	int length;

	if (before != after)
		length = snprintf(at, size, "It went from %s to %s", verdict_class_name(before),
				  verdict_class_name(after));
	else
		length = snprintf(at, size, "It is %s in both", verdict_class_name(after));
	if (!change) {
		snprintf(at + length, size - (size_t)length,
			 "; nothing changed by more than 0.02 threads and a tenth.");
		return;
	}
	word_change(change, what, sizeof(what));
	snprintf(at + length, size - (size_t)length,
		 "; most of the change: %.200s, from %.3g to %.3g threads on average.", what,
		 change->before, change->after);
}

static void warn(struct comparison *comparison, bool differs, const char *text)
{
	if (differs && comparison->warning_count < COMPARE_MAX_WARNINGS)
		comparison->warnings[comparison->warning_count++] = text;
}

static void find_warnings(struct comparison *comparison, const struct model *before,
			  const struct model *after)
{
	const struct record_capture *one = &before->capture, *other = &after->capture;

	warn(comparison, one->depth != other->depth,
	     "one was recorded at depth sched, the other at syscalls: stalls and loops do not compare");
	warn(comparison, one->stall_ns != other->stall_ns,
	     "--stall differs: stalls do not compare");
	warn(comparison, one->cpus != other->cpus, "the hosts differ in their number of CPUs");
	warn(comparison, strcmp(one->kernel, other->kernel) || strcmp(one->arch, other->arch),
	     "the kernels differ");
	warn(comparison, one->follow_children != other->follow_children,
	     "one follows children, the other does not");
	warn(comparison, strcmp(one->tool_version, other->tool_version),
	     "they were recorded by two versions of boundby");
	warn(comparison, before->lost_total || after->lost_total,
	     "something was lost while watching: small changes may be that");
}

/* What the settings make differ is no change of the program. */
static void drop_stalls(struct comparison *comparison)
{
	size_t i, kept = 0;

	for (i = 0; i < comparison->count; i++)
		if (comparison->changes[i].kind != CHANGE_STALL)
			comparison->changes[kept++] = comparison->changes[i];
	comparison->count = kept;
}

int compare(const struct model *before, const struct verdict *verdict_before,
	    const struct model *after, const struct verdict *verdict_after, struct comparison *ret)
{
	struct compare compare = { .to = ret };
	int error;

	memset(ret, 0, sizeof(*ret));
	error = add_model(&compare, before, false);
	if (!error)
		error = add_model(&compare, after, true);
	index_free(&compare.index);
	if (error)
		return error;
	find_warnings(ret, before, after);
	if (before->capture.depth != after->capture.depth ||
	    before->capture.stall_ns != after->capture.stall_ns)
		drop_stalls(ret);
	if (ret->count)
		qsort(ret->changes, ret->count, sizeof(*ret->changes), compare_changes);
	word_headline(ret, verdict_before->class, verdict_after->class);
	return 0;
}

void comparison_free(struct comparison *comparison)
{
	free(comparison->changes);
	memset(comparison, 0, sizeof(*comparison));
}
