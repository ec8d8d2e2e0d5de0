// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * boundby watch: opens everything in the order that privilege separation requires, and runs the
 * pipeline until it is stopped. Returns the exit status.
 */
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/live_run.h"
#include "cli/options/config_file.h"
#include "cli/options/options.h"
#include "watch/notify.h"
#include "cli/output.h"
#include "watch/watch.h"
#include "collect/host/host_check.h"
#include "exit_codes.h"
#include "lib/log.h"
#include "pipeline.h"

#define WINDOW_NS 10000000000ULL
#define MAX_NAMES 200 /* of processes with metrics of their own */
#define PROCESSES_MOST 200 /* with a row of their own in a window */
#define THREADS_MOST 100 /* of a process, with a row of their own in a window ... */
#define THREADS_LEAST 0.01 /* ... and with -a only threads that work for at least this part of it */

#define OUTPUT_WAIT_MS 2000 /* at its end, for a reader of its lines that is slow */

volatile int watch_reload, watch_dump;

static void on_signal(int number)
{
	if (number == SIGHUP)
		watch_reload = 1;
	else
		watch_dump = 1;
}

static void catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

	live_catch_signals(false);
	sigaction(SIGHUP, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
}

/* --config may name a hook later: what could run it can only be born now. */
static int open_hooks(struct watch *watch, const struct options *options, struct err *e)
{
	watch->hook = options->hook;
	return options->hook || options->config ?
		       hooks_start(options->hook_user, HOOK_NS, &watch->hooks, e) :
		       0;
}

/* The side that speaks HTTP first: it is forked before there is anything to lose. */
static int open_outputs(struct watch *watch, const struct options *options, struct err *e)
{
	const struct metrics_config config = { .max_processes = MAX_NAMES,
					       .per_thread = options->per_thread,
					       .label = options->label };
	const struct segments_config flight = { .dir = options->directory,
						.keep_ns = options->keep_ns,
						.max_bytes = options->max_bytes };
	int i, error = 0;

	if (options->listen &&
	    metrics_server_start(options->listen, &metrics_http_limits, &watch->server, e))
		return -1;
	if ((options->listen || options->textfile) && metrics_new(&config, &watch->metrics))
		return err_set(e, ERR_FAILED, "out of memory");
	watch->textfile.path = options->textfile;
	if (options->textfile && textfile_check(options->textfile, e))
		return -1;
	if (!options->directory)
		return 0;
	if (segments_open(&flight, &watch->segments, e))
		return -1;
	for (i = 0; i < NR_THRESHOLDS && !error; i++)
		if (options->set & 1u << i)
			error = segments_setting(watch->segments, thresholds[i].name,
						 options->verdict.threshold[i]);
	return error ? err_set(e, ERR_FAILED, "out of memory") : 0;
}

/* --control, or a socket in the flight recorder's directory. */
static int open_control(struct watch *watch, const struct options *options, struct err *e)
{
	char path[PATH_MAX];

	if (options->control)
		return control_socket_open(options->control, &watch->control, e);
	if (!options->directory)
		return 0;
	if (control_path(options->directory, path, sizeof(path), e))
		return -1;
	return control_socket_open(path, &watch->control, e);
}

/* result, or -1 with e filled when the recording lacks its end. */
static int close_outputs(struct watch *watch, int result, struct err *e)
{
	struct err own = { 0 };

	if (!line_output_close(&watch->output, OUTPUT_WAIT_MS))
		log_event("output", LOG_NUMBER("cut_line", 1),
			  LOG_TEXT("why", "standard output is not read"));
	watch_report_dropped(watch);
	hooks_stop(watch->hooks);
	control_socket_close(watch->control);
	metrics_server_stop(watch->server);
	metrics_free(watch->metrics);
	if (segments_close(watch->segments, &own) && !result) {
		*e = own;
		return -1;
	}
	return result;
}

static int open_source(struct watch *watch, const struct options *options, struct err *e)
{
	uint64_t window_ns = options->interval_ns ? options->interval_ns : WINDOW_NS;
	struct live_config live = live_targets(options);

	live.follow_children = !options->no_children;
	live.depth = DEPTH_SCHED;
	live.bursts = live.endless = live.patient = true;
	live.duration_ns = options->duration_ns;
	live.stall_ns = options->stall_ns;
	live.places_per_s = PLACES_PER_S_OF_A_WATCH;
	live.clock_ns = CLOCK_NS_OF_A_WATCH;
	live.interval_ns = live.window_ns = window_ns;
	live.stop = &live_stop;
	live.on_tick = watch_tick;
	live.on_tick_arg = watch;
	live.verbose = options->verbose;
	live.btf = options->btf;
	return source_live_open(&live, &watch->source, e);
}

static int run(struct watch *watch, const struct verdict_settings *settings, struct err *e)
{
	enum verdict_class class = VERDICT_INSUFFICIENT;
	struct pipeline pipeline = { .source = watch->source,
				     .settings = settings,
				     .out = stdout,
				     .each_interval = true,
				     .listen = watch->segments ? watch_record : NULL,
				     .listen_arg = watch,
				     .take = watch_window,
				     .take_arg = watch };

	notify_ready("watching");
	return pipeline_run(&pipeline, &class, e);
}

/* ---- other settings while it runs -------------------------------------------------------------- */
struct settings {
	struct watch *watch;
	const struct options *started; /* with; what does not reload stays so */
	struct options now;
	struct verdict_settings verdict; /* the pipeline's: it changes between windows only */
};

/* Thresholds that are at their default again are recorded, too, once they were not. */
static void take_thresholds(struct settings *settings, const struct options *next)
{
	uint32_t set = settings->now.set | next->set;
	int i;

	settings->verdict = next->verdict;
	for (i = 0; i < NR_THRESHOLDS && settings->watch->segments; i++)
		if (set & 1u << i)
			segments_setting(settings->watch->segments, thresholds[i].name,
					 next->verdict.threshold[i]);
}

static void take_settings(struct settings *settings, const struct options *next)
{
	struct watch *watch = settings->watch;
	uint32_t set = settings->now.set;

	take_thresholds(settings, next);
	watch->hook = next->hook;
	watch->budget = watch->governor.budget = next->budget;
	if (watch->segments)
		segments_limits(watch->segments, next->keep_ns, next->max_bytes);
	if (settings->now.config_text != settings->started->config_text)
		free(settings->now.config_text);
	settings->now = *next;
	settings->now.set |= set;
}

/* As struct watch has it. */
static int reload_settings(void *arg, char *answer, size_t size)
{
	struct settings *settings = arg;
	const struct options *started = settings->started;
	char taken[256], left[256];
	struct options next;
	struct err e = { 0 };

	if (!started->config) {
		snprintf(answer, size, "no --config file is there to be read");
		return 0;
	}
	if (options_parse(started->argc, started->argv, &next, &e)) {
		free(next.config_text);
		snprintf(answer, size, "%s; the former settings stay", e.text);
		return 1;
	}
	config_file_changes(&settings->now, &next, true, taken, sizeof(taken));
	config_file_changes(started, &next, false, left, sizeof(left));
	take_settings(settings, &next);
	snprintf(answer, size, "changed: %s%s%s", taken[0] ? taken : "nothing",
		 left[0] ? "; only a restart changes: " : "", left);
	return 0;
}

int cmd_watch(const struct options *options)
{
	struct settings settings;
	struct watch watch = { .budget = options->budget,
			       .json = options->json,
			       .cost = NAN,
			       .alive_period_ns = notify_alive_period_ns() };
	struct err e = { 0 };
	int result;

	settings = (struct settings){
		.watch = &watch, .started = options, .now = *options, .verdict = options->verdict
	};
	watch.reload = reload_settings;
	watch.reload_arg = &settings;
	catch_signals();
	output_options(options, stdout, &watch.render);
	line_output_open(&watch.output, STDOUT_FILENO);
	watch.render.one_line = true;
	watch.render.processes_most = PROCESSES_MOST;
	watch.render.threads_most = THREADS_MOST;
	watch.render.threads_least = options->all ? THREADS_LEAST : 0;
	governor_init(&watch.governor, options->budget,
		      options->interval_ns ? options->interval_ns : WINDOW_NS);
	result = host_require(options->btf, &e);
	if (!result)
		result = open_hooks(&watch, options, &e);
	if (!result)
		result = open_outputs(&watch, options, &e);
	if (!result)
		result = open_control(&watch, options, &e);
	if (!result)
		result = open_source(&watch, options, &e);
	if (!result)
		result = live_drop_rights(&e);
	if (!result)
		result = run(&watch, &settings.verdict, &e);
	notify_stopping();
	if (watch.source)
		watch.source->ops->close(watch.source);
	result = close_outputs(&watch, result, &e);
	return result ? exit_codes_fail(&e) : EXIT_REPORT;
}
