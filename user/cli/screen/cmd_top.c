// SPDX-License-Identifier: GPL-2.0-or-later
/* boundby top: the live screen of targets. That of a trace is in top_play.c. Returns the exit status. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/live_run.h"
#include "cli/output.h"
#include "cli/screen/top_play.h"
#include "collect/host/host_check.h"
#include "exit_codes.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "pipeline.h"
#include "render/top/top.h"
#include "trace/recorder/ring.h"
#include "watch/burst_policy.h"

#define WINDOW_NS 1000000000ULL
#define LOOK_NS 100000000ULL /* how often it is looked for keys */
#define BURST_NS 200000000ULL
#define BURST_EVERY_NS (10 * NS_PER_S)
#define RING_NS (120 * NS_PER_S) /* what `w` writes: as much as the screen keeps ... */
#define RING_BYTES (32 * 1024 * 1024) /* ... unless it is more than this */

struct live_top {
	struct top *top; /* NULL until the source is open */
	struct ring *ring;
	struct source *source;
	bool bursts; /* it is watched at depth sched */
	uint64_t burst_ns; /* when the last one began */
};

static void catch_signals(void)
{
	struct sigaction action;

	live_catch_signals(false);
	/* the same for a terminal that has gone, and for its key that quits */
	sigaction(SIGTERM, NULL, &action);
	sigaction(SIGHUP, &action, NULL);
	sigaction(SIGQUIT, &action, NULL);
}

/* ---- a trace of the last two minutes --------------------------------------------------------- */
static int write_bytes(const char *name, const struct buffer *trace, struct err *e)
{
	FILE *out = output_create(name, e);
	bool failed;

	if (!out)
		return -1;
	failed = fwrite(trace->bytes, 1, trace->count, out) != trace->count;
	failed |= fclose(out) != 0;
	if (!failed)
		return 0;
	unlink(name);
	return err_set(e, ERR_FAILED, "cannot write '%s': %s", name, strerror(errno));
}

static void write_trace(struct live_top *live)
{
	struct buffer trace = { 0 };
	struct err e = { 0 };
	char name[64], text[160];
	time_t now = time(NULL);
	struct tm when;

	gmtime_r(&now, &when);
	strftime(name, sizeof(name), "boundby-%Y%m%d-%H%M%SZ.bbt", &when);
	if (ring_trace(live->ring, &trace))
		err_set(&e, ERR_FAILED, "out of memory");
	else
		write_bytes(name, &trace, &e);
	if (e.text[0])
		snprintf(text, sizeof(text), "%.150s", e.text);
	else
		snprintf(text, sizeof(text), "wrote %s: boundby top %s plays it", name, name);
	buffer_free(&trace);
	top_say(live->top, text);
}

/* ---- while it watches ------------------------------------------------------------------------ */
static uint64_t look_at_keys(void *arg)
{
	struct live_top *live = arg;

	if (!live->top)
		return UINT64_MAX;
	switch (top_keys(live->top)) {
	case TOP_QUIT:
		live_stop = 1;
		break;
	case TOP_WRITE:
		write_trace(live);
		break;
	default:
		break;
	}
	return clock_ns(CLOCK_MONOTONIC) + LOOK_NS;
}

static int on_record(void *arg, const struct record *record, struct err *e)
{
	struct live_top *live = arg;

	return ring_put(live->ring, record) ? err_set(e, ERR_FAILED, "out of memory") : 0;
}

/* As a watch does: for a moment, when switches alone do not tell enough. */
static void look_closer(struct live_top *live, const struct report *report)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	if (now - live->burst_ns >= BURST_EVERY_NS &&
	    burst_wanted(report->model, report->process_verdicts) &&
	    !source_live_burst(live->source, BURST_NS))
		live->burst_ns = now;
}

static int on_window(void *arg, const struct report *report, struct err *e)
{
	struct live_top *live = arg;

	if (live->bursts)
		look_closer(live, report);
	return top_add(live->top, report) ? err_set(e, ERR_FAILED, "out of memory") : 0;
}

static int open_source(struct live_top *live, const struct options *options, struct source **ret,
		       struct err *e)
{
	struct live_config config = live_targets(options);

	config.follow_children = !options->no_children;
	/* places of stalls need the calls; the hooks for them are the host's, so not all day for all */
	config.depth = options->all ? DEPTH_SCHED : options->depth;
	config.bursts = options->all;
	config.endless = config.patient = true;
	config.stall_ns = options->stall_ns;
	config.places_per_s = PLACES_PER_S_OF_A_WATCH;
	config.clock_ns = CLOCK_NS_OF_A_WATCH;
	config.interval_ns = config.window_ns = options->interval_ns ? options->interval_ns :
								       WINDOW_NS;
	config.stop = &live_stop;
	config.on_tick = look_at_keys;
	config.on_tick_arg = live;
	config.verbose = options->verbose;
	config.btf = options->btf;
	return source_live_open(&config, ret, e);
}

static int run(struct live_top *live, const struct options *options, struct source *source,
	       struct err *e)
{
	enum verdict_class class = VERDICT_INSUFFICIENT;
	struct pipeline pipeline = { .source = source,
				     .settings = &options->verdict,
				     .each_interval = true,
				     .listen = on_record,
				     .listen_arg = live,
				     .take = on_window,
				     .take_arg = live };
	struct render_options render;

	output_options(options, stdout, &render);
	live->source = source;
	live->bursts = options->all;
	live->ring = ring_new(RING_NS, RING_BYTES, NULL);
	if (!live->ring)
		return err_set(e, ERR_FAILED, "out of memory");
	if (top_open(&(struct top_config){ .colour = render.colour }, &live->top, e))
		return -1;
	return pipeline_run(&pipeline, &class, e);
}

static int watch(const struct options *options, struct err *e)
{
	struct live_top live = { 0 };
	struct source *source = NULL;
	int result = host_require(options->btf, e);

	if (!result)
		result = open_source(&live, options, &source, e);
	if (!result)
		result = live_drop_rights(e);
	if (!result)
		result = run(&live, options, source, e);
	top_close(live.top);
	if (source)
		source->ops->close(source);
	ring_free(live.ring);
	if (!result && !live_stop)
		log_note("the target has ended");
	return result;
}

int cmd_top(const struct options *options)
{
	struct err e = { 0 };
	int result;

	catch_signals();
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		result = err_set(&e, ERR_USAGE,
				 "top needs a terminal; for output that goes elsewhere use "
				 "boundby attach or boundby watch");
	else if (options->rest_count)
		result = top_play(options, &e);
	else
		result = watch(options, &e);
	return result ? exit_codes_fail(&e) : EXIT_REPORT;
}
