// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * boundby.report/1, contract section 6: a report as one JSON document. What was not measured is
 * null.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "lib/state_names.h"
#include "render/heaviest.h"
#include "render/json/json_parts.h"
#include "verdict/roles.h"

static void put_capture(struct json_object *to, const struct report *report)
{
	const struct model *model = report->model;
	struct json_object *capture = json_put(to, "capture", json_object_new_object()), *part;
	int i;

	json_put_string(capture, "source", model->capture.from_trace ? "trace" : "live");
	json_put_string(capture, "depth",
			model->capture.depth == DEPTH_SCHED ? "sched" : "syscalls");
	json_put_time(capture, "start", model, model->start_ns);
	json_put_count(capture, "duration_ns", model->duration_ns);
	json_put_count(capture, "interval_ns",
		       model->capture.interval_ns ? model->capture.interval_ns : RECORD_UNKNOWN);
	json_put_string(capture, "kernel", model->capture.kernel);
	json_put_string(capture, "arch", model->capture.arch);
	json_put_count(capture, "cpus", model->capture.cpus);
	part = json_put(capture, "settings", json_object_new_object());
	json_put(part, "follow_children", json_object_new_boolean(model->capture.follow_children));
	for (i = 0; i < NR_THRESHOLDS; i++)
		json_put_number(part, thresholds[i].name, report->settings->threshold[i]);
	part = json_put(capture, "switch_cost", json_object_new_object());
	json_put_count(part, "same_process_ns", model->capture.switch_same_ns);
	json_put_count(part, "other_process_ns", model->capture.switch_other_ns);
	json_put_count(capture, "lost_events", model->lost_total);
	json_put_count(capture, "recovered_events", model->recovered);
	part = json_put(capture, "lost", json_object_new_object());
	for (i = 0; i < NR_LOSSES; i++)
		json_put_count(part, loss_name((uint32_t)i), model->lost[i]);
	part = json_put(capture, "overhead", json_object_new_object());
	json_put_count(part, "bpf_run_ns", model->overhead.bpf_run_ns);
	json_put_count(part, "bpf_runs", model->overhead.bpf_runs);
	json_put_count(part, "reader_cpu_ns", model->overhead.reader_cpu_ns);
	json_put_count(part, "reader_rss_bytes", model->overhead.reader_rss_bytes);
	json_put_count(part, "attach_ns", model->overhead.attach_ns);
	json_put_count(part, "read_ns", model->overhead.read_ns);
	json_put_count(part, "bursts", model->overhead.bursts);
	json_put_count(part, "burst_ns", model->overhead.burst_ns);
	part = json_put(capture, "places_refused", json_object_new_object());
	json_put_count(part, "samples", model->places_refused);
	json_put_count(part, "ns", model_places_refused_ns(model));
	part = json_put(capture, "given_up_ns", json_object_new_object());
	for (i = 0; i < NR_DETAILS; i++)
		json_put_count(part, detail_name((uint32_t)i), model->overhead.given_up_ns[i]);
}

/* Like processes as one; the odd ones are those of another class than most. */
static int put_roles(struct json_object *root, const struct report *report)
{
	struct json_object *list = json_put(root, "roles", json_object_new_array()), *row, *odd;
	const struct model *model = report->model;
	struct role *roles;
	int count = roles_find(model, report->process_verdicts, report->settings, &roles), i;
	char name[RECORD_COMM_LEN];
	size_t j;

	for (i = 0; i < count; i++) {
		json_object_array_add(list, row = json_object_new_object());
		json_put_text(row, "name", roles[i].name, sizeof(roles[i].name));
		json_put_count(row, "count", roles[i].count);
		json_put_string(row, "class", verdict_class_name(roles[i].class));
		json_put_number(row, "ratio", roles[i].signals.ratio);
		json_put_number(row, "cores", roles[i].signals.cores);
		json_put_ledger(row, "time", &roles[i].time);
		odd = json_put(row, "odd", json_object_new_array());
		for (j = 0; j < model->process_count && roles[i].odd; j++) {
			model_base_name(model->processes[j].comm, name);
			if (!model->processes[j].merged &&
			    !memcmp(name, roles[i].name, sizeof(name)) &&
			    report->process_verdicts[j].class != roles[i].most)
				json_object_array_add(
					odd, json_object_new_int64(model->processes[j].pid));
		}
	}
	free(roles);
	return count;
}

/* Marks the processes with a row of their own: those that work most. 0 or -ENOMEM. */
static int choose_processes(const struct model *model, size_t most, bool *ret_own)
{
	double *work_s = calloc(model->process_count + 1, sizeof(*work_s));
	struct signals signals;
	size_t i;
	int error;

	if (!work_s)
		return -ENOMEM;
	for (i = 0; i < model->process_count; i++) {
		signals_compute(model, &model->processes[i], &signals);
		work_s[i] = signals.work_s;
	}
	error = heaviest_mark(work_s, model->process_count, most, 0, ret_own);
	free(work_s);
	return error;
}

/* share: of what all of them had. */
static void put_neighbours(struct json_object *root, const struct model *model)
{
	struct json_object *list = json_put(root, "neighbours", json_object_new_array()), *row;
	size_t i;

	for (i = 0; i < model->neighbour_count; i++) {
		const struct neighbour_model *each = &model->neighbours[i];

		row = json_object_new_object();
		json_object_array_add(list, row);
		json_put_count(row, "pid", each->pid);
		json_put_text(row, "comm", each->comm, sizeof(each->comm));
		json_put_known_text(row, "label", each->label, sizeof(each->label));
		json_put_count(row, "cpu_ns", each->cpu_ns);
		json_put_number(row, "share", (double)each->cpu_ns / (double)model->neighbour_ns);
	}
}

/* Of those without a row of their own there is the sum. 0 or -ENOMEM. */
static int put_processes(struct json_object *root, const struct report *report,
			 const struct render_options *options)
{
	struct json_object *list = json_put(root, "processes", json_object_new_array()), *others;
	const struct model *model = report->model;
	bool *own = calloc(model->process_count + 1, sizeof(*own));
	struct ledger time = { 0 };
	size_t i, count = 0;
	int error = own ? 0 : -ENOMEM;

	if (own && options->processes_most)
		error = choose_processes(model, options->processes_most, own);
	for (i = 0; i < model->process_count && !error; i++) {
		if (!options->processes_most || own[i]) {
			error = json_put_process(list, report, options, i);
			continue;
		}
		ledger_add(&time, &model->processes[i].time);
		count += model_processes_of(&model->processes[i]);
	}
	others = json_put(root, "others", count ? json_object_new_object() : NULL);
	if (others) {
		json_put_count(others, "count", count);
		json_put_ledger(others, "time", &time);
	}
	free(own);
	return error;
}

static void put_window(struct json_object *list, const struct model *model,
		       const struct timeline_window *window)
{
	struct json_object *row = json_object_new_object(), *cause;

	json_object_array_add(list, row);
	json_put_time(row, "start", model, window->start_ns);
	json_put_count(row, "duration_ns", window->duration_ns);
	json_put_string(row, "class", verdict_class_name(window->class));
	json_put_number(row, "ratio", window->signals.ratio);
	json_put_number(row, "cores", window->signals.cores);
	json_put_number(row, "stalled", window->signals.stalled);
	cause = json_put(row, "cause", window->cause.cause.kind ? json_object_new_object() : NULL);
	if (cause) {
		json_put_string(cause, "kind", window->cause.cause.kind);
		json_put_number(cause, "share", window->cause.cause.share);
		json_put_string(cause, "detail", window->cause.cause.detail);
		json_put_known(cause, "where", window->cause.cause.where);
	}
	json_put_known(row, "busiest", window->cause.thread);
}

int render_json(const struct report *report, const struct render_options *options, FILE *out)
{
	const struct model *model = report->model;
	struct json_object *root = json_object_new_object(), *list, *row;
	int roles, error;
	struct signals signals;
	const char *text;
	size_t i;
	int failed;

	signals_compute(model, NULL, &signals);
	json_put_string(root, "schema", "boundby.report/1");
	row = json_put(root, "tool", json_object_new_object());
	json_put_string(row, "version", model->capture.tool_version);
	put_capture(root, report);
	json_put_verdict(root, report->verdict);
	json_put_number(root, "ratio", signals.ratio);
	json_put_number(root, "cores", signals.cores);
	json_put_ledger(root, "time", &model->time);
	json_put_switches(root, &model->capture, &model->switches, &model->time);
	error = put_processes(root, report, options);
	roles = put_roles(root, report);
	put_neighbours(root, model);
	list = json_put(root, "timeline", json_object_new_array());
	for (i = 0; i < report->timeline->count; i++)
		put_window(list, model, &report->timeline->windows[i]);
	text = json_object_to_json_string_ext(
		root,
		JSON_C_TO_STRING_NOSLASHESCAPE |
			(options->one_line ? 0 :
					     JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED));
	if (!text || roles < 0 || error)
		errno = ENOMEM;
	failed = !text || roles < 0 || error || fprintf(out, "%s\n", text) < 0 || fflush(out);
	json_object_put(root);
	return failed ? -1 : 0;
}
