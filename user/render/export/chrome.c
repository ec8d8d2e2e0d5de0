// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Trace events, for Perfetto and chrome://tracing. Writes for the report of each window: tracks of
 * threads with single off-CPU intervals and their wakers if recorded, else counters of the ledger;
 * stalls; and where the class of the target changed.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/index.h"
#include "lib/state_names.h"
#include "lib/units.h"
#include "lib/vec.h"
#include "render/export/export_parts.h"
#include "render/json/json_put.h"
#include "verdict/causes/stalls.h"

#define CLASS_NONE NR_VERDICTS
#define NS_PER_US 1000
#define NS_PER_MS 1000000

/*
 * What was written for a thread. Threads that ended and share a row have one by name, with tid 0.
 */
struct track {
	uint32_t pid, tid;
	char comm[RECORD_COMM_LEN];
	bool named;
	uint64_t counted; /* states that its counter has, by bit */
	size_t counted_in; /* the last window that the counter has */
	size_t single_in; /* the last window that has single intervals of it */
	bool counting; /* the counter stands at something */
	uint64_t back_ns; /* when its last single interval ended, 0 none */
};

/* A stall in progress at the end of a window, as written there. */
struct open_stall {
	uint64_t key;
	char *event;
};

struct chrome {
	bool any; /* an event was put */
	uint64_t origin_ns, end_ns; /* start of the first window, end of the last */
	uint64_t whole_from_ns; /* since then no single interval was lost */
	size_t window; /* number of this one, from 1 */
	enum verdict_class class;
	uint64_t flows;
	struct track *tracks;
	size_t track_count, track_capacity;
	struct index track_index;
	struct index process_index; /* those that were named */
	struct index ended; /* stalls that are over */
	struct open_stall *open;
	size_t open_count, open_capacity;
	bool failed; /* out of memory */
	FILE *out;
};

/* ---- events ---------------------------------------------------------------------------------- */
/* Exact, which a double is not: the format's own unit, with all digits of the ns. */
static void put_decimal(struct json_object *to, const char *key, uint64_t ns, uint64_t unit)
{
	char text[UNITS_LEN];

	snprintf(text, sizeof(text), "%" PRIu64 ".%0*" PRIu64, ns / unit, unit == NS_PER_MS ? 6 : 3,
		 ns % unit);
	json_put(to, key, json_object_new_double_s((double)ns / (double)unit, text));
}

static struct json_object *event_new(const struct chrome *chrome, const char *phase,
				     const char *category, const char *name, uint32_t pid,
				     uint32_t tid, uint64_t at_ns)
{
	struct json_object *event = json_object_new_object();

	json_put_string(event, "ph", phase);
	json_put_string(event, "cat", category);
	json_put_string(event, "name", name);
	json_put_count(event, "pid", pid);
	json_put_count(event, "tid", tid);
	put_decimal(event, "ts", at_ns > chrome->origin_ns ? at_ns - chrome->origin_ns : 0,
		    NS_PER_US);
	return event;
}

static void put_text(struct chrome *chrome, const char *event)
{
	fprintf(chrome->out, "%s%s", chrome->any ? ",\n" : "", event);
	chrome->any = true;
}

static const char *event_text(struct json_object *event)
{
	return json_object_to_json_string_ext(event, JSON_C_TO_STRING_PLAIN |
							     JSON_C_TO_STRING_NOSLASHESCAPE);
}

static void put_event(struct chrome *chrome, struct json_object *event)
{
	put_text(chrome, event_text(event));
	json_object_put(event);
}

/*
 * A slice of a track. What began before the first window is cut: the format does not allow times
 * below 0.
 */
static struct json_object *slice_new(const struct chrome *chrome, const char *category,
				     const char *name, uint32_t pid, uint32_t tid,
				     uint64_t begin_ns, uint64_t end_ns)
{
	uint64_t from = begin_ns > chrome->origin_ns ? begin_ns : chrome->origin_ns;
	struct json_object *event = event_new(chrome, "X", category, name, pid, tid, from);

	put_decimal(event, "dur", end_ns > from ? end_ns - from : 0, NS_PER_US);
	return event;
}

/* ---- tracks ---------------------------------------------------------------------------------- */
static void put_name(struct chrome *chrome, const char *what, uint32_t pid, uint32_t tid,
		     const char *name)
{
	struct json_object *event =
		event_new(chrome, "M", "__metadata", what, pid, tid, chrome->origin_ns);
	struct json_object *args = json_put(event, "args", json_object_new_object());

	json_put_text(args, "name", name, RECORD_COMM_LEN);
	put_event(chrome, event);
}

/* comm: NULL when all that is known is the thread's number. */
static struct track *track_of(struct chrome *chrome, uint32_t pid, uint32_t tid, const char *comm)
{
	uint64_t key = (uint64_t)pid << 32 | tid;
	struct track *track;
	size_t position;

	if (!tid && comm)
		key = index_hash(comm, strnlen(comm, RECORD_COMM_LEN), key + 1);
	position = index_find(&chrome->track_index, key);
	if (position == INDEX_NONE) {
		position = chrome->track_count;
		if (vec_reserve((void **)&chrome->tracks, &chrome->track_capacity, position,
				sizeof(*track)) ||
		    index_add(&chrome->track_index, key, position)) {
			chrome->failed = true;
			return NULL;
		}
		track = &chrome->tracks[chrome->track_count++];
		memset(track, 0, sizeof(*track));
		track->pid = pid;
		track->tid = tid;
	}
	track = &chrome->tracks[position];
	if (comm && !track->named) {
		memcpy(track->comm, comm, sizeof(track->comm));
		track->named = true;
		if (tid)
			put_name(chrome, "thread_name", pid, tid, comm);
	}
	return track;
}

static void name_processes(struct chrome *chrome, const struct model *model)
{
	size_t i, j;

	for (i = 0; i < model->process_count; i++) {
		const struct process_model *process = &model->processes[i];

		if (index_find(&chrome->process_index, process->pid) == INDEX_NONE) {
			if (index_add(&chrome->process_index, process->pid, i))
				chrome->failed = true;
			put_name(chrome, "process_name", process->pid, process->pid, process->comm);
		}
		for (j = 0; j < process->thread_count; j++)
			track_of(chrome, process->pid, process->threads[j].tid,
				 process->threads[j].comm);
	}
}

/* ---- single intervals ------------------------------------------------------------------------ */
/*
 * An arrow from waker to woken thread. An arrow starts and ends in a slice: the woken thread has
 * one, the waker may have none, and gets a slice of one nanosecond.
 */
static void put_wakeup(struct chrome *chrome, const struct interval_model *interval,
		       const char *woken)
{
	uint64_t at_ns = interval->end_ns > interval->begin_ns ? interval->end_ns - 1 :
								 interval->end_ns;
	struct json_object *event;
	char name[UNITS_LEN + 2 * RECORD_COMM_LEN];

	snprintf(name, sizeof(name), "wakes %.*s%s%u", RECORD_COMM_LEN, woken, woken[0] ? "/" : "",
		 interval->tid);
	put_event(chrome, slice_new(chrome, "wake-up", name, interval->waker_pid,
				    interval->waker_tid, at_ns, at_ns + 1));
	event = event_new(chrome, "s", "wake-up", "wake-up", interval->waker_pid,
			  interval->waker_tid, at_ns);
	json_put_count(event, "id", ++chrome->flows);
	put_event(chrome, event);
	event = event_new(chrome, "f", "wake-up", "wake-up", interval->pid, interval->tid, at_ns);
	json_put_count(event, "id", chrome->flows);
	json_put_string(event, "bp", "e");
	put_event(chrome, event);
}

/* Between two single intervals a thread ran, or waited for less than --events records. */
static void put_running(struct chrome *chrome, struct track *track,
			const struct interval_model *interval)
{
	if (track->back_ns > chrome->whole_from_ns && interval->begin_ns > track->back_ns)
		put_event(chrome,
			  slice_new(chrome, "on-cpu", "runs, or waits for less than is recorded",
				    track->pid, track->tid, track->back_ns, interval->begin_ns));
	track->back_ns = interval->end_ns;
}

/* The name by which a thread is known, "" none. */
static const char *name_of(const struct chrome *chrome, uint32_t pid, uint32_t tid)
{
	size_t position = index_find(&chrome->track_index, (uint64_t)pid << 32 | tid);

	return position == INDEX_NONE ? "" : chrome->tracks[position].comm;
}

static void put_waker(struct chrome *chrome, const struct interval_model *interval,
		      struct json_object *args)
{
	const char *name = name_of(chrome, interval->waker_pid, interval->waker_tid);
	struct json_object *waker = json_put(args, "waker", json_object_new_object());

	json_put_count(waker, "pid", interval->waker_pid);
	json_put_count(waker, "tid", interval->waker_tid);
	if (name[0])
		json_put_text(waker, "name", name, RECORD_COMM_LEN);
}

static void put_interval(struct chrome *chrome, const struct interval_model *interval)
{
	struct track *track = track_of(chrome, interval->pid, interval->tid, NULL);
	const char *object = export_object_name(interval->object);
	struct json_object *event, *args;

	if (!track || interval->end_ns <= chrome->origin_ns)
		return;
	track->single_in = chrome->window;
	put_running(chrome, track, interval);
	event = slice_new(chrome, "off-cpu", export_state_name(interval->state), interval->pid,
			  interval->tid, interval->begin_ns, interval->end_ns);
	args = json_put(event, "args", json_object_new_object());
	if (interval->call_name[0])
		json_put_text(args, "call", interval->call_name, sizeof(interval->call_name));
	if (object[0])
		json_put_string(args, "object", object);
	if (interval->waker_tid)
		put_waker(chrome, interval, args);
	put_event(chrome, event);
	if (interval->waker_tid)
		put_wakeup(chrome, interval, track->comm);
}

static void put_intervals(struct chrome *chrome, const struct model *model)
{
	size_t i;

	if (model->intervals_dropped)
		chrome->whole_from_ns = chrome->end_ns;
	for (i = 0; i < model->interval_count; i++)
		put_interval(chrome, &model->intervals[i]);
}

/* ---- counters -------------------------------------------------------------------------------- */
/*
 * A counter holds its value until the next one: a state that was used once is written in each
 * window from then on, and a counter that ends is set to 0. time NULL: it ends.
 */
static void put_counter(struct chrome *chrome, struct track *track, const struct ledger *time,
			uint64_t at_ns)
{
	char name[64], comm[2 * RECORD_COMM_LEN];
	struct json_object *event, *args;
	uint32_t s;

	if (track->tid)
		snprintf(name, sizeof(name), "thread %u states", track->tid);
	else
		snprintf(name, sizeof(name), "ended threads %s states",
			 units_printable(track->comm, RECORD_COMM_LEN, comm, sizeof(comm)));
	event = event_new(chrome, "C", "ledger", name, track->pid,
			  track->tid ? track->tid : track->pid, at_ns);
	args = json_put(event, "args", json_object_new_object());
	for (s = 0; s < NR_STATES; s++) {
		if (time && time->state_ns[s])
			track->counted |= 1ULL << s;
		if (track->counted >> s & 1)
			put_decimal(args, export_state_name(s), time ? time->state_ns[s] : 0,
				    NS_PER_MS);
	}
	track->counting = time;
	track->counted_in = chrome->window;
	if (track->counted)
		put_event(chrome, event);
	else
		json_object_put(event);
}

/* Of threads without single intervals in this window. */
static void put_counters(struct chrome *chrome, const struct model *model)
{
	struct track *track;
	size_t i, j;

	for (i = 0; i < model->process_count; i++)
		for (j = 0; j < model->processes[i].thread_count; j++) {
			const struct thread_model *thread = &model->processes[i].threads[j];

			track = track_of(chrome, model->processes[i].pid, thread->tid,
					 thread->comm);
			if (track && track->single_in != chrome->window)
				put_counter(chrome, track, &thread->time, model->start_ns);
		}
}

/* Of threads that this window has no ledger of, or something better. */
static void end_counters(struct chrome *chrome, size_t window, uint64_t at_ns)
{
	size_t i;

	for (i = 0; i < chrome->track_count; i++)
		if (chrome->tracks[i].counting && chrome->tracks[i].counted_in != window)
			put_counter(chrome, &chrome->tracks[i], NULL, at_ns);
}

/* ---- stalls ---------------------------------------------------------------------------------- */
static struct json_object *stall_event(const struct chrome *chrome, uint32_t pid,
				       const struct stall_model *stall)
{
	char name[48];
	struct json_object *event, *args, *frames;
	size_t i;

	snprintf(name, sizeof(name), "stall %s", stall_cause_name(stall->cause));
	event = slice_new(chrome, "stall", name, pid, stall->tid, stall->begin_ns,
			  stall->begin_ns + stall->duration_ns);
	args = json_put(event, "args", json_object_new_object());
	if (stall->where[0])
		json_put_string(args, "where", stall->where);
	if (stall->block && stall->block->call_name[0])
		json_put_text(args, "call", stall->block->call_name,
			      sizeof(stall->block->call_name));
	if (!stall->frame_count)
		return event;
	frames = json_put(args, "frames", json_object_new_array());
	for (i = 0; i < stall->frame_count; i++)
		json_object_array_add(frames, json_clean_string(stall->frames[i]));
	return event;
}

/* Where this stall is kept while it is in progress; text NULL: it has ended, and was written. */
static void keep_open(struct chrome *chrome, uint64_t key, const char *text)
{
	struct open_stall *open;
	size_t i;

	for (i = 0; i < chrome->open_count && chrome->open[i].key != key; i++)
		;
	if (i == chrome->open_count) {
		if (!text)
			return;
		if (vec_reserve((void **)&chrome->open, &chrome->open_capacity, i, sizeof(*open))) {
			chrome->failed = true;
			return;
		}
		chrome->open[chrome->open_count++] = (struct open_stall){ .key = key };
	}
	open = &chrome->open[i];
	free(open->event);
	open->event = text ? strdup(text) : NULL;
	if (text && !open->event)
		chrome->failed = true;
	if (!text)
		*open = chrome->open[--chrome->open_count];
}

/* Each once: one that crosses windows is in the report of each of them. */
static void put_stall(struct chrome *chrome, uint32_t pid, const struct stall_model *stall)
{
	uint64_t key = index_hash(&stall->begin_ns, sizeof(stall->begin_ns),
				  (uint64_t)pid << 32 | stall->tid);
	struct json_object *event;

	if (index_find(&chrome->ended, key) != INDEX_NONE ||
	    stall->begin_ns + stall->duration_ns <= chrome->origin_ns)
		return;
	event = stall_event(chrome, pid, stall);
	if (stall->open) {
		keep_open(chrome, key, event_text(event));
		json_object_put(event);
		return;
	}
	if (index_add(&chrome->ended, key, 0))
		chrome->failed = true;
	keep_open(chrome, key, NULL);
	put_event(chrome, event);
}

/* ---- the steps ------------------------------------------------------------------------------- */
static void put_class(struct chrome *chrome, const struct report *report)
{
	const struct model *model = report->model;
	uint32_t pid = model->process_count ? model->processes[0].pid : 0;
	enum verdict_class class = export_class(report);
	struct json_object *event;

	if (class == chrome->class)
		return;
	chrome->class = class;
	event = event_new(chrome, "i", "verdict", verdict_class_name(class), pid, pid,
			  model->start_ns);
	json_put_string(event, "s", "g");
	put_event(chrome, event);
}

static void chrome_free(struct chrome *chrome)
{
	size_t i;

	for (i = 0; i < chrome->open_count; i++)
		free(chrome->open[i].event);
	free(chrome->open);
	free(chrome->tracks);
	index_free(&chrome->track_index);
	index_free(&chrome->process_index);
	index_free(&chrome->ended);
	free(chrome);
}

int chrome_begin(void **state, uint32_t views, FILE *out)
{
	struct chrome *chrome = calloc(1, sizeof(*chrome));

	*state = NULL;
	if (!chrome)
		return -1;
	chrome->class = CLASS_NONE;
	fputs("{\"traceEvents\":[\n", out);
	if (export_written(out)) {
		chrome_free(chrome);
		return -1;
	}
	*state = chrome;
	return 0;
}

int chrome_put(void *state, const struct report *report, FILE *out)
{
	const struct model *model = report->model;
	struct chrome *chrome = state;
	size_t i, j;

	chrome->out = out;
	if (!chrome->window++)
		chrome->origin_ns = model->start_ns;
	chrome->end_ns = model->start_ns + model->duration_ns;
	name_processes(chrome, model);
	put_class(chrome, report);
	put_intervals(chrome, model);
	put_counters(chrome, model);
	end_counters(chrome, chrome->window, model->start_ns);
	for (i = 0; i < model->process_count; i++)
		for (j = 0; j < model->processes[i].stall_count; j++)
			put_stall(chrome, model->processes[i].pid, &model->processes[i].stalls[j]);
	if (!chrome->failed)
		return export_written(out);
	errno = ENOMEM;
	return -1;
}

int chrome_end(void *state, FILE *out)
{
	struct chrome *chrome = state;
	size_t i;

	if (!chrome)
		return 0;
	chrome->out = out;
	end_counters(chrome, 0, chrome->end_ns);
	/* a stall without an end is written as far as it was seen */
	for (i = 0; i < chrome->open_count; i++)
		if (chrome->open[i].event)
			put_text(chrome, chrome->open[i].event);
	fputs("\n],\"displayTimeUnit\":\"ms\"}\n", out);
	chrome_free(chrome);
	return export_written(out);
}
