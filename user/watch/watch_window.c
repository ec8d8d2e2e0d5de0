// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A running watch: for each record, window report and tick it writes lines, metrics and files, and
 * decides what detail to drop and when to start a burst.
 */
#include <errno.h>
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/clock.h"
#include "watch/notify.h"
#include "watch/watch.h"
#include "lib/log.h"
#include "lib/units.h"
#include "watch/burst_policy.h"

#define HEALTHY_WINDOWS 3 /* metrics that are older are stale */
#define BURST_NS 200000000ULL
#define BURST_EVERY_NS (10 * NS_PER_S)
#define HOOK_EVERY_NS (60 * NS_PER_S) /* as seldom as incidents are written */
#define FEWER_PLACES 0.5 /* of their samples, before anything else is given up */

static const char *const reason_names[NR_WATCH_REASONS] = { "class", "stall", "signal", "request" };

/* ---- the flight recorder --------------------------------------------------------------------- */
/* Writes the ring out. answer: where it went; 1: it did not, and the answer says why. */
static int dump(struct watch *watch, enum watch_reason reason, char *answer, size_t size)
{
	const char *name = reason_names[reason];
	struct segments_incident incident;
	char span[UNITS_LEN];
	struct err e = { 0 };
	int result;

	if (!watch->segments) {
		snprintf(answer, size, "no flight recorder is running: start watch with --dir DIR");
		return 1;
	}
	result = segments_trigger(watch->segments, name, &incident, &e);
	if (!result) {
		watch->dumps[reason]++;
		snprintf(answer, size, "%s", incident.path);
		log_event("incident", LOG_TEXT("reason", name), LOG_TEXT("file", incident.path),
			  LOG_TEXT("span", units_time(incident.span_ns, span)),
			  LOG_NUMBER("cut", incident.cut),
			  LOG_NUMBER("not_written", incident.cooled));
	} else {
		snprintf(
			answer, size, "%s",
			result > 0 ?
				"the last one is less than a minute old: this one is counted only" :
				e.text);
		/* what asked by itself while it cools down will ask again, and is counted */
		if (result < 0 || reason == REASON_SIGNAL)
			log_event("incident", LOG_TEXT("reason", name), LOG_TEXT("file", ""),
				  LOG_TEXT("why", answer));
	}
	return result ? 1 : 0;
}

int watch_record(void *arg, const struct record *record, struct err *e)
{
	struct watch *watch = arg;
	int error = segments_put(watch->segments, record);
	const char *trouble = segments_trouble(watch->segments);

	if (trouble)
		log_event("recorder", LOG_TEXT("why", trouble));
	return error ? err_set(e, ERR_FAILED, "cannot record: %s", strerror(-error)) : 0;
}

/* ---- metrics --------------------------------------------------------------------------------- */
static void fill_metrics(const struct watch *watch, const struct report *report,
			 struct metrics_watch *ret)
{
	enum governor_level level = watch->governor.level;

	*ret = (struct metrics_watch){
		.version = BOUNDBY_VERSION,
		.budget_ratio = watch->budget,
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

static int publish(struct watch *watch, const struct report *report)
{
	char *texts[NR_METRICS_FORMATS] = { NULL };
	struct metrics_watch own;
	struct err e = { 0 };
	int i, error;

	fill_metrics(watch, report, &own);
	error = metrics_add(watch->metrics, report, &own);
	for (i = 0; i < NR_METRICS_FORMATS && !error; i++)
		error = metrics_text(watch->metrics, (enum metrics_format)i, &texts[i]);
	if (!error && watch->server &&
	    metrics_server_put(watch->server, texts[METRICS_OPENMETRICS], texts[METRICS_PLAIN],
			       HEALTHY_WINDOWS * report->model->capture.interval_ns, &e))
		log_event("metrics", LOG_TEXT("why", e.text));
	if (!error && watch->textfile.path)
		textfile_put(&watch->textfile, texts[METRICS_PLAIN]);
	for (i = 0; i < NR_METRICS_FORMATS; i++)
		free(texts[i]);
	return error;
}

/* ---- windows --------------------------------------------------------------------------------- */
/* CPU time of our own process in a window, of one core; NAN not known. */
static double own_of(const struct model *model)
{
	uint64_t ns = model->overhead.reader_cpu_ns;

	return ns == RECORD_UNKNOWN || !model->duration_ns ?
		       NAN :
		       (double)ns / (double)model->duration_ns;
}

/* The same, with the hooks. */
static double cost_of(const struct model *model)
{
	uint64_t ns = model->overhead.bpf_run_ns;

	return ns == RECORD_UNKNOWN || !model->duration_ns ?
		       NAN :
		       own_of(model) + (double)ns / (double)model->duration_ns;
}

/* A window in which too little was seen says nothing of a change. */
static void note_class(struct watch *watch, const struct verdict *verdict)
{
	notify_status(verdict->headline);
	if (verdict->class == VERDICT_INSUFFICIENT)
		return;
	if (watch->class != VERDICT_INSUFFICIENT && verdict->class != watch->class)
		log_event("class", LOG_TEXT("from", verdict_class_name(watch->class)),
			  LOG_TEXT("to", verdict_class_name(verdict->class)),
			  LOG_TEXT("confidence", confidence_name(verdict->confidence)),
			  LOG_TEXT("why", verdict->headline));
	watch->class = verdict->class;
}

/* Starts a burst when switches alone are not enough, if it is affordable. */
static void look_closer(struct watch *watch, const struct report *report)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	if (watch->governor.level >= GOVERNOR_NO_STACKS ||
	    (watch->burst_ns && now - watch->burst_ns < BURST_EVERY_NS) ||
	    !burst_wanted(report->model, report->process_verdicts))
		return;
	if (source_live_burst(watch->source, BURST_NS))
		return;
	watch->burst_ns = now;
	watch->bursts++;
}

/* Renders a window and hands it to the output. 0 or negative errno. */
static int write_window(struct watch *watch, const struct report *report)
{
	char *line = NULL;
	size_t length = 0;
	FILE *memory = open_memstream(&line, &length);
	int failed;

	if (!memory)
		return -errno;
	errno = 0;
	failed = watch->json ? render_json(report, &watch->render, memory) :
			       render_line(report, &watch->render, memory);
	failed |= fclose(memory);
	if (failed) {
		free(line);
		return -(errno ? errno : EIO);
	}
	return line_output_put(&watch->output, line, length);
}

void watch_report_dropped(struct watch *watch)
{
	if (watch->output.dropped == watch->dropped)
		return;
	watch->dropped = watch->output.dropped;
	log_event("output", LOG_NUMBER("dropped_lines", watch->dropped),
		  LOG_TEXT("why", "standard output is read too slowly"));
}

/* The event as text, for free(); NULL: out of memory. */
static char *trigger_text(const struct report *report, const struct report_trigger *trigger)
{
	char *text = NULL;
	size_t length = 0;
	FILE *memory = open_memstream(&text, &length);
	int failed;

	if (!memory)
		return NULL;
	failed = render_trigger(report, trigger, memory);
	failed |= fclose(memory);
	if (!failed)
		return text;
	free(text);
	return NULL;
}

/* What the hook cannot take is counted and said: nothing here waits for it. */
static void call_hook(struct watch *watch, const struct report *report, enum watch_reason reason,
		      const char *incident)
{
	const struct report_trigger trigger = { reason_names[reason], incident,
						watch->hooks_left_out };
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	char *text;
	int error;

	if (!watch->hook || !watch->hooks)
		return;
	if (watch->hook_ns && now - watch->hook_ns < HOOK_EVERY_NS) {
		watch->hooks_left_out++;
		return;
	}
	text = trigger_text(report, &trigger);
	error = text ? hooks_call(watch->hooks, watch->hook, text) : -ENOMEM;
	free(text);
	watch->hook_ns = now;
	watch->hooks_left_out = error ? watch->hooks_left_out + 1 : 0;
	log_event("hook", LOG_TEXT("reason", reason_names[reason]),
		  LOG_TEXT("why", error ? strerror(-error) : "called"));
}

/* A window out of the ordinary: the recorder keeps it, the hook hears of it. */
static void take_trigger(struct watch *watch, const struct report *report, enum trigger trigger)
{
	enum watch_reason reason = trigger == TRIGGER_STALL ? REASON_STALL : REASON_CLASS;
	char answer[CONTROL_MAX_ANSWER];
	bool written = watch->segments && !dump(watch, reason, answer, sizeof(answer));

	call_hook(watch, report, reason, written ? answer : NULL);
}

int watch_window(void *arg, const struct report *report, struct err *e)
{
	struct watch *watch = arg;
	enum trigger trigger;
	int error;

	watch->windows++;
	watch->cost = cost_of(report->model);
	watch->own = own_of(report->model);
	error = write_window(watch, report);
	errno = -error;
	if (error)
		return err_set_output(e, "the report");
	watch_report_dropped(watch);
	note_class(watch, report->verdict);
	if (watch->metrics && publish(watch, report))
		return err_set(e, ERR_FAILED, "out of memory; watch fewer threads");
	trigger = triggers_window(&watch->triggers, report->model, report->timeline,
				  report->settings);
	if (trigger != TRIGGER_NONE)
		take_trigger(watch, report, trigger);
	look_closer(watch, report);
	return 0;
}

/* ---- ticks ----------------------------------------------------------------------------------- */
static void apply(struct watch *watch)
{
	static const uint32_t keeps[] = {
		[GOVERNOR_ALL] = DETAIL_ALL,
		[GOVERNOR_FEWER_PLACES] = DETAIL_ALL,
		[GOVERNOR_NO_STACKS] = DETAIL_WAKERS | DETAIL_HISTOGRAMS,
		[GOVERNOR_NO_WAKERS] = DETAIL_HISTOGRAMS,
		[GOVERNOR_NO_HISTOGRAMS] = 0,
		[GOVERNOR_SAMPLED] = 0,
	};
	static const char *const names[] = {
		[GOVERNOR_ALL] = "nothing",
		[GOVERNOR_FEWER_PLACES] = "half of the places",
		[GOVERNOR_NO_STACKS] = "stacks",
		[GOVERNOR_NO_WAKERS] = "stacks,wakers",
		[GOVERNOR_NO_HISTOGRAMS] = "stacks,wakers,histograms",
		[GOVERNOR_SAMPLED] = "stacks,wakers,histograms,time",
	};
	char watched[16];

	source_live_detail(watch->source, keeps[watch->governor.level]);
	source_live_places(watch->source,
			   watch->governor.level < GOVERNOR_FEWER_PLACES ? 1 : FEWER_PLACES);
	snprintf(watched, sizeof(watched), "%.2f",
		 (double)watch->governor.on_parts / GOVERNOR_PARTS);
	log_event("budget", LOG_TEXT("given_up", names[watch->governor.level]),
		  LOG_TEXT("watched", watched));
}

/*
 * The cost of our own process, in cores. It is highest when a window closes, so the last window
 * counts; before the first has closed, the cost since the first tick. NAN: not known.
 */
static double own_cost(struct watch *watch, uint64_t now, uint64_t own_ns)
{
	if (watch->windows)
		return watch->own;
	if (!watch->first_ns) {
		watch->first_ns = now;
		watch->first_own_ns = own_ns;
	}
	return now > watch->first_ns ?
		       (double)(own_ns - watch->first_own_ns) / (double)(now - watch->first_ns) :
		       NAN;
}

/* What did the last period cost, and what does that leave? */
static void keep_budget(struct watch *watch, uint64_t now)
{
	uint64_t length = now - watch->period_ns, hooks_ns, own_ns;
	double own;
	bool known;

	if (watch->period_ns && length < governor_period_ns(&watch->governor))
		return;
	known = source_live_cost(watch->source, &hooks_ns, &own_ns);
	own = own_cost(watch, now, own_ns);
	if (known && watch->period_ns && hooks_ns >= watch->hooks_ns &&
	    governor_step(&watch->governor, (double)(hooks_ns - watch->hooks_ns) / (double)length,
			  own))
		apply(watch);
	watch->period_ns = known ? now : 0;
	watch->hooks_ns = hooks_ns;
}

static void pause_as_due(struct watch *watch, uint64_t now)
{
	bool pause = !governor_watches(&watch->governor, now);

	if (pause != watch->paused && !source_live_pause(watch->source, pause))
		watch->paused = pause;
}

/* New settings, and a new segment. answer: what has changed, or why nothing has: 1. */
static int reload(struct watch *watch, char answer[CONTROL_MAX_ANSWER])
{
	int result;

	notify_reloading();
	result = watch->reload(watch->reload_arg, answer, CONTROL_MAX_ANSWER);
	if (watch->segments)
		segments_rotate(watch->segments);
	log_event("reload", LOG_TEXT("settings", answer),
		  LOG_TEXT("segments", watch->segments ? "rotated" : "none"));
	notify_ready(result ? answer : "watching");
	return result;
}

static void take_signals(struct watch *watch)
{
	char answer[CONTROL_MAX_ANSWER];

	if (watch_dump) {
		watch_dump = 0;
		dump(watch, REASON_SIGNAL, answer, sizeof(answer));
	}
	if (watch_reload) {
		watch_reload = 0;
		reload(watch, answer);
	}
}

/* How the watch is doing, as one JSON document. Where there is nothing yet, null. */
static void status(const struct watch *watch, char answer[CONTROL_MAX_ANSWER])
{
	struct json_object *root = json_object_new_object();

	json_object_object_add(root, "windows", json_object_new_uint64(watch->windows));
	json_object_object_add(
		root, "class",
		watch->windows ? json_object_new_string(verdict_class_name(watch->class)) : NULL);
	json_object_object_add(root, "cost",
			       isnan(watch->cost) ? NULL : json_object_new_double(watch->cost));
	json_object_object_add(root, "level", json_object_new_int((int32_t)watch->governor.level));
	json_object_object_add(
		root, "watched",
		json_object_new_double((double)watch->governor.on_parts / GOVERNOR_PARTS));
	json_object_object_add(root, "bursts", json_object_new_uint64(watch->bursts));
	snprintf(answer, CONTROL_MAX_ANSWER, "%s",
		 json_object_to_json_string_ext(root, JSON_C_TO_STRING_SPACED));
	json_object_put(root);
}

/* A request on the control socket. */
static int on_request(void *arg, const char *request, char answer[CONTROL_MAX_ANSWER])
{
	struct watch *watch = arg;

	if (!strcmp(request, "dump"))
		return dump(watch, REASON_REQUEST, answer, CONTROL_MAX_ANSWER);
	if (!strcmp(request, "reload"))
		return reload(watch, answer);
	if (!strcmp(request, "status"))
		status(watch, answer);
	else
		return -1;
	return 0;
}

uint64_t watch_tick(void *arg)
{
	struct watch *watch = arg;
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	if (now >= watch->alive_ns && watch->alive_period_ns) {
		notify_alive();
		watch->alive_ns = now + watch->alive_period_ns;
	}
	take_signals(watch);
	if (watch->control)
		control_socket_poll(watch->control, on_request, watch);
	hooks_report(watch->hooks);
	/* an error shows with the next window */
	line_output_flush(&watch->output, 0);
	keep_budget(watch, now);
	pause_as_due(watch, now);
	return governor_turn_ns(&watch->governor, now);
}
