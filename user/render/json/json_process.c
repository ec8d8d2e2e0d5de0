// SPDX-License-Identifier: GPL-2.0-or-later
/* A process in JSON: its threads, calls, locks, loops and waits. */
#include <json-c/json.h>
#include <math.h>
#include <string.h>

#include "analysis/framework.h"
#include "lib/state_names.h"
#include "lib/units.h"
#include "render/json/json_parts.h"
#include "render/thread_rows.h"
#include "verdict/causes/stalls.h"
#include "verdict/words/wording.h"

static void put_wakers(struct json_object *to, const struct model *model,
		       const struct thread_model *thread)
{
	struct json_object *list, *row;
	size_t i;

	/* threads that were merged have no waker in common */
	if (thread->count != 1 || model_gave_up(model, DETAIL_AT_WAKERS)) {
		json_put(to, "wakers", NULL);
		return;
	}
	list = json_put(to, "wakers", json_object_new_array());
	for (i = 0; i < thread->waker_count; i++) {
		const struct waker_model *waker = &thread->wakers[i];

		json_object_array_add(list, row = json_object_new_object());
		json_put_count(row, "pid", waker->pid ? waker->pid : RECORD_UNKNOWN);
		json_put_count(row, "tid", waker->tid ? waker->tid : RECORD_UNKNOWN);
		if (waker->state)
			json_put_string(row, "state", state_name(waker->state));
		else
			json_put(row, "state", NULL);
		json_put_count(row, "count", waker->count);
		json_put_count(row, "wait_ns", waker->ns);
	}
}

/* NULL: not measured. */
static void put_histogram(struct json_object *to, const uint32_t *counts)
{
	struct json_object *list = counts ? json_object_new_array() : NULL;
	size_t i;

	json_put(to, "histogram_log2_ns", list);
	for (i = 0; list && i < RECORD_HISTOGRAM_LEN; i++)
		json_object_array_add(list, json_object_new_uint64(counts[i]));
}

static void put_thread(struct json_object *list, const struct report *report,
		       const struct process_model *process, const struct thread_model *thread)
{
	struct json_object *row = json_object_new_object(), *waits, *wait;
	struct signals signals;
	int s;

	json_object_array_add(list, row);
	json_put_count(row, "tid", thread->count == 1 ? thread->tid : RECORD_UNKNOWN);
	json_put_count(row, "count", thread->count);
	json_put(row, "exited", json_object_new_boolean(thread->exited));
	json_put_text(row, "comm", thread->comm, sizeof(thread->comm));
	json_put(row, "role",
		 model_is_loop(process, thread) ? json_object_new_string("loop") : NULL);
	json_put_string(row, "class",
			verdict_class_name(verdict_of_thread(report->model, process, thread,
							     report->settings)));
	signals_of_thread(report->model, process, thread, &signals);
	json_put_number(row, "ratio", signals.ratio);
	json_put_ledger(row, "time", &thread->time);
	json_put_switches(row, &report->model->capture, &thread->switches, &thread->time);
	waits = json_put(row, "waits", json_object_new_object());
	for (s = STATE_RUNNABLE_WAKEUP; s < NR_STATES; s++) {
		if (!thread->state_count[s])
			continue;
		wait = json_put(waits, state_name((uint32_t)s), json_object_new_object());
		json_put_count(wait, "count", thread->state_count[s]);
		put_histogram(wait, thread->histogram[s]);
	}
	put_wakers(row, report->model, thread);
}

static int put_threads(struct json_object *to, const struct report *report,
		       const struct process_model *process, const struct render_options *options)
{
	struct json_object *list = json_put(to, "threads", json_object_new_array());
	struct thread_rows rows = { 0 };
	int error = thread_rows_choose(report, process, options, &rows);
	size_t i;

	for (i = 0; i < rows.count && !error; i++)
		put_thread(list, report, process, rows.rows[i]);
	thread_rows_free(&rows);
	return error;
}

static void put_locks(struct json_object *to, const struct process_model *process)
{
	struct json_object *list = json_put(to, "locks", json_object_new_array()), *row, *part,
			   *holder;
	char address[24];
	size_t i, j;

	for (i = 0; i < process->lock_count; i++) {
		const struct lock_model *lock = &process->locks[i];

		json_object_array_add(list, row = json_object_new_object());
		snprintf(address, sizeof(address), "0x%llx", (unsigned long long)lock->address);
		json_put_string(row, "address", address);
		json_put_known(row, "symbol", lock->symbol);
		json_put(row, "shared", json_object_new_boolean(lock->shared));
		json_put_string(row, "kind", lock_kind_name(lock->kind));
		json_put(row, "contention", json_object_new_boolean(lock->contention));
		json_put(row, "inferred", json_object_new_boolean(lock->inferred));
		json_put_count(row, "waits", lock->waits);
		json_put_count(row, "wait_ns", lock->wait_ns);
		json_put_count(row, "max_ns", longest_ns(&lock->longest));
		json_put_count(row, "handovers",
			       lock->kind == LOCK_GIL ? lock->handovers : RECORD_UNKNOWN);
		json_put_count(row, "handover_ns",
			       lock->kind == LOCK_GIL ? lock->handover_ns : RECORD_UNKNOWN);
		json_put_count(row, "waiters", lock->waiters);
		part = json_put(row, "holders", json_object_new_array());
		for (j = 0; j < lock->holder_count; j++) {
			json_object_array_add(part, holder = json_object_new_object());
			json_put_count(holder, "tid", lock->holders[j].tid);
			json_put_count(holder, "waits", lock->holders[j].count);
			json_put_count(holder, "wait_ns", lock->holders[j].ns);
		}
		part = json_put(row, "histogram_log2_ns", json_object_new_array());
		for (j = 0; j < RECORD_HISTOGRAM_LEN; j++)
			json_object_array_add(part, json_object_new_uint64(lock->histogram[j]));
		json_put_known(row, "where", lock->where);
		part = json_put(row, "stack", lock->frame_count ? json_object_new_array() : NULL);
		for (j = 0; j < lock->frame_count; j++)
			json_object_array_add(part, json_clean_string(lock->frames[j]));
	}
	json_put_count(to, "locks_dropped", process->locks_dropped);
}

static void put_io(struct json_object *to, const struct process_model *process)
{
	struct json_object *list = json_put(to, "io", json_object_new_array()), *row;
	char peer[64];
	size_t i;

	for (i = 0; i < process->wait_count; i++) {
		const struct wait_model *wait = &process->waits[i];

		json_object_array_add(list, row = json_object_new_object());
		json_put_string(row, "kind", state_name(wait->state));
		if (wait->call_name[0])
			json_put_string(row, "call", wait->call_name);
		else
			json_put(row, "call", NULL);
		if (wait->object)
			json_put_string(row, "object", object_name(wait->object));
		else
			json_put(row, "object", NULL);
		wording_peer(wait, peer, sizeof(peer));
		if (peer[0])
			json_put_string(row, "peer", peer);
		else
			json_put(row, "peer", NULL);
		json_put_known(row, "file_system", wait->file_system);
		json_put_count(row, "waits", wait->waits);
		json_put_count(row, "wait_ns", wait->wait_ns);
		json_put_count(row, "max_ns", longest_ns(&wait->longest));
	}
}

static void put_calls(struct json_object *to, const struct model *model,
		      const struct process_model *process)
{
	struct json_object *list, *row;
	size_t i;

	if (model->capture.depth == DEPTH_SCHED) {
		json_put(to, "calls", NULL);
		return;
	}
	list = json_put(to, "calls", json_object_new_array());
	for (i = 0; i < process->call_count; i++) {
		json_object_array_add(list, row = json_object_new_object());
		json_put_string(row, "name", process->calls[i].name);
		json_put_count(row, "count", process->calls[i].count);
		json_put_count(row, "ns", process->calls[i].ns);
	}
}

static void put_loops(struct json_object *to, const struct process_model *process)
{
	static const char *const kinds[] = { NULL, "epoll", "poll", "io_uring" };
	struct json_object *list = json_put(to, "loops", json_object_new_array()), *row, *part,
			   *cause;
	size_t i;
	int c;

	for (i = 0; i < process->loop_count; i++) {
		const struct loop_model *loop = &process->loops[i];

		if (loop->loop_class != LOOP_EVENT_LOOP)
			continue;
		json_object_array_add(list, row = json_object_new_object());
		json_put_count(row, "tid", loop->tid);
		json_put_string(row, "kind", kinds[loop->kind <= LOOP_KIND_RING ? loop->kind : 0]);
		json_put_count(row, "iterations", loop->iterations);
		json_put_count(row, "busy_ns", loop->busy_ns);
		part = json_put(row, "lag_ns", json_object_new_object());
		json_put_count(part, "p50", loop->lag_p50_ns);
		json_put_count(part, "p99", loop->lag_p99_ns);
		json_put_count(part, "max", longest_ns(&loop->lag));
		json_put_count(row, "stalls", loop->stalls);
		json_put_count(row, "stalled_ns", loop->stalled_ns);
		part = json_put(row, "causes", json_object_new_object());
		for (c = 0; c < NR_STALL_CAUSES; c++) {
			if (!loop->cause_ns[c] && !loop->cause_count[c])
				continue;
			cause = json_put(part, stall_cause_name((enum stall_cause)c),
					 json_object_new_object());
			json_put_count(cause, "stalls", loop->cause_count[c]);
			json_put_count(cause, "ns", loop->cause_ns[c]);
		}
	}
}

static void put_stalls(struct json_object *to, const struct model *model,
		       const struct process_model *process)
{
	struct json_object *list = json_put(to, "stalls", json_object_new_array()), *row, *part;
	char text[64];
	size_t i, j;

	for (i = 0; i < process->stall_count; i++) {
		const struct stall_model *stall = &process->stalls[i];
		const struct wait_model *block = stall->block;

		json_object_array_add(list, row = json_object_new_object());
		json_put_count(row, "tid", stall->tid);
		json_put_time(row, "start", model, stall->begin_ns);
		json_put_count(row, "duration_ns", stall->duration_ns);
		json_put(row, "open", json_object_new_boolean(stall->open));
		json_put_string(row, "cause", stall_cause_name(stall->cause));
		json_put_ledger(row, "parts", &stall->parts);
		json_put_known(row, "call", block ? block->call_name : "");
		text[0] = '\0';
		if (block)
			wording_peer(block, text, sizeof(text));
		if (text[0])
			json_put_string(row, "target", text);
		else
			json_put_known(row, "target",
				       block && block->object ? object_name(block->object) : "");
		json_put_count(row, "block_ns", stall->block_ns ? stall->block_ns : RECORD_UNKNOWN);
		part = json_put(row, "stack", stall->frame_count ? json_object_new_array() : NULL);
		for (j = 0; j < stall->frame_count; j++)
			json_object_array_add(part, json_clean_string(stall->frames[j]));
		json_put_known(row, "where", stall->where);
	}
	json_put_count(to, "stalls_left_out", process->stalls_left_out);
}

/*
 * Waits that lasted the whole window, for a thread or process that is known: those of idle threads are
 * none, and many. Each member is null when it is not known.
 */
static void put_standing(struct json_object *to, const struct process_model *process)
{
	struct json_object *list = json_put(to, "standing", json_object_new_array()), *row;
	char address[24];
	size_t i;

	for (i = 0; i < process->standing_count; i++) {
		const struct standing_model *wait = &process->standing[i];

		if (!wait->holder && !wait->other_pid)
			continue;
		json_object_array_add(list, row = json_object_new_object());
		json_put_count(row, "tid", wait->tid);
		json_put_text(row, "comm", wait->comm, sizeof(wait->comm));
		json_put_string(row, "state", state_name(wait->state));
		json_put_known_text(row, "call", wait->call_name, sizeof(wait->call_name));
		json_put_count(row, "wait_ns", wait->ns);
		snprintf(address, sizeof(address), "0x%llx", (unsigned long long)wait->lock);
		json_put_known(row, "lock", wait->waits_for_lock ? address : "");
		json_put_count(row, "holder", wait->holder ? wait->holder : RECORD_UNKNOWN);
		json_put_count(row, "other_pid",
			       wait->other_pid ? wait->other_pid : RECORD_UNKNOWN);
		json_put_known_text(row, "other_comm", wait->other_comm, sizeof(wait->other_comm));
		json_put_known(row, "where", wait->where);
	}
}

static void put_runtime(struct json_object *row, const struct process_model *process)
{
	enum framework_id id = framework_of(process);
	struct json_object *runtime;

	if (!process->runtime[0]) {
		json_put(row, "runtime", NULL);
		return;
	}
	runtime = json_put(row, "runtime", json_object_new_object());
	json_put_text(runtime, "name", process->runtime, sizeof(process->runtime));
	json_put_known_text(runtime, "version", process->runtime_version,
			    sizeof(process->runtime_version));
	json_put_known(runtime, "framework",
		       id == FRAMEWORK_NONE ? "" : framework_traits(id)->name);
}

void json_put_label(struct json_object *row, const struct record_label *label)
{
	struct json_object *to = json_put(row, "label", json_object_new_object());

	json_put_known_text(to, "unit", label->unit, sizeof(label->unit));
	json_put_known_text(to, "container", label->container, sizeof(label->container));
	json_put_known_text(to, "pod", label->pod, sizeof(label->pod));
	json_put_known_text(to, "script", label->script, sizeof(label->script));
}

int json_put_process(struct json_object *list, const struct report *report,
		     const struct render_options *options, size_t at)
{
	const struct model *model = report->model;
	const struct process_model *process = &model->processes[at];
	struct json_object *row = json_object_new_object(), *memory;
	struct signals signals;
	int error;

	json_object_array_add(list, row);
	signals_compute(model, process, &signals);
	json_put_count(row, "pid", process->merged ? RECORD_UNKNOWN : process->pid);
	json_put_count(row, "ppid", process->merged ? RECORD_UNKNOWN : process->ppid);
	json_put_count(row, "count", model_processes_of(process));
	json_put_text(row, "comm", process->comm, sizeof(process->comm));
	json_put_known_text(row, "exe", process->exe, sizeof(process->exe));
	json_put_label(row, &process->label);
	json_put(row, "born", json_object_new_boolean(process->born));
	json_put(row, "exited", json_object_new_boolean(process->exited));
	json_put_count(row, "execs", process->execs);
	put_runtime(row, process);
	json_put_verdict(row, &report->process_verdicts[at]);
	json_put_number(row, "ratio", signals.ratio);
	json_put_number(row, "cores", signals.cores);
	json_put_ledger(row, "time", &process->time);
	json_put_switches(row, &model->capture, &process->switches, &process->time);
	memory = json_put(row, "memory", json_object_new_object());
	json_put_count(memory, "rss_bytes", process->rss_bytes);
	json_put_count(memory, "shared_bytes", process->shared_bytes);
	json_put(memory, "growth_bytes_per_s",
		 isnan(process->memory.per_s) ?
			 NULL :
			 json_object_new_int64((int64_t)process->memory.per_s));
	json_put_count(row, "descriptors", process->descriptors.last);
	json_put_count(row, "zombies", process->zombies);
	json_put_count(row, "unattributed_ns", process->unattributed_ns);
	error = put_threads(row, report, process, options);
	put_calls(row, model, process);
	put_locks(row, process);
	put_loops(row, process);
	put_stalls(row, model, process);
	put_io(row, process);
	put_standing(row, process);
	return error;
}
