// SPDX-License-Identifier: GPL-2.0-or-later
/* boundby.trigger/1: what the hook of a watch gets on stdin. What is not known is null. */
#include <errno.h>
#include <json-c/json.h>

#include "render/json/json_parts.h"

/* The process that the verdict is about; null where the target has none. */
static void put_main(struct json_object *root, const struct report *report)
{
	const struct process_model *process =
		model_process_of(report->model, report->verdict->main_pid);
	struct json_object *row =
		json_put(root, "process", process ? json_object_new_object() : NULL);

	if (!row)
		return;
	json_put_count(row, "pid", process->pid);
	json_put_text(row, "comm", process->comm, sizeof(process->comm));
	json_put_known_text(row, "exe", process->exe, sizeof(process->exe));
	json_put_label(row, &process->label);
}

int render_trigger(const struct report *report, const struct report_trigger *trigger, FILE *out)
{
	const struct model *model = report->model;
	struct json_object *root = json_object_new_object();
	const char *text;
	int failed;

	json_put_string(root, "schema", "boundby.trigger/1");
	json_put_string(root, "reason", trigger->reason);
	json_put_known(root, "host", model->host);
	json_put_time(root, "start", model, model->start_ns);
	json_put_count(root, "duration_ns", model->duration_ns);
	put_main(root, report);
	json_put_verdict(root, report->verdict);
	json_put_known(root, "incident", trigger->incident ? trigger->incident : "");
	json_put_count(root, "left_out", trigger->left_out);
	text = json_object_to_json_string_ext(root, JSON_C_TO_STRING_NOSLASHESCAPE);
	if (!text)
		errno = ENOMEM;
	failed = !text || fprintf(out, "%s\n", text) < 0 || fflush(out);
	json_object_put(root);
	return failed ? -1 : 0;
}
