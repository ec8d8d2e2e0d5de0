// SPDX-License-Identifier: GPL-2.0-or-later
/* The findings as a table; returns those that hold for model, signals and timeline. */
#include "verdict/findings/findings.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/runtimes.h"
#include "lib/units.h"
#include "analysis/chain.h"
#include "analysis/lookups.h"
#include "analysis/loop_executor.h"
#include "analysis/pools.h"
#include "analysis/spinner.h"
#include "analysis/stuck/stuck.h"
#include "verdict/words/stuck_words.h"
#include "verdict/words/wording.h"

#define LOOKS_MIN 3 /* fewer steps are no trend */
#define LEVELLED 0.7 /* slower by so much: what grew was a start, and it is over */
#define MAPPED_LEAST 0.5 /* of what becomes resident: allocators map more in steps */
#define ALIKE 2 /* workers whose memory differs by less than this factor hold the same */
#define MIB 1048576.0
#define COLLECTOR_S 10.0 /* a heap that is collected grows for seconds, and shrinks again */

#define SAY(ret, ...) snprintf((ret)->detail, sizeof((ret)->detail), __VA_ARGS__)

static double threshold(const struct findings_input *input, enum threshold_id id)
{
	return input->settings->threshold[id];
}

bool finding_oversubscription(const struct findings_input *input, struct verdict_finding *ret)
{
	const struct signals *s = input->signals;
	char share[UNITS_LEN];

	if (!(s->demand > input->model->capture.cpus) ||
	    !(s->switch_share > threshold(input, THRESHOLD_SWITCH_SHARE)))
		return false;
	ret->value = s->switch_share;
	SAY(ret,
	    "%.1f threads want to run on %u CPUs, and switching between them takes %s of the "
	    "CPU time",
	    s->demand, input->model->capture.cpus, units_share(s->switch_share, share));
	return true;
}

bool finding_throttling(const struct findings_input *input, struct verdict_finding *ret)
{
	const struct signals *s = input->signals;
	char time[UNITS_LEN];

	if (!(s->throttled_s >= 0.01 * s->window_s) || s->throttled_s <= 0)
		return false;
	ret->value = s->throttled_s / s->window_s;
	SAY(ret, "out of CPU quota for %s of thread time",
	    units_time((uint64_t)(s->throttled_s * 1e9), time));
	return true;
}

/* One thread that mostly sleeps does so by itself, whatever wakes it. */
static bool is_timer(const struct pool *pool)
{
	return pool->count == 1 &&
	       pool->sleeping > pool->computing + pool->waiting - pool->sleeping;
}

#define SLOW_LEAST 0.8 /* of the threads that may look names up at a time */

/* Threads of a pool that the network was waited for in. */
static uint64_t count_waiting(const struct process_model *process)
{
	uint64_t count = 0;
	size_t i;

	for (i = 0; i < process->thread_count; i++)
		count += process->threads[i].time.state_ns[STATE_NETWORK] ?
				 process->threads[i].count :
				 0;
	return count;
}

/*
 * libuv looks up names on half of its threads at most (rounded up), so that others stay free for files. All
 * of them take part in turn, which gives their number.
 */
static bool finding_slow_half(const struct findings_input *input, struct verdict_finding *ret)
{
	struct process_range range = model_range(input->model, input->process);
	const struct process_model *each;
	uint64_t half;

	for (each = range.first; each < range.end; each++) {
		half = (count_waiting(each) + 1) / 2;
		if (!half || runtime_id_of(each->runtime) != RUNTIME_NODE)
			continue;
		ret->value = (double)lookups_ns(each) / (double)input->model->duration_ns;
		if (ret->value < SLOW_LEAST * (double)half)
			continue;
		SAY(ret,
		    "libuv's pool looks up %.1f names at a time, on half of its threads: others have to "
		    "wait for it",
		    ret->value);
		return true;
	}
	return false;
}

static bool finding_one_worker(const struct findings_input *input, struct verdict_finding *ret)
{
	const struct thread_model *thread = loop_executor_find(input->model, input->process);
	char share[UNITS_LEN];

	if (!thread)
		return false;
	ret->value = loop_executor_share(thread);
	SAY(ret,
	    "one worker thread, %u, makes all blocking calls of the event loop, one at a time: it is in "
	    "them for %s of the time",
	    thread->tid, units_share(ret->value, share));
	return true;
}

bool finding_saturation(const struct findings_input *input, struct verdict_finding *ret)
{
	const struct pool *pool, *worst = NULL;
	size_t at = 0;
	char name[2 * POOL_NAME_LEN], share[UNITS_LEN], which[100];

	while ((pool = pools_next(input->pools, input->process, &at))) {
		/* never more than `idle` of the time is there an idle one among them */
		if (pool->fed && 1 - pool->idle >= threshold(input, THRESHOLD_NO_IDLE_WORKER) &&
		    !is_timer(pool) && (!worst || pool->count > worst->count))
			worst = pool;
	}
	if (!worst)
		return finding_slow_half(input, ret) || finding_one_worker(input, ret);
	ret->value = 1 - worst->idle;
	if (worst->count == 1)
		snprintf(which, sizeof(which), "the one worker thread '%s' is not idle",
			 units_printable(worst->name, sizeof(worst->name), name, sizeof(name)));
	else
		snprintf(which, sizeof(which), "none of the %zu %s '%s' is idle", worst->count,
			 worst->of_processes ? "worker processes" : "worker threads",
			 units_printable(worst->name, sizeof(worst->name), name, sizeof(name)));
	SAY(ret, "%s for %s of the time, %s", which, units_share(fmax(0, 1 - worst->idle), share),
	    worst->computing >= worst->waiting ? "but computes: the CPU is the bottleneck" :
						 "but waits: the pool's size is the bottleneck");
	return true;
}

static bool is_steady(const struct findings_input *input, const struct growth_model *growth,
		      double per_s)
{
	return growth->steps >= LOOKS_MIN && growth->per_s >= per_s && growth->slowed < LEVELLED &&
	       growth->rises >= threshold(input, THRESHOLD_STEADY) * growth->steps;
}

/*
 * Pages that come to be used in memory that was mapped before are a buffer, a cache or a heap of a
 * fixed size that is being filled, which ends; what has no bound has to map more.
 */
static bool is_filled(const struct process_model *process)
{
	const struct growth_model *memory = &process->memory, *writable = &process->writable;

	return writable->first != RECORD_UNKNOWN &&
	       (double)writable->last - (double)writable->first <
		       MAPPED_LEAST * ((double)memory->last - (double)memory->first);
}

static bool is_warm_up(const struct findings_input *input, const struct process_model *process)
{
	return is_filled(process) || (runtime_traits_of(process->runtime)->has_collector &&
				      (double)input->model->duration_ns / 1e9 < COLLECTOR_S - 0.1);
}

/* The process whose figure grows most, if any grows steadily. */
static const struct process_model *find_growth(const struct findings_input *input, size_t offset,
					       double per_s, struct growth_model *ret)
{
	struct process_range range = model_range(input->model, input->process);
	const struct process_model *most = NULL, *process;
	const struct growth_model *growth;

	for (process = range.first; process < range.end; process++) {
		growth = (const struct growth_model *)((const char *)process + offset);
		if (!is_steady(input, growth, per_s) ||
		    (growth == &process->memory && is_warm_up(input, process)))
			continue;
		if (!most || growth->per_s > ret->per_s) {
			most = process;
			*ret = *growth;
		}
	}
	return most;
}

bool finding_memory_growth(const struct findings_input *input, struct verdict_finding *ret)
{
	char name[64], from[UNITS_LEN], to[UNITS_LEN];
	struct growth_model growth;
	const struct process_model *process =
		find_growth(input, offsetof(struct process_model, memory),
			    threshold(input, THRESHOLD_MEMORY_GROWTH) * MIB, &growth);

	if (!process)
		return false;
	wording_process(process, name, sizeof(name));
	ret->value = growth.per_s;
	SAY(ret,
	    "%s grows by %.1f MiB a second, from %s to %s: look for an unbounded queue or task "
	    "list",
	    name, growth.per_s / MIB, units_bytes(growth.first, from),
	    units_bytes(growth.last, to));
	return true;
}

bool finding_worker_memory(const struct findings_input *input, struct verdict_finding *ret)
{
	const struct pool *pool, *worst = NULL;
	size_t at = 0;
	char each[UNITS_LEN], sum[UNITS_LEN];

	while ((pool = pools_next(input->pools, input->process, &at))) {
		if (pool->of_processes && pool->private_known == pool->count &&
		    (double)pool->private_least >=
			    threshold(input, THRESHOLD_WORKER_MEMORY) * MIB &&
		    pool->private_most / ALIKE <= pool->private_least &&
		    (!worst || pool->private_sum > worst->private_sum))
			worst = pool;
	}
	if (!worst)
		return false;
	ret->value = (double)worst->private_sum;
	SAY(ret,
	    "%zu workers hold %s and more each, %s in all (pages that they still share count "
	    "for each): share the data, or hand it over in larger chunks",
	    worst->count, units_bytes(worst->private_least, each),
	    units_bytes(worst->private_sum, sum));
	return true;
}

bool finding_zombies(const struct findings_input *input, struct verdict_finding *ret)
{
	struct process_range range = model_range(input->model, input->process);
	const struct process_model *process, *most = NULL;
	uint64_t sum = 0;
	char name[64];

	for (process = range.first; process < range.end; process++) {
		if (!process->zombies || process->zombies == RECORD_UNKNOWN)
			continue;
		sum += process->zombies;
		if (!most || process->zombies > most->zombies)
			most = process;
	}
	if (!most)
		return false;
	wording_process(most, name, sizeof(name));
	ret->value = (double)sum;
	SAY(ret,
	    "%llu child%s ended and %s never waited for, %llu of %s: wait for them, or shut the "
	    "pool down",
	    (unsigned long long)sum, sum == 1 ? "" : "ren", sum == 1 ? "was" : "were",
	    (unsigned long long)most->zombies, name);
	return true;
}

static bool find_count_growth(const struct findings_input *input, size_t offset, double per_s,
			      const char *what, const char *hint, struct verdict_finding *ret)
{
	struct growth_model growth;
	const struct process_model *process = find_growth(input, offset, per_s, &growth);
	char name[64];

	if (!process)
		return false;
	wording_process(process, name, sizeof(name));
	ret->value = growth.per_s;
	SAY(ret, "%s has more and more %s, %.1f a second, from %llu to %llu: %s", name, what,
	    growth.per_s, (unsigned long long)growth.first, (unsigned long long)growth.last, hint);
	return true;
}

bool finding_thread_growth(const struct findings_input *input, struct verdict_finding *ret)
{
	return find_count_growth(input, offsetof(struct process_model, thread_growth),
				 threshold(input, THRESHOLD_THREAD_GROWTH), "threads",
				 "join them, or use a pool", ret);
}

bool finding_descriptor_growth(const struct findings_input *input, struct verdict_finding *ret)
{
	return find_count_growth(input, offsetof(struct process_model, descriptors),
				 threshold(input, THRESHOLD_DESCRIPTOR_GROWTH), "descriptors",
				 "close them, or bound what is open at once", ret);
}

bool finding_change(const struct findings_input *input, struct verdict_finding *ret)
{
	struct timeline_span parts[TIMELINE_MAX_SPANS];
	size_t count = input->timeline && !input->process ? timeline_spans(input->timeline, parts) :
							    0,
	       i, kinds = 0;
	const struct window_cause *came;
	char first[UNITS_LEN], names[120] = "";
	bool named[NR_VERDICTS] = { false };

	if (count < 2)
		return false;
	ret->value = (double)(count - 1);
	if (count == 2) {
		came = timeline_cause(input->timeline, &parts[1]);
		SAY(ret, "%s for the first %s, then %s%s%.70s%s%s",
		    verdict_class_name(parts[0].class),
		    units_time(parts[1].start_ns - input->timeline->windows[0].start_ns, first),
		    verdict_class_name(parts[1].class), came ? ": " : "",
		    came ? came->cause.detail : "", came && came->thread[0] ? ", " : "",
		    came ? came->thread : "");
		return true;
	}
	for (i = 0; i < count && i < TIMELINE_MAX_SPANS; i++) {
		if (named[parts[i].class])
			continue;
		named[parts[i].class] = true;
		snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s",
			 kinds++ ? ", " : "", verdict_class_name(parts[i].class));
	}
	SAY(ret, "it changed %zu times, between %s", count - 1, names);
	return true;
}

bool finding_odd_window(const struct findings_input *input, struct verdict_finding *ret)
{
	const struct timeline_window *window;
	char length[UNITS_LEN], at[UNITS_LEN];

	if (input->odd == TIMELINE_NONE)
		return false;
	window = &input->timeline->windows[input->odd];
	ret->value = (double)window->duration_ns / (double)input->model->duration_ns;
	SAY(ret, "%s of the time, from %s on, were %s: the verdict is about the rest",
	    units_time(window->duration_ns, length),
	    units_time(window->start_ns - input->timeline->windows[0].start_ns, at),
	    verdict_class_name(window->class));
	return true;
}

bool finding_deadlock(const struct findings_input *input, struct verdict_finding *ret)
{
	struct stuck proofs[STUCK_MAX];
	size_t count = stuck_find(input->model, input->process, proofs), members = 0, i;

	for (i = 0; i < count; i++) {
		if (proofs[i].kind != STUCK_DEADLOCK && proofs[i].kind != STUCK_SELF)
			continue;
		if (!members++)
			stuck_words_detail(&proofs[i], ret->detail, sizeof(ret->detail));
	}
	ret->value = (double)members;
	return members > 0;
}

bool finding_busy_polling(const struct findings_input *input, struct verdict_finding *ret)
{
	const struct loop_model *loop = spinner_find(input->model, input->process, &ret->value);

	if (!loop || loop->loop_class != LOOP_SPINS)
		return false;
	SAY(ret,
	    "thread %u looks for events %.0f times a second and never waits for one: give its "
	    "poll a timeout",
	    loop->tid, ret->value);
	return true;
}

bool finding_always_ready(const struct findings_input *input, struct verdict_finding *ret)
{
	const struct loop_model *loop = spinner_find(input->model, input->process, &ret->value);

	if (!loop || loop->loop_class != LOOP_READY)
		return false;
	SAY(ret,
	    "%s of thread %u returns at once, %.0f times a second, for an fd that stays "
	    "ready since nothing handles it",
	    loop->kind == LOOP_KIND_EPOLL ? "epoll_wait" : "poll", loop->tid, ret->value);
	return true;
}

bool finding_chain(const struct findings_input *input, struct verdict_finding *ret)
{
	struct chain chain;

	if (input->class == VERDICT_IDLE || !chain_find(input->model, input->process, &chain))
		return false;
	ret->value = chain.share;
	wording_chain(&chain, ret->detail, sizeof(ret->detail));
	return true;
}

#define FINDING_ROW(ident, kind, function, meaning, rule, action, ...) \
	[FINDING_##ident] = { kind,                                    \
			      meaning,                                 \
			      rule,                                    \
			      action,                                  \
			      function,                                \
			      { __VA_ARGS__ },                         \
			      sizeof((int[]){ __VA_ARGS__ }) / sizeof(int) },
const struct finding_rule finding_rules[NR_FINDINGS] = { VERDICT_FINDINGS(FINDING_ROW) };
#undef FINDING_ROW

void findings_find(const struct findings_input *input, struct verdict *verdict)
{
	struct verdict_finding finding;
	size_t i;

	for (i = 0; i < NR_FINDINGS; i++) {
		memset(&finding, 0, sizeof(finding));
		finding.kind = finding_rules[i].kind;
		if (finding_rules[i].find(input, &finding))
			verdict->findings[verdict->finding_count++] = finding;
	}
}
