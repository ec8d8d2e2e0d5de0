// SPDX-License-Identifier: GPL-2.0-or-later
/* Opens a live source and runs the pipeline on it; returns the verdict's class. */
#include "cli/live_run.h"

#include <linux/capability.h>
#include <signal.h>
#include <string.h>

#include "cli/output.h"
#include "cli/page_output.h"
#include "cli/progress.h"
#include "lib/log.h"
#include "lib/process/sandbox.h"
#include "lib/units.h"
#include "pipeline.h"
#include "trace/source_quantize.h"
#include "trace/recorder/writer.h"

/* Windows of the timeline when no interval is asked for: a second, or ten of a short watch. */
#define WINDOW_NS 1000000000ULL
#define WINDOW_LEAST_NS 250000000ULL
#define WINDOWS_OF_A_WATCH 10

volatile int live_stop;

static void on_signal(int number)
{
	(void)number;
	live_stop = 1;
}

void live_catch_signals(bool ignore_interrupt)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGTERM, &action, NULL);
	if (ignore_interrupt)
		action.sa_handler = SIG_IGN;
	sigaction(SIGINT, &action, NULL);
}

int live_drop_rights(struct err *e)
{
	static const int kept[] = { CAP_BPF, CAP_PERFMON, CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH,
				    CAP_SYS_ADMIN };

	return sandbox_keep(kept, sizeof(kept) / sizeof(kept[0]), e);
}

static uint64_t window_of(uint64_t duration_ns)
{
	uint64_t part = duration_ns / WINDOWS_OF_A_WATCH;

	if (!duration_ns || part > WINDOW_NS)
		return WINDOW_NS;
	return part < WINDOW_LEAST_NS ? WINDOW_LEAST_NS : part;
}

/* What a recording needs beside the source. */
struct recording {
	struct trace_writer *writer; /* NULL: none is asked for */
	uint64_t first_ns, last_ns; /* boundaries */
};

static int on_record(void *arg, const struct record *record, struct err *e)
{
	struct recording *recording = arg;
	int error = trace_writer_put(recording->writer, record);

	if (record->kind == RECORD_BOUNDARY) {
		if (!recording->first_ns)
			recording->first_ns = record->boundary.at_ns;
		recording->last_ns = record->boundary.at_ns;
	}
	return error ? err_set(e, ERR_FAILED, "cannot record: %s", strerror(-error)) : 0;
}

/* The file is made before anything is attached: a bad name costs nothing. */
static int recording_open(struct recording *recording, const struct options *options, struct err *e)
{
	int i, error = 0;

	if (!options->output)
		return 0;
	if (trace_writer_open(options->output, &recording->writer, e))
		return -1;
	for (i = 0; i < NR_THRESHOLDS && !error; i++)
		if (options->set & 1u << i)
			error = trace_writer_setting(recording->writer, thresholds[i].name,
						     options->verdict.threshold[i]);
	return error ? err_set(e, ERR_FAILED, "out of memory") : 0;
}

/* Returns result, or -1 with e filled when the file is not what it should be. */
static int recording_close(struct recording *recording, const struct options *options, int result,
			   struct err *e)
{
	char time[UNITS_LEN];
	struct err own = { 0 };
	bool recorded = recording->last_ns > recording->first_ns;
	bool alone = options->command == COMMAND_RECORD; /* nothing else is printed */

	if (!recording->writer)
		return result;
	if (trace_writer_close(recording->writer, &own)) {
		/* the first error is reported */
		if (!result)
			*e = own;
		return -1;
	}
	if (own.text[0])
		log_note("%s", own.text);
	if (!result && recorded && alone && strcmp(options->output, "-"))
		log_note("recorded %s to %s; read it with `boundby report %s`",
			 units_time(recording->last_ns - recording->first_ns, time),
			 options->output, options->output);
	return result;
}

struct live_config live_targets(const struct options *options)
{
	return (struct live_config){ .pids = options->pids,
				     .pid_count = options->pid_count,
				     .tids = options->tids,
				     .tid_count = options->tid_count,
				     .names = options->names,
				     .name_count = options->name_count,
				     .cgroups = options->cgroups,
				     .cgroup_count = options->cgroup_count,
				     .all = options->all };
}

static void configure(const struct options *options, struct live_config *live)
{
	live->follow_children = !options->no_children;
	live->depth = options->depth;
	live->duration_ns = options->duration_ns;
	live->stall_ns = options->stall_ns;
	live->places_per_s = PLACES_PER_S;
	live->events_ns = options->events_ns;
	live->clock_ns = CLOCK_NS;
	live->stop = &live_stop;
	live->verbose = options->verbose;
	live->btf = options->btf;
}

/* What is seen, as a report and its recording both have it. 0, or -1 with e filled. */
static int source_open(const struct live_config *live, struct source **ret, struct err *e)
{
	struct source *exact;

	return source_live_open(live, &exact, e) || source_quantize_open(exact, ret, e) ? -1 : 0;
}

int live_run(const struct options *options, const struct live_config *config, FILE *out,
	     enum verdict_class *ret_class, struct err *e)
{
	struct render_options render;
	struct recording recording = { 0 };
	struct pipeline pipeline = { .settings = &options->verdict,
				     .render = options->json ? render_json : render_text,
				     .render_options = &render,
				     .out = out,
				     .each_interval = options->interval_ns && !options->html };
	struct page_output page = { 0 };
	struct live_config live = *config;
	struct progress progress;
	int result;

	progress_watch(&progress, options);
	pipeline.progress = (struct pipeline_progress){ progress_show, progress_clear, &progress };
	output_options(options, out, &render);
	configure(options, &live);
	live.interval_ns = options->interval_ns;
	live.window_ns = options->interval_ns ? options->interval_ns :
						window_of(options->duration_ns);
	result = page_output_open(&page, options->html, &pipeline, e);
	if (!result)
		result = recording_open(&recording, options, e);
	if (recording.writer) {
		pipeline.listen = on_record;
		pipeline.listen_arg = &recording;
	}
	if (!result)
		result = source_open(&live, &pipeline.source, e);
	if (!result) {
		result = pipeline_run(&pipeline, ret_class, e);
		pipeline.source->ops->close(pipeline.source);
	}
	progress_clear(&progress);
	result = page_output_close(&page, result, e);
	return recording_close(&recording, options, result, e);
}

int live_record(const struct options *options, const struct live_config *config, struct err *e)
{
	struct recording recording = { 0 };
	struct live_config live = *config;
	struct source *source = NULL;
	struct progress progress;
	struct record record;
	int result, got = 0;

	progress_watch(&progress, options);
	configure(options, &live);
	live.window_ns = options->interval_ns ? options->interval_ns : WINDOW_NS;
	live.patient = true;
	result = recording_open(&recording, options, e);
	if (!result)
		result = source_open(&live, &source, e);
	while (!result && (got = source->ops->next(source, &record, e)) > 0) {
		result = on_record(&recording, &record, e);
		if (record.kind == RECORD_BOUNDARY)
			progress_show(&progress, NULL);
	}
	if (source)
		source->ops->close(source);
	progress_clear(&progress);
	return recording_close(&recording, options, got < 0 ? -1 : result, e);
}
