// SPDX-License-Identifier: GPL-2.0-or-later
/* Judges a model: class, confidence, causes, evidence, findings. */
#include "verdict/verdict.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/state_names.h"
#include "lib/units.h"
#include "verdict/advice.h"
#include "verdict/confidence.h"
#include "verdict/findings.h"
#include "analysis/pools.h"
#include "verdict/hidden.h"
#include "verdict/rules.h"
#include "verdict/stalls.h"
#include "verdict/timeline.h"
#include "verdict/wording.h"

static const char *const class_names[NR_VERDICTS] = {
	[VERDICT_INSUFFICIENT] = "insufficient", [VERDICT_IDLE] = "idle",
	[VERDICT_LOOP_BLOCKED] = "loop-blocked", [VERDICT_CPU_STARVED] = "cpu-starved",
	[VERDICT_LOCK_BOUND] = "lock-bound",	 [VERDICT_CPU_BOUND] = "cpu-bound",
	[VERDICT_IO_BOUND] = "io-bound",	 [VERDICT_MIXED] = "mixed",
};

const char *verdict_class_name(enum verdict_class class)
{
	return class < NR_VERDICTS ? class_names[class] : "unknown";
}

int verdict_class_parse(const char *name)
{
	int i;

	for (i = 0; i < NR_VERDICTS; i++)
		if (!strcmp(name, class_names[i]))
			return i;
	return -1;
}

const char *confidence_name(enum confidence confidence)
{
	static const char *const names[] = { "low", "medium", "high" };

	return names[confidence];
}

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

/* The largest go into the verdict; less than 1 % is none. */
static void keep_causes(struct cause_list *list, struct verdict *verdict)
{
	size_t i;

	if (list->count)
		qsort(list->causes, list->count, sizeof(*list->causes), compare_causes);
	for (i = 0; i < list->count && i < VERDICT_MAX_CAUSES && list->causes[i].share >= 0.01; i++)
		verdict->causes[verdict->cause_count++] = list->causes[i];
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
static void add_locks(const struct process_model *process, double whole_s, struct cause_list *list)
{
	char detail[128];
	size_t i;

	for (i = 0; i < process->lock_count; i++) {
		const struct lock_model *lock = &process->locks[i];

		if (!lock->contention)
			break; /* those with contention come first */
		wording_lock(process, lock, detail, sizeof(detail));
		add_cause(list, state_name(lock->kind == LOCK_GIL ? STATE_GIL : STATE_LOCK),
			  (double)(lock->wait_ns + lock->handover_ns) / 1e9 / whole_s, detail,
			  lock->where);
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
static void find_stall_causes(const struct model *model, const struct process_model *process,
			      struct verdict *verdict)
{
	struct cause_list list = { .count = 0 };
	struct stall_group groups[STALL_MAX_GROUPS];
	size_t count = stalls_group(model, process, groups), i;

	for (i = 0; i < count; i++)
		add_cause(&list, stall_cause_name(groups[i].cause), groups[i].share,
			  groups[i].detail, groups[i].where);
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
static void find_causes(const struct model *model, const struct process_model *process,
			const struct signals *s, const struct verdict_settings *settings,
			struct verdict *verdict)
{
	struct cause_list list = { .count = 0 };
	bool rest = verdict->class == VERDICT_IDLE || verdict->class == VERDICT_INSUFFICIENT;
	double whole_s = rest ? s->wall_s : s->work_s;
	const struct ledger *time = process ? &process->time : &model->time;
	struct process_range range = model_range(model, process);
	const struct process_model *each;
	char detail[128], part[UNITS_LEN];
	double in_turn_s;

	if (whole_s <= 0)
		return;
	/* threads that compute in turn: what runs is held up by the lock as what waits for it is */
	in_turn_s = !rest && rules_gil_serialises(s, settings->threshold) ?
			    fmin(s->on_cpu_s, s->window_s) :
			    0;
	add_cause(&list, "cpu", (s->on_cpu_s - in_turn_s) / whole_s, "computing, on CPU", "");
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
	for (each = range.first; each < range.end; each++) {
		add_waits(each, rest, whole_s, &list);
		add_locks(each, whole_s, &list);
		add_turns(each, whole_s, &list);
	}
	add_in_turn(&list, in_turn_s / whole_s);
	keep_causes(&list, verdict);
}

static void add_evidence(struct verdict *verdict, const char *rule, double value, double threshold,
			 const char *unit)
{
	size_t i;

	for (i = 0; i < verdict->evidence_count; i++)
		if (!strcmp(verdict->evidence[i].rule, rule) &&
		    verdict->evidence[i].threshold == threshold)
			return;
	if (verdict->evidence_count < VERDICT_MAX_EVIDENCE)
		verdict->evidence[verdict->evidence_count++] =
			(struct verdict_evidence){ rule, value, threshold, unit };
}

/*
 * First what decided, then the signals of the rules that were passed over: of loops where there
 * are any.
 */
static void find_evidence(const struct rule *decided, const struct signals *s,
			  const struct verdict_settings *settings, struct verdict *verdict)
{
	const struct rule *rule = decided;
	int i;

	for (;;) {
		for (i = 0; (s->has_loop || rule->class != VERDICT_LOOP_BLOCKED) &&
			    i < RULE_MAX_TERMS && rule->terms[i].signal;
		     i++)
			add_evidence(verdict, rule->terms[i].signal, rule->terms[i].value(s),
				     settings->threshold[rule->terms[i].threshold],
				     rule->terms[i].unit);
		rule = rule == decided ? &rules[VERDICT_IDLE] : rule + 1;
		if (rule >= decided)
			break;
	}
}

static bool has_runtime(struct process_range range, const char *name)
{
	const struct process_model *each;

	for (each = range.first; each < range.end; each++)
		if (!strcmp(each->runtime, name))
			return true;
	return false;
}

static bool without_frames(struct process_range range)
{
	const struct process_model *each;

	for (each = range.first; each < range.end; each++)
		if (each->no_frames)
			return true;
	return false;
}

static void find_unmeasured(const struct model *model, const struct process_model *process,
			    const struct signals *s, struct verdict *verdict)
{
	struct process_range range = model_range(model, process);
	const char **list = verdict->unmeasured;
	size_t count = 0;

	list[count++] =
		model->capture.depth == DEPTH_SCHED ?
			"the place of waits in the program: their stacks need --depth syscalls" :
			"the place in the program, other than of waits for locks and of stalls";
	if (s->has_loop && model->capture.depth == DEPTH_SCHED)
		list[count++] =
			"a loop's returns to its wait that did not sleep: only single waits count "
			"as stalls, computing does not";
	if (verdict->class != VERDICT_LOOP_BLOCKED && hidden_stall(model, process))
		list[count++] =
			"whether a thread that did not return to its event set is a blocked "
			"event loop";
	list[count++] = "what an io_uring wait waits for: it stands under poll_idle";
	if (has_runtime(range, "Go"))
		list[count++] = "locks and channels between goroutines: Go parks them by itself, "
				"unseen by the kernel";
	if (has_runtime(range, "Node.js"))
		list[count++] = "names of JavaScript functions, unless node was started with "
				"--perf-basic-prof";
	if (has_runtime(range, "Java"))
		list[count++] =
			"Java's own locks, except where threads of one name take turns: the JVM "
			"parks each thread at a separate futex, which shows as condition";
	if (without_frames(range))
		list[count++] =
			"Python functions and lines: this CPython is of a version or build whose "
			"frames boundby does not know";
	list[count++] = "cache misses after switches: they need hardware counters";
	if (isnan(s->switch_share) && s->on_cpu_s > 0)
		list[count++] = "what switches cost: boundby check --calibrate";
	if (isnan(s->throttled_s))
		list[count++] = "CPU quota: this kernel does not show which threads are throttled";
	if (model->capture.depth == DEPTH_SCHED)
		list[count++] = "counts and times of system calls: --depth syscalls has them";
	verdict->unmeasured_count = count;
}

enum verdict_class verdict_of_signals(const struct signals *signals,
				      const struct verdict_settings *settings)
{
	return rules_first(signals, settings)->class;
}

enum verdict_class verdict_of_thread(const struct model *model, const struct process_model *process,
				     const struct thread_model *thread,
				     const struct verdict_settings *settings)
{
	struct signals signals;

	signals_of_thread(model, process, thread, &signals);
	return rules_first(&signals, settings)->class;
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

void verdict_of_window(const struct model *model, const struct signals *signals,
		       enum verdict_class class, const struct verdict_settings *settings,
		       struct window_cause *ret)
{
	struct verdict verdict = { .class = class };

	memset(ret, 0, sizeof(*ret));
	if (class == VERDICT_LOOP_BLOCKED)
		find_stall_causes(model, NULL, &verdict);
	else
		find_causes(model, NULL, signals, settings, &verdict);
	if (verdict.cause_count)
		ret->cause = verdict.causes[0];
	find_busiest(model, ret->thread, sizeof(ret->thread));
}

static void judge(const struct model *model, const struct process_model *process,
		  const struct pool_set *pools, const struct timeline *timeline,
		  const struct verdict_settings *settings, struct verdict *ret)
{
	struct findings_input input = { .model = model,
					.process = process,
					.pools = pools,
					.timeline = timeline,
					.odd = TIMELINE_NONE,
					.settings = settings };
	const struct rule *rule, *rest_rule;
	struct signals signals, rest;

	memset(ret, 0, sizeof(*ret));
	signals_compute(model, process, &signals);
	rule = rules_first(&signals, settings);
	if (timeline && !process)
		input.odd = timeline_odd(timeline, rule->class);
	if (input.odd != TIMELINE_NONE) {
		rest = signals;
		timeline_without(timeline, input.odd, &rest);
		rest_rule = rules_first(&rest, settings);
		if (rest_rule == rule) {
			input.odd = TIMELINE_NONE;
		} else {
			rule = rest_rule;
			signals = rest;
		}
	}
	ret->class = rule->class;
	ret->confidence = confidence_find(rule, model, process, &signals, settings);
	if (input.odd != TIMELINE_NONE && ret->confidence == CONFIDENCE_HIGH)
		ret->confidence = CONFIDENCE_MEDIUM;
	if (ret->class == VERDICT_LOOP_BLOCKED)
		find_stall_causes(model, process, ret);
	else
		find_causes(model, process, &signals, settings, ret);
	find_evidence(rule, &signals, settings, ret);
	input.signals = &signals;
	input.class = ret->class;
	findings_find(&input, ret);
	find_unmeasured(model, process, &signals, ret);
	wording_headline(&signals, settings, ret);
	advice_give(model, process, &signals, settings, ret);
}

void verdict_judge(const struct model *model, const struct process_model *process,
		   const struct timeline *timeline, const struct verdict_settings *settings,
		   struct verdict *ret)
{
	struct pool_set pools;

	pools_find(model, &pools);
	judge(model, process, &pools, timeline, settings, ret);
	pools_free(&pools);
}

void verdict_judge_all(const struct model *model, const struct timeline *timeline,
		       const struct verdict_settings *settings, struct verdict *whole,
		       struct verdict *processes)
{
	struct pool_set pools;
	size_t i;

	pools_find(model, &pools);
	judge(model, NULL, &pools, timeline, settings, whole);
	for (i = 0; i < model->process_count; i++)
		judge(model, &model->processes[i], &pools, NULL, settings, &processes[i]);
	pools_free(&pools);
}
