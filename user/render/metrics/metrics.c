// SPDX-License-Identifier: GPL-2.0-or-later
/* Adds up what each process name did, window by window. */
#include "render/metrics/metrics.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/state_names.h"
#include "lib/units.h"
#include "render/metrics/metrics_parts.h"

const uint64_t metrics_bounds_ns[METRICS_BOUNDS] = {
	1000000,   2000000,   5000000,	 10000000,   20000000,	 50000000,
	100000000, 200000000, 500000000, 1000000000, 2000000000, 5000000000,
};

int metrics_new(const struct metrics_config *config, struct metrics **ret)
{
	struct metrics *metrics;
	int error = -ENOMEM;

	*ret = NULL;
	if (!config->max_processes)
		return -EINVAL;
	metrics = calloc(1, sizeof(*metrics));
	if (!metrics)
		return error;
	metrics->config = *config;
	error = metrics_table_new(&metrics->processes, config->max_processes, "");
	if (!error && config->per_thread)
		error = metrics_table_new(&metrics->threads, config->max_processes, METRICS_OTHER);
	if (error)
		metrics_free(metrics);
	else
		*ret = metrics;
	return error;
}

void metrics_free(struct metrics *metrics)
{
	if (!metrics)
		return;
	metrics_table_free(&metrics->processes);
	metrics_table_free(&metrics->threads);
	free(metrics);
}

/* Names are bytes that programs choose: two that print alike are one. */
static void name_of(const char *comm, char ret[RECORD_COMM_LEN])
{
	units_printable(comm, RECORD_COMM_LEN, ret, RECORD_COMM_LEN);
	if (!ret[0])
		memcpy(ret, "?", 2); /* an empty label is none to Prometheus */
}

const char *metrics_label_name(size_t label)
{
	static const char *const names[NR_METRICS_LABELS] = {
		[METRICS_LABEL_UNIT] = "unit",
		[METRICS_LABEL_CONTAINER] = "container",
		[METRICS_LABEL_SCRIPT] = "script",
	};

	return label < NR_METRICS_LABELS ? names[label] : NULL;
}

static void key_of(const struct metrics_config *config, const struct process_model *process,
		   struct metrics_key *ret)
{
	const char *label = config->label == METRICS_LABEL_UNIT	     ? process->label.unit :
			    config->label == METRICS_LABEL_CONTAINER ? process->label.container :
			    config->label == METRICS_LABEL_SCRIPT    ? process->label.script :
								       "";

	memset(ret, 0, sizeof(*ret));
	name_of(process->comm, ret->process);
	units_printable(label, strlen(label), ret->label, sizeof(ret->label));
}

/* Work is the weight to compare names by; a verdict takes off waits inside the target as well. */
static void add_states(struct metrics_group *group, const struct ledger *time)
{
	int i;

	for (i = 0; i < NR_STATES; i++) {
		metrics_time_add(&group->sums.state[i], time->state_ns[i]);
		if (state_is_work((uint32_t)i))
			group->work_ns += time->state_ns[i];
	}
}

/*
 * An iteration counts at the least bound that its bucket is wholly below: at most a quarter of an
 * octave too high, never too low.
 */
static uint64_t add_lags(struct metrics_sums *sums, const struct loop_model *loop)
{
	uint64_t total = 0;
	size_t bucket, bound;

	for (bucket = 0; bucket < RECORD_LAG_LEN; bucket++) {
		/* the last one has no upper end */
		uint64_t end = bucket < RECORD_LAG_LEN - 1 ? model_lag_end_ns(bucket) : UINT64_MAX;

		for (bound = 0; bound < METRICS_BOUNDS && end > metrics_bounds_ns[bound];)
			bound++;
		sums->lags[bound] += loop->lag_count[bucket];
		total += loop->lag_count[bucket];
	}
	return total;
}

static void add_loops(struct metrics_group *group, const struct process_model *process)
{
	struct metrics_sums *sums = &group->sums;
	size_t i;
	int cause;

	for (i = 0; i < process->loop_count; i++) {
		const struct loop_model *loop = &process->loops[i];

		if (loop->loop_class != LOOP_EVENT_LOOP)
			continue;
		sums->has_loop = true;
		if (add_lags(sums, loop))
			metrics_time_add(&sums->busy, loop->busy_ns);
		else if (loop->iterations)
			group->now.lags_unknown = true;
		for (cause = 0; cause < NR_STALL_CAUSES; cause++)
			sums->stalls[cause] += loop->cause_count[cause];
		metrics_time_add(&sums->stalled, loop->stalled_ns);
	}
}

static uint64_t living_threads(const struct process_model *process)
{
	uint64_t count = 0;
	size_t i;

	for (i = 0; i < process->thread_count; i++)
		if (!process->threads[i].exited)
			count += process->threads[i].count;
	return count;
}

static void add_living(struct metrics_now *now, const struct process_model *process)
{
	if (process->exited)
		return;
	if (!now->processes)
		now->resident_bytes = process->rss_bytes;
	else if (now->resident_bytes != RECORD_UNKNOWN)
		now->resident_bytes = process->rss_bytes == RECORD_UNKNOWN ?
					      RECORD_UNKNOWN :
					      now->resident_bytes + process->rss_bytes;
	now->processes++;
	now->threads += living_threads(process);
}

static void add_signals(struct metrics_group *group, const struct model *model,
			const struct process_model *process)
{
	struct signals one;

	signals_compute(model, process, &one);
	if (group->members++)
		signals_add(model, &one, &group->signals);
	else
		group->signals = one;
}

static void add_process(struct metrics_group *group, const struct model *model,
			const struct process_model *process)
{
	struct metrics_sums *sums = &group->sums;

	add_states(group, &process->time);
	if (process->time.throttled_ns == RECORD_UNKNOWN)
		group->now.throttled_unknown = true;
	else
		metrics_time_add(&sums->throttled, process->time.throttled_ns);
	sums->voluntary += process->switches.voluntary;
	sums->involuntary += process->switches.involuntary;
	sums->migrations += process->switches.migrations;
	add_loops(group, process);
	add_living(&group->now, process);
	add_signals(group, model, process);
}

static int group_processes(const struct metrics_config *config, const struct model *model,
			   struct metrics_groups *groups)
{
	struct metrics_group *group;
	struct metrics_key key;
	size_t i;

	for (i = 0; i < model->process_count; i++) {
		key_of(config, &model->processes[i], &key);
		group = metrics_group_of(groups, &key);
		if (!group)
			return -ENOMEM;
		add_process(group, model, &model->processes[i]);
	}
	return 0;
}

static int group_threads(const struct metrics_config *config, const struct model *model,
			 struct metrics_groups *groups)
{
	struct metrics_group *group;
	char base[RECORD_COMM_LEN];
	struct metrics_key key;
	size_t i, j;

	for (i = 0; i < model->process_count; i++) {
		key_of(config, &model->processes[i], &key);
		for (j = 0; j < model->processes[i].thread_count; j++) {
			model_base_name(model->processes[i].threads[j].comm, base);
			name_of(base, key.thread);
			group = metrics_group_of(groups, &key);
			if (!group)
				return -ENOMEM;
			add_states(group, &model->processes[i].threads[j].time);
		}
	}
	return 0;
}

/* All processes of a name are judged as one program. */
static void judge(struct metrics_groups *groups, const struct verdict_settings *settings)
{
	size_t i;

	for (i = 0; i < groups->count; i++) {
		struct metrics_group *group = &groups->items[i];

		group->now.busy_cores = group->signals.cores;
		group->now.contention = group->signals.contention;
		group->now.starvation = group->signals.starvation;
		group->now.ratio = group->signals.ratio;
		group->now.class = (int)verdict_of_signals(&group->signals, settings);
	}
}

static bool add_known(struct metrics_time *to, uint64_t ns)
{
	if (ns == RECORD_UNKNOWN)
		return false;
	metrics_time_add(to, ns);
	return true;
}

static void add_whole(struct metrics *metrics, const struct model *model,
		      const struct metrics_watch *watch)
{
	uint64_t end_ns = model->start_ns + model->duration_ns;
	size_t i;

	metrics->watch = *watch;
	snprintf(metrics->version, sizeof(metrics->version), "%s", watch->version);
	metrics->watch.version = NULL; /* it is the caller's */
	metrics->window_ns = model->duration_ns;
	metrics->end_realtime_ns = end_ns + model->capture.start_realtime_ns;
	for (i = 0; i < NR_LOSSES; i++)
		metrics->lost[i] += model->lost[i];
	metrics->bpf_run_known = add_known(&metrics->bpf_run, model->overhead.bpf_run_ns);
	metrics->reader_cpu_known = add_known(&metrics->reader_cpu, model->overhead.reader_cpu_ns);
	metrics->watched_processes = metrics->watched_threads = 0;
	for (i = 0; i < model->process_count; i++) {
		if (model->processes[i].exited)
			continue;
		metrics->watched_processes++;
		metrics->watched_threads += living_threads(&model->processes[i]);
	}
}

int metrics_add(struct metrics *metrics, const struct report *report,
		const struct metrics_watch *watch)
{
	struct metrics_groups processes = { 0 }, threads = { 0 };
	int error = group_processes(&metrics->config, report->model, &processes);

	if (!error && metrics->config.per_thread)
		error = group_threads(&metrics->config, report->model, &threads);
	if (!error) {
		judge(&processes, report->settings);
		metrics->added++;
		metrics_table_add(&metrics->processes, &processes, metrics->added);
		if (metrics->config.per_thread)
			metrics_table_add(&metrics->threads, &threads, metrics->added);
		add_whole(metrics, report->model, watch);
	}
	metrics_groups_free(&processes);
	metrics_groups_free(&threads);
	return error;
}
