// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A watch at work. Receives records, reports of windows and ticks; hands on lines, metrics, files,
 * and what is given up or looked at closer.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/notify.h"
#include "cli/textfile.h"
#include "cli/watch.h"
#include "exit_codes.h"
#include "lib/log.h"
#include "lib/units.h"
#include "verdict/closer.h"

#define NS_PER_S 1000000000ULL
#define BURST_NS 200000000ULL
#define BURST_EVERY_NS (10 * NS_PER_S)

static const char *const reason_names[NR_WATCH_REASONS] = { "class", "stall", "signal", "request" };

static uint64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/* ---- the flight recorder --------------------------------------------------------------------- */
/* Writes the ring out. path: where it went, or a sentence that says why it did not. */
static int dump(struct watch *watch, enum watch_reason reason, char *path, size_t size)
{
	struct err e = { 0 };

	if (!watch->segments) {
		snprintf(path, size, "there is no flight recorder: start watch with --dir DIR");
		return -1;
	}
	if (segments_trigger(watch->segments, reason_names[reason], path, size, &e)) {
		snprintf(path, size, "%s", e.text);
		return -1;
	}
	watch->dumps[reason]++;
	log_event("incident", "reason=%s file=\"%s\"", reason_names[reason], path);
	return 0;
}

static void dump_and_tell(struct watch *watch, enum watch_reason reason)
{
	char path[512];

	if (dump(watch, reason, path, sizeof(path)))
		log_event("incident-not-written", "reason=%s why=\"%s\"", reason_names[reason],
			  path);
}

int watch_record(void *arg, const struct record *record, struct err *e)
{
	struct watch *watch = arg;
	int error = segments_put(watch->segments, record);

	return error ? err_set(e, EXIT_FAILED, "cannot record: %s", strerror(-error)) : 0;
}

/* ---- metrics --------------------------------------------------------------------------------- */
static void fill_metrics(const struct watch *watch, const struct report *report,
			 struct metrics_watch *ret)
{
	enum governor_level level = watch->governor.level;

	*ret = (struct metrics_watch){
		.version = BOUNDBY_VERSION,
		.budget_ratio = watch->options->budget,
		.overhead_ratio = watch->cost,
		.keeps_stacks = level < GOVERNOR_NO_STACKS,
		.keeps_wakers = level < GOVERNOR_NO_WAKERS,
		.keeps_histograms = level < GOVERNOR_NO_HISTOGRAMS,
		.continuous = level < GOVERNOR_SAMPLED,
		.bursts = watch->bursts,
		.triggers_class = watch->dumps[REASON_CLASS],
		.triggers_stall = watch->dumps[REASON_STALL],
		.triggers_signal = watch->dumps[REASON_SIGNAL],
		.triggers_request = watch->dumps[REASON_REQUEST],
		.windows = watch->windows,
		.self_resident_bytes = report->model->overhead.reader_rss_bytes,
	};
}

/* A place that takes no file is no reason to stop watching; it is said once. */
static void write_textfile(struct watch *watch, const char *text)
{
	struct err e = { 0 };

	if (!textfile_write(watch->options->textfile, text, &e)) {
		watch->textfile_failed = false;
		return;
	}
	if (!watch->textfile_failed)
		log_event("textfile-not-written", "why=\"%s\"", e.text);
	watch->textfile_failed = true;
}

static int publish(struct watch *watch, const struct report *report)
{
	struct metrics_watch own;
	char *text = NULL;
	size_t length;
	FILE *out;
	int error;

	fill_metrics(watch, report, &own);
	error = metrics_add(watch->metrics, report, &own);
	out = error ? NULL : open_memstream(&text, &length);
	if (!out)
		return error ? error : -ENOMEM;
	error = metrics_write(watch->metrics, out) ? -ENOMEM : 0;
	if (fclose(out))
		error = -ENOMEM;
	if (!error && watch->server)
		metrics_server_put(watch->server, text);
	if (!error && watch->options->textfile)
		write_textfile(watch, text);
	free(text);
	return error;
}

/* ---- windows --------------------------------------------------------------------------------- */
static double cost_of(const struct model *model)
{
	const struct record_overhead *cost = &model->overhead;

	if (cost->bpf_run_ns == RECORD_UNKNOWN || cost->reader_cpu_ns == RECORD_UNKNOWN ||
	    !model->duration_ns)
		return NAN;
	return (double)(cost->bpf_run_ns + cost->reader_cpu_ns) / (double)model->duration_ns;
}

static void note_class(struct watch *watch, const struct verdict *verdict)
{
	if (watch->windows > 1 && verdict->class != watch->class)
		log_event("class", "from=%s to=%s confidence=%s why=\"%s\"",
			  verdict_class_name(watch->class), verdict_class_name(verdict->class),
			  confidence_name(verdict->confidence), verdict->headline);
	watch->class = verdict->class;
	notify_status(verdict->headline);
}

/* What switches alone cannot tell apart is looked at closer for a moment, where that is affordable. */
static void look_closer(struct watch *watch, const struct report *report)
{
	uint64_t now = clock_ns();

	if (watch->governor.level != GOVERNOR_ALL ||
	    (watch->burst_ns && now - watch->burst_ns < BURST_EVERY_NS) ||
	    !closer_wanted(report->model, report->process_verdicts))
		return;
	if (source_live_burst(watch->source, BURST_NS))
		return;
	watch->burst_ns = now;
	watch->bursts++;
}

int watch_window(void *arg, const struct report *report, struct err *e)
{
	struct watch *watch = arg;
	enum trigger trigger;
	int failed;

	watch->windows++;
	watch->cost = cost_of(report->model);
	errno = 0;
	failed = watch->options->json ? render_json(report, &watch->render, stdout) :
					render_line(report, &watch->render, stdout);
	if (failed)
		return err_set(e, EXIT_FAILED,
			       "cannot write the report: %s; check where the output goes",
			       strerror(errno ? errno : EIO));
	note_class(watch, report->verdict);
	if (watch->metrics && publish(watch, report))
		return err_set(e, EXIT_FAILED, "out of memory; watch fewer threads");
	trigger = triggers_window(watch->triggers, report->model, report->timeline);
	if (trigger != TRIGGER_NONE && watch->segments)
		dump_and_tell(watch, trigger == TRIGGER_CLASS ? REASON_CLASS : REASON_STALL);
	look_closer(watch, report);
	return 0;
}

/* ---- ticks ----------------------------------------------------------------------------------- */
static void apply(struct watch *watch)
{
	static const uint32_t keeps[] = {
		[GOVERNOR_ALL] = DETAIL_ALL,
		[GOVERNOR_NO_STACKS] = DETAIL_WAKERS | DETAIL_HISTOGRAMS,
		[GOVERNOR_NO_WAKERS] = DETAIL_HISTOGRAMS,
		[GOVERNOR_NO_HISTOGRAMS] = 0,
		[GOVERNOR_SAMPLED] = 0,
	};
	static const char *const names[] = {
		[GOVERNOR_ALL] = "nothing",
		[GOVERNOR_NO_STACKS] = "stacks",
		[GOVERNOR_NO_WAKERS] = "stacks,wakers",
		[GOVERNOR_NO_HISTOGRAMS] = "stacks,wakers,histograms",
		[GOVERNOR_SAMPLED] = "stacks,wakers,histograms,time",
	};

	source_live_detail(watch->source, keeps[watch->governor.level]);
	log_event("budget", "given_up=%s watched=%.2f", names[watch->governor.level],
		  (double)watch->governor.on_parts / GOVERNOR_PARTS);
}

/* Each second: what did it cost, and what does that leave? */
static void keep_budget(struct watch *watch, uint64_t now)
{
	uint64_t cost, length = now - watch->second_ns;

	if (watch->second_ns && length < NS_PER_S)
		return;
	cost = source_live_cost_ns(watch->source);
	if (watch->second_ns && cost != RECORD_UNKNOWN && watch->second_cost_ns != RECORD_UNKNOWN &&
	    cost >= watch->second_cost_ns &&
	    governor_step(&watch->governor,
			  (double)(cost - watch->second_cost_ns) / (double)length))
		apply(watch);
	watch->second_ns = now;
	watch->second_cost_ns = cost;
}

static void pause_as_due(struct watch *watch)
{
	bool pause = !governor_watches(&watch->governor, (unsigned int)watch->ticks);

	if (pause != watch->paused && !source_live_pause(watch->source, pause))
		watch->paused = pause;
}

static void take_signals(struct watch *watch)
{
	if (watch_dump) {
		watch_dump = 0;
		dump_and_tell(watch, REASON_SIGNAL);
	}
	if (watch_reload) {
		watch_reload = 0;
		notify_reloading();
		if (watch->segments)
			segments_rotate(watch->segments);
		log_event("reload", "segments=%s", watch->segments ? "rotated" : "none");
		notify_ready("watching");
	}
}

/* A request on the control socket. */
static void on_request(void *arg, const char *request, char *answer, size_t size)
{
	struct watch *watch = arg;

	if (!strcmp(request, "dump")) {
		dump(watch, REASON_REQUEST, answer, size);
	} else if (!strcmp(request, "status")) {
		snprintf(answer, size,
			 "{\"windows\": %" PRIu64 ", \"class\": \"%s\", \"level\": %d, "
			 "\"watched\": %.3f, \"bursts\": %" PRIu64 "}",
			 watch->windows, watch->windows ? verdict_class_name(watch->class) : "",
			 (int)watch->governor.level,
			 (double)watch->governor.on_parts / GOVERNOR_PARTS, watch->bursts);
	} else {
		snprintf(answer, size, "unknown request; there are dump and status");
	}
}

void watch_tick(void *arg)
{
	struct watch *watch = arg;
	uint64_t now = clock_ns();

	watch->ticks++;
	if (!watch->source)
		return;
	if (now >= watch->alive_ns && watch->alive_period_ns) {
		notify_alive();
		watch->alive_ns = now + watch->alive_period_ns;
	}
	take_signals(watch);
	if (watch->control)
		control_poll(watch->control, on_request, watch);
	keep_budget(watch, now);
	pause_as_due(watch);
}
