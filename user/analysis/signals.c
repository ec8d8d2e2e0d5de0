// SPDX-License-Identifier: GPL-2.0-or-later
/* Computes the named signals of contract section 5 from the model: numbers with units. */
#include "analysis/signals.h"

#include <math.h>
#include <string.h>

#include "analysis/in_turn.h"
#include "analysis/stuck/stuck_apart.h"
#include "analysis/stuck/stuck_waits.h"
#include "analysis/tries.h"
#include "lib/state_names.h"

static double seconds(uint64_t ns)
{
	return (double)ns / 1e9;
}

#define STALL_FILLS 0.25 /* of the window */

static double ratio_of(double part, double whole)
{
	return whole > 0 ? part / whole : NAN;
}

/* Of a thread's time, the part that it waited for work at a set. */
static double rested_share(const struct process_model *process, uint32_t tid)
{
	const struct ledger *time;
	size_t i;

	for (i = 0; i < process->thread_count; i++) {
		time = &process->threads[i].time;
		if (process->threads[i].tid == tid && time->wall_ns)
			return (double)time->state_ns[STATE_POLL_IDLE] / (double)time->wall_ns;
	}
	return 0;
}

/*
 * The share of the window in which a loop was blocked, and the number of stalls. At depth sched,
 * stalls without a long wait are seen only in bursts, but there all of them: their share of the
 * bursts is taken for the window, as far as its thread did not rest.
 */
static double stalled_share(const struct model *model, const struct process_model *process,
			    const struct loop_model *loop, double window_s, double *ret_stalls)
{
	double all = ratio_of(seconds(loop->stalled_ns - loop->burst_stalled_ns), window_s);
	double burst_s =
		model->overhead.burst_ns == RECORD_UNKNOWN ? 0 : seconds(model->overhead.burst_ns);
	double part;

	*ret_stalls = (double)loop->stalls;
	if (burst_s <= 0 || window_s <= burst_s)
		return all;
	part = fmin(ratio_of(seconds(loop->burst_stalled_ns), burst_s),
		    1 - rested_share(process, loop->tid));
	if (part <= all)
		return all;
	*ret_stalls =
		fmax(*ret_stalls,
		     part * ratio_of((double)loop->burst_stalls, seconds(loop->burst_stalled_ns)) *
			     window_s);
	return part;
}

/*
 * Length of a stall, if it fills a good part of the window: what it is must not depend on where the
 * windows are cut. Of one that only reaches into the window, its part there.
 */
static uint64_t felt_ns(const struct model *model, const struct stall_model *stall)
{
	uint64_t end = model->start_ns + model->duration_ns, from, to;

	from = stall->begin_ns > model->start_ns ? stall->begin_ns : model->start_ns;
	to = stall->begin_ns + stall->duration_ns < end ? stall->begin_ns + stall->duration_ns :
							  end;
	if (to <= from)
		return 0;
	if ((double)(to - from) < STALL_FILLS * (double)model->duration_ns)
		return to - from;
	return to - stall->begin_ns;
}

/* The loop that was blocked longest, and its longest stall inside the window. tid 0: of any. */
static void add_stalls(const struct model *model, const struct process_model *process, uint32_t tid,
		       struct signals *ret)
{
	uint64_t longest = 0, ns;
	struct process_range range = model_range(model, process);
	const struct process_model *of = NULL, *each;
	const struct loop_model *worst = NULL;
	double share, most = 0, stalls;
	size_t j;

	for (each = range.first; each < range.end; each++)
		for (j = 0; j < each->loop_count; j++) {
			if (each->loops[j].loop_class != LOOP_EVENT_LOOP ||
			    (tid && each->loops[j].tid != tid) ||
			    in_turn_holds(model, each, &each->loops[j]))
				continue;
			ret->has_loop = true;
			share = stalled_share(model, each, &each->loops[j], ret->window_s, &stalls);
			if (!worst || share > most) {
				most = share;
				ret->stalls = stalls;
				worst = &each->loops[j];
				ret->loop_returned = worst->iterations > 0;
				ret->loop_of_two = worst->of_two;
				of = each;
			}
		}
	for (j = 0; worst && j < of->stall_count; j++) {
		ns = of->stalls[j].tid == worst->tid ? felt_ns(model, &of->stalls[j]) : 0;
		if (ns > longest)
			longest = ns;
	}
	ret->stalled = most;
	ret->longest_stall_s = seconds(longest);
}

/*
 * How long the threads of a process that take the GIL were at work: as long as the busiest of those that live.
 * Threads that ended worked one after the other as well as side by side: where those waited most, it is unknown.
 */
static double gil_span_s(const struct process_model *process)
{
	uint64_t living = 0, longest = 0, work;
	size_t i;

	for (i = 0; i < process->thread_count; i++) {
		const struct thread_model *thread = &process->threads[i];

		if (thread->exited || thread->count != 1 || !thread->time.state_ns[STATE_GIL])
			continue;
		living += thread->time.state_ns[STATE_GIL];
		work = model_thread_work_ns(thread);
		longest = work > longest ? work : longest;
	}
	return living > process->time.state_ns[STATE_GIL] / 2 ? seconds(longest) : 0;
}

/* Of several processes the longest, as each has a lock of its own; unknown if one is. */
static void add_gil_span(const struct model *model, const struct process_model *process,
			 struct signals *ret)
{
	struct process_range range = model_range(model, process);
	const struct process_model *each;
	double span_s;

	for (each = range.first; each < range.end; each++) {
		if (!each->time.state_ns[STATE_GIL])
			continue;
		span_s = gil_span_s(each);
		ret->gil_span_s = span_s > 0 ? fmax(ret->gil_span_s, span_s) : ret->window_s;
	}
	ret->gil_span_s = fmin(ret->gil_span_s, ret->window_s);
}

void signals_derive(struct signals *ret, double cpus)
{
	ret->work_s = ret->on_cpu_s + ret->runnable_s + ret->lock_s + ret->io_s;
	ret->ratio = ratio_of(ret->on_cpu_s, ret->on_cpu_s + ret->io_s);
	ret->contention = ratio_of(ret->lock_s, ret->work_s);
	ret->starvation = ratio_of(ret->runnable_s, ret->work_s);
	ret->cores = ratio_of(ret->on_cpu_s, ret->window_s);
	ret->work_share = ratio_of(ret->work_s, ret->window_s);
	ret->demand = ratio_of(ret->on_cpu_s + ret->runnable_s, ret->window_s);
	ret->cpu_saturation = ratio_of(ret->cores, cpus);
}

/* What is summed up of a thread, a process or the target. */
struct sums {
	const struct ledger *time;
	const struct switch_counts *switches;
	uint64_t inner_ns, unended_ipc_ns;
};

_Static_assert(GROUPS_OF_WORK ==
		       (1 << GROUP_CPU | 1 << GROUP_READY | 1 << GROUP_IO | 1 << GROUP_WAIT),
	       "a group of work is in none of the signals: add it below and to work_s");
_Static_assert(GROUPS_OF_REST == 1 << GROUP_REST, "a group of rest is not in rest_s");

static void sum_up(const struct model *model, const struct sums *sums, struct signals *ret)
{
	const struct switch_counts *switches = sums->switches;
	const uint64_t *ns = sums->time->state_ns;
	uint64_t paused_ns = model->overhead.given_up_ns[DETAIL_AT_CONTINUOUS], cost;
	double paused_s;

	memset(ret, 0, sizeof(*ret));
	/* nothing is lost in a pause that a watch makes: what is seen of the window stands for it */
	if (paused_ns > model->duration_ns)
		paused_ns = model->duration_ns;
	ret->window_s = seconds(model->duration_ns - paused_ns);
	ret->wall_s = seconds(sums->time->wall_ns);
	ret->unobserved_s = seconds(ns[STATE_UNOBSERVED]);
	paused_s = model->duration_ns ?
			   ret->wall_s * (double)paused_ns / (double)model->duration_ns :
			   0;
	paused_s = fmin(paused_s, ret->unobserved_s);
	ret->wall_s -= paused_s;
	ret->unobserved_s -= paused_s;
	ret->on_cpu_s = seconds(states_sum(ns, GROUP_CPU));
	ret->runnable_s = seconds(states_sum(ns, GROUP_READY));
	ret->lock_s = seconds(states_sum(ns, GROUP_WAIT));
	ret->gil_s = seconds(ns[STATE_GIL]);
	/* a wait on a pipe that never ended in the window asked for nothing */
	ret->io_s = seconds(states_sum(ns, GROUP_IO) - sums->unended_ipc_ns);
	/* nor one for a thread that is watched itself, and was at work: that is counted there */
	ret->inner_s = seconds(sums->inner_ns);
	ret->io_s = fmax(0, ret->io_s - ret->inner_s);
	ret->rest_s = seconds(states_sum(ns, GROUP_REST) + sums->unended_ipc_ns) + ret->inner_s;
	ret->throttled_s = sums->time->throttled_ns == RECORD_UNKNOWN ?
				   NAN :
				   seconds(sums->time->throttled_ns);
	signals_derive(ret, model->capture.cpus);
	cost = switches_cost(&model->capture, switches);
	ret->switch_share = cost == RECORD_UNKNOWN ? NAN : ratio_of(seconds(cost), ret->on_cpu_s);
	ret->same_process_switch_share =
		ratio_of((double)switches->in_same_process,
			 (double)(switches->in_same_process + switches->in_other_process));
}

/* What a proof counts: threads, connections or bytes. */
static double stuck_amount(const struct stuck *proof)
{
	return proof->threads ? proof->threads : (double)proof->pending;
}

/* Of all proofs of the first's kind, where none counts what another one counts. */
static double stuck_amount_of_all(const struct stuck *proofs, size_t count)
{
	const uint32_t apart = 1 << STUCK_GONE | 1 << STUCK_HOLDER | 1 << STUCK_FILE |
			       1 << STUCK_REQUEST | 1 << STUCK_BARRIER;
	double sum = stuck_amount(&proofs[0]);
	size_t i;

	for (i = 1; i < count && apart >> proofs[0].kind & 1; i++)
		if (proofs[i].kind == proofs[0].kind)
			sum += stuck_amount(&proofs[i]);
	return sum;
}

/* Takes the waits of processes that hang out of what the whole host waits for. */
static void take_apart(const struct model *model, const struct process_model *process,
		       struct signals *ret)
{
	const struct process_model *hung[STUCK_MAX];
	size_t count = stuck_apart(model, process, hung), i;
	double io_s, lock_s;

	for (i = 0; i < count; i++) {
		io_s = fmin(seconds(states_sum(hung[i]->time.state_ns, GROUP_IO) -
				    hung[i]->unended_ipc_ns),
			    ret->io_s);
		lock_s = fmin(seconds(states_sum(hung[i]->time.state_ns, GROUP_WAIT)), ret->lock_s);
		ret->io_s -= io_s;
		ret->lock_s -= lock_s;
		ret->rest_s += io_s + lock_s;
	}
	ret->stuck_apart = count > 0;
}

static void add_stuck(const struct model *model, const struct process_model *process,
		      struct signals *ret)
{
	struct process_range range = model_range(model, process);
	const struct process_model *each;
	struct stuck proofs[STUCK_MAX];
	size_t count = stuck_find(model, process, proofs);
	const struct backlog_model *queue;
	double followers_s;

	followers_s = (double)stuck_followers(model, process) * ret->window_s;
	followers_s = fmin(followers_s, ret->lock_s);
	ret->lock_s -= followers_s;
	ret->rest_s += followers_s;
	take_apart(model, process, ret);
	signals_derive(ret, model->capture.cpus);
	ret->stuck = (double)count;
	if (count) {
		ret->stuck_kind = proofs[0].kind;
		ret->stuck_count = stuck_amount_of_all(proofs, count);
	}
	queue = stuck_queued(model, process);
	ret->queued = queue ? queue->pending : 0;
	ret->unexplained = queue || stuck_unexplained(model, process) ||
			   stuck_left_unread(model, process);
	ret->awaits_work = stuck_awaits_work(model, process);
	for (each = range.first; each < range.end; each++)
		ret->unattributed_s += seconds(each->unattributed_ns);
}

void signals_compute(const struct model *model, const struct process_model *process,
		     struct signals *ret)
{
	const uint64_t *inner = process ? process->inner_ns : model->inner_ns;
	struct sums sums = {
		.time = process ? &process->time : &model->time,
		.switches = process ? &process->switches : &model->switches,
		.unended_ipc_ns = process ? process->unended_ipc_ns : model->unended_ipc_ns,
	};
	struct tries tries;
	int s;

	for (s = 0; s < NR_STATES; s++)
		sums.inner_ns += inner[s];
	sum_up(model, &sums, ret);
	add_gil_span(model, process, ret);
	add_stalls(model, process, 0, ret);
	add_stuck(model, process, ret);
	ret->tries = tries_find(model, process, ret->work_s, &tries);
}

void signals_add_times(const struct signals *one, struct signals *sum)
{
#define MORE(field) sum->field += one->field
	MORE(io_s);
	MORE(on_cpu_s);
	MORE(runnable_s);
	MORE(rest_s);
	MORE(wall_s);
	MORE(unobserved_s);
	MORE(lock_s);
	MORE(gil_s);
	MORE(gil_span_s);
	MORE(inner_s);
	MORE(throttled_s); /* NAN with what was not measured */
#undef MORE
	sum->has_loop |= one->has_loop;
	if (!(sum->stuck > 0) && one->stuck > 0) {
		sum->stuck_kind = one->stuck_kind;
		sum->stuck_count = one->stuck_count;
	}
	sum->stuck += one->stuck;
	sum->stuck_apart |= one->stuck_apart;
	sum->queued = fmax(sum->queued, one->queued);
	sum->unexplained |= one->unexplained;
	sum->awaits_work |= one->awaits_work;
	sum->tries |= one->tries;
	sum->unattributed_s += one->unattributed_s;
	sum->longest_stall_s = fmax(sum->longest_stall_s, one->longest_stall_s);
}

void signals_add(const struct model *model, const struct signals *one, struct signals *sum)
{
	signals_add_times(one, sum);
	if (one->stalled > sum->stalled) {
		sum->stalled = one->stalled;
		sum->stalls = one->stalls;
	}
	signals_derive(sum, model->capture.cpus);
}

void signals_of_thread(const struct model *model, const struct process_model *process,
		       const struct thread_model *thread, struct signals *ret)
{
	const struct sums sums = { &thread->time, &thread->switches, thread->inner_ns,
				   thread->unended_ipc_ns };

	sum_up(model, &sums, ret);
	if (thread->count == 1)
		add_stalls(model, process, thread->tid, ret);
}
