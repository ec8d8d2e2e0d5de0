// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * boundby report, boundby export: prints the report of the live watch from traces, or converts them
 * for other programs. Gives up all rights first: hostile files can do no more than that.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/page_output.h"
#include "cli/progress.h"
#include "lib/process/sandbox.h"
#include "cli/traces/trace_input.h"
#include "exit_codes.h"
#include "lib/log.h"
#include "pipeline.h"

/* Opens everything, then gives all rights up: nothing was read so far. */
static int open_names(struct trace_input *input, const struct options *options, struct err *e)
{
	int i;

	for (i = 0; i < options->rest_count; i++)
		if (trace_input_add(input, options->rest[i], e))
			return -1;
	tzset(); /* the zone's file cannot be opened later */
	return sandbox_enter(e);
}

static int run(struct trace_input *input, const struct options *options, struct pipeline *pipeline,
	       enum verdict_class *ret_class, struct err *e)
{
	struct verdict_settings settings;
	struct progress progress;
	int result;

	if (trace_input_open(input, options, 0, &settings, &pipeline->source, e))
		return -1;
	pipeline->settings = &settings;
	progress_read(&progress, pipeline->source);
	pipeline->progress = (struct pipeline_progress){ progress_show, progress_clear, &progress };
	result = pipeline_run(pipeline, ret_class, e);
	progress_clear(&progress);
	trace_input_note_damage(pipeline->source);
	pipeline->source->ops->close(pipeline->source);
	return result;
}

int cmd_report(const struct options *options)
{
	enum verdict_class class = VERDICT_INSUFFICIENT;
	struct trace_input *input = calloc(1, sizeof(*input));
	struct render_options render;
	struct pipeline pipeline = { .render = options->json ? render_json : render_text,
				     .render_options = &render,
				     .out = stdout,
				     .each_interval = options->interval_ns && !options->html,
				     .interval_ns = options->interval_ns };
	struct page_output page = { 0 };
	struct err e = { 0 };
	int result = input ? 0 : err_set(&e, ERR_FAILED, "out of memory");

	output_options(options, stdout, &render);
	if (!result)
		result = page_output_open(&page, options->html, &pipeline, &e);
	if (!result)
		result = open_names(input, options, &e);
	if (!result)
		result = run(input, options, &pipeline, &class, &e);
	result = page_output_close(&page, result, &e);
	if (input)
		trace_input_free(input);
	free(input);
	if (result)
		return exit_codes_fail(&e);
	if (options->fail_on & 1u << class)
		return EXIT_FAIL_ON;
	return class == VERDICT_INSUFFICIENT ? EXIT_TOO_LITTLE : EXIT_REPORT;
}

static FILE *open_output(const struct options *options, struct err *e)
{
	const char *name = options->output;

	if (!name || !strcmp(name, "-")) {
		if (!strcmp(options->format->name, "pprof") && isatty(STDOUT_FILENO)) {
			err_set(e, ERR_USAGE,
				"a pprof profile is binary and not printed to a terminal; use -o "
				"FILE or a pipe");
			return NULL;
		}
		return stdout;
	}
	return output_create(name, e);
}

int cmd_export(const struct options *options)
{
	enum verdict_class class;
	struct trace_input *input = calloc(1, sizeof(*input));
	struct pipeline pipeline = { .export = options->format, .views = options->views };
	struct err e = { 0 };
	int result = input ? 0 : err_set(&e, ERR_FAILED, "out of memory");

	if (!result) {
		pipeline.out = open_output(options, &e);
		result = pipeline.out ? open_names(input, options, &e) : -1;
	}
	if (!result)
		result = run(input, options, &pipeline, &class, &e);
	if (pipeline.out && pipeline.out != stdout && fclose(pipeline.out) && !result)
		result = err_set(&e, ERR_FAILED, "cannot write '%s': %s", options->output,
				 strerror(errno));
	if (input)
		trace_input_free(input);
	free(input);
	return result ? exit_codes_fail(&e) : EXIT_REPORT;
}
