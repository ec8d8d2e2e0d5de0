// SPDX-License-Identifier: GPL-2.0-or-later
/* boundby check: prints one line for each fact about what can be measured. */
#include <json-c/json.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/options/options.h"
#include "collect/host/host_check.h"
#include "collect/host/load_check.h"
#include "collect/host/switch_cost.h"
#include "exit_codes.h"
#include "lib/log.h"

#define MAX_FACTS 32

struct answer {
	struct host_fact facts[MAX_FACTS];
	size_t fact_count;
	struct load_check ways[LOAD_CHECKS_MAX];
	size_t way_count, working;
};

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

static struct json_object *text_or_null(const char *text)
{
	return text[0] ? json_object_new_string(text) : NULL;
}

static struct json_object *fact_row(const struct host_fact *fact)
{
	struct json_object *row = json_object_new_object();

	json_object_object_add(row, "name", json_object_new_string(fact->name));
	json_object_object_add(row, "status",
			       json_object_new_string(fact->status > 0 ? "ok" :
						      fact->status     ? "missing" :
									 "absent"));
	json_object_object_add(row, "detail", json_object_new_string(fact->detail));
	json_object_object_add(row, "fix", text_or_null(fact->fix));
	return row;
}

static struct json_object *way_row(const struct load_check *way)
{
	struct json_object *row = json_object_new_object(), *list = json_object_new_array(), *each;
	size_t i;

	json_object_object_add(row, "name", json_object_new_string(way->name));
	json_object_object_add(row, "works", json_object_new_boolean(way->works));
	json_object_object_add(row, "error", text_or_null(way->error.text));
	json_object_object_add(row, "left_out", list);
	for (i = 0; i < way->left_out_count; i++) {
		each = json_object_new_object();
		json_object_object_add(each, "program",
				       json_object_new_string(way->left_out[i].program));
		json_object_object_add(each, "loses",
				       json_object_new_string(way->left_out[i].loses));
		json_object_object_add(each, "reason",
				       json_object_new_string(way->left_out[i].reason));
		json_object_array_add(list, each);
	}
	each = json_object_new_object();
	json_object_object_add(row, "verified_instructions", each);
	for (i = 0; i < way->cost_count; i++)
		json_object_object_add(each, way->costs[i].program,
				       json_object_new_int64(way->costs[i].instructions));
	return row;
}

static void print_json(const struct answer *answer)
{
	struct json_object *root = json_object_new_object(), *list = json_object_new_array();
	size_t i;

	json_object_object_add(root, "schema", json_object_new_string("boundby.check/1"));
	json_object_object_add(root, "facts", list);
	for (i = 0; i < answer->fact_count; i++)
		json_object_array_add(list, fact_row(&answer->facts[i]));
	list = json_object_new_array();
	json_object_object_add(root, "ways", list);
	for (i = 0; i < answer->way_count; i++)
		json_object_array_add(list, way_row(&answer->ways[i]));
	print_switch_cost(root);
	printf("%s\n", json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY));
	json_object_put(root);
}

static void print_way(const struct load_check *way, unsigned int verbose)
{
	unsigned int instructions = 0;
	size_t i;

	for (i = 0; i < way->cost_count; i++)
		instructions += way->costs[i].instructions;
	printf("%-8s %-21s ", way->works ? "ok" : "MISSING", way->name);
	if (way->works)
		printf("%s\n", "its BPF programs load");
	else
		printf("%s\n", way->error.text);
	for (i = 0; i < way->left_out_count; i++)
		printf("%-8s %-21s without %s: %s: %s\n", "absent", way->name,
		       way->left_out[i].loses, way->left_out[i].program, way->left_out[i].reason);
	for (i = 0; verbose && i < way->cost_count; i++)
		printf("%-8s %-21s %-24s %8u instructions verified\n", "", "",
		       way->costs[i].program, way->costs[i].instructions);
	if (verbose && instructions)
		printf("%-8s %-21s %-24s %8u\n", "", "", "all", instructions);
}

static void print_ways(const struct answer *answer, bool works, const char *first)
{
	const char *separator = first;
	size_t i;

	for (i = 0; i < answer->way_count; i++)
		if (answer->ways[i].works == works) {
			printf("%s%s", separator, answer->ways[i].name);
			separator = ", ";
		}
}

/* The last line: what this user can do on this host. */
static void print_sum(const struct answer *answer, const struct err *missing)
{
	if (missing->text[0]) {
		printf("This user can watch nothing on this host: %s.\n", missing->text);
		return;
	}
	print_ways(answer, true, "This user can on this host: ");
	print_ways(answer, false, answer->working ? "; not: " : "This user cannot on this host: ");
	printf(".\n");
}

static void print_text(const struct answer *answer, const struct err *missing, unsigned int verbose)
{
	const struct host_fact *fact;
	size_t i;

	for (i = 0; i < answer->fact_count; i++) {
		fact = &answer->facts[i];
		printf("%-8s %-21s %s%s%s\n",
		       fact->status > 0 ? "ok" :
		       fact->status	? "MISSING" :
					  "absent",
		       fact->name, fact->detail, fact->fix[0] ? "; " : "", fact->fix);
	}
	for (i = 0; i < answer->way_count; i++)
		print_way(&answer->ways[i], verbose);
	print_sum(answer, missing);
}

/* Loads the programs of each way, unless something that all need is missing: then e says what. */
static int check_ways(const struct options *options, struct answer *answer, struct err *e)
{
	size_t i;

	if (host_require(options->btf, e))
		return -1;
	answer->way_count = load_check(options->btf, options->verbose, answer->ways);
	for (i = 0; i < answer->way_count; i++)
		answer->working += answer->ways[i].works;
	return 0;
}

/* The exit status: of the first way that does not work. */
static int status_of(const struct answer *answer)
{
	size_t i;

	for (i = 0; i < answer->way_count; i++)
		if (!answer->ways[i].works)
			return exit_codes_of(answer->ways[i].error.kind);
	return EXIT_REPORT;
}

int cmd_check(const struct options *options)
{
	struct answer answer = { 0 };
	struct switch_cost cost;
	struct err e = { 0 };

	if (options->calibrate && switch_cost_measure(&cost)) {
		err_set(&e, ERR_FAILED,
			"cannot measure what a context switch costs: two processes on one CPU "
			"could not exchange bytes; check the limits on processes and fds");
		return exit_codes_fail(&e);
	}
	answer.fact_count = host_check(options->btf, answer.facts, MAX_FACTS);
	check_ways(options, &answer, &e);
	if (options->json)
		print_json(&answer);
	else
		print_text(&answer, &e, options->verbose);
	return e.text[0] ? exit_codes_of(e.kind) : status_of(&answer);
}
