// SPDX-License-Identifier: GPL-2.0-or-later
/* boundby check: prints one line for each fact about what can be measured. */
#include <json-c/json.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/options.h"
#include "collect/host/host_check.h"
#include "collect/host/switch_cost.h"
#include "exit_codes.h"
#include "lib/log.h"

#define MAX_FACTS 32

static void print_switch_cost(struct json_object *root)
{
	struct json_object *row = NULL;
	struct switch_cost cost;

	if (!switch_cost_kept(&cost)) {
		row = json_object_new_object();
		json_object_object_add(row, "same_process_ns",
				       json_object_new_uint64(cost.same_ns));
		json_object_object_add(row, "other_process_ns",
				       json_object_new_uint64(cost.other_ns));
	}
	json_object_object_add(root, "switch_cost", row);
}

static void print_json(const struct host_fact *facts, size_t count)
{
	struct json_object *root = json_object_new_object(), *list = json_object_new_array(), *row;
	size_t i;

	json_object_object_add(root, "schema", json_object_new_string("boundby.check/1"));
	json_object_object_add(root, "facts", list);
	for (i = 0; i < count; i++) {
		row = json_object_new_object();
		json_object_array_add(list, row);
		json_object_object_add(row, "name", json_object_new_string(facts[i].name));
		json_object_object_add(row, "status",
				       json_object_new_string(facts[i].status > 0 ? "ok" :
							      facts[i].status	  ? "missing" :
										    "absent"));
		json_object_object_add(row, "detail", json_object_new_string(facts[i].detail));
		json_object_object_add(
			row, "fix", facts[i].fix[0] ? json_object_new_string(facts[i].fix) : NULL);
	}
	print_switch_cost(root);
	printf("%s\n", json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY));
	json_object_put(root);
}

int cmd_check(const struct options *options)
{
	struct host_fact facts[MAX_FACTS];
	struct switch_cost cost;
	struct err e = { 0 };
	size_t count, i;

	if (options->calibrate && switch_cost_measure(&cost)) {
		err_set(&e, EXIT_FAILED,
			"cannot measure what a context switch costs: two processes on one CPU "
			"could not exchange bytes; check the limits on processes and fds");
		return log_error(&e);
	}
	count = host_check(facts, MAX_FACTS);

	if (options->json) {
		print_json(facts, count);
	} else {
		for (i = 0; i < count; i++)
			printf("%-8s %-18s %s%s%s\n",
			       facts[i].status > 0 ? "ok" :
			       facts[i].status	   ? "MISSING" :
						     "absent",
			       facts[i].name, facts[i].detail, facts[i].fix[0] ? "; " : "",
			       facts[i].fix);
	}
	return host_require(&e) ? e.exit_code : EXIT_REPORT;
}
