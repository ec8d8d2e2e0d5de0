// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * boundby diff: two traces, or one and two ranges; prints what changed. The second is read while
 * the report of the first is kept, so that both can be compared.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "lib/process/sandbox.h"
#include "cli/traces/trace_input.h"
#include "exit_codes.h"
#include "lib/log.h"
#include "pipeline.h"
#include "render/html/page.h"

struct diff {
	const struct options *options;
	struct trace_input *inputs[2];
	const struct report *before;
	FILE *html; /* NULL: no page is asked for */
	struct page *pages[2]; /* of the sides */
};

static int run_side(struct diff *diff, size_t side, enum verdict_class *ret_class, struct err *e);

static int print(const struct diff *diff, const struct report *after, struct err *e)
{
	struct comparison comparison;
	struct diff_report report = { diff->before, after, &comparison };
	struct render_options render;
	int failed = 0;

	if (compare(diff->before->model, diff->before->verdict, after->model, after->verdict,
		    &comparison)) {
		comparison_free(&comparison);
		return err_set(e, ERR_FAILED, "out of memory");
	}
	output_options(diff->options, stdout, &render);
	errno = 0;
	if (diff->html != stdout)
		failed = diff->options->json ? render_diff_json(&report, &render, stdout) :
					       render_diff_text(&report, &render, stdout);
	if (!failed && diff->html)
		failed = page_write_diff(diff->pages[0], diff->pages[1], &report, diff->html);
	comparison_free(&comparison);
	return failed ? err_set_output(e, "the answer") : 0;
}

static int on_report(void *arg, const struct report *report, struct err *e)
{
	struct diff *diff = arg;
	enum verdict_class class;

	if (diff->before)
		return print(diff, report, e);
	diff->before = report;
	return run_side(diff, 1, &class, e);
}

static int on_window(void *arg, const struct model *model)
{
	return page_add_window(arg, model);
}

static int run_side(struct diff *diff, size_t side, enum verdict_class *ret_class, struct err *e)
{
	struct pipeline pipeline = { .take = on_report, .take_arg = diff };
	struct verdict_settings settings;
	struct progress progress;
	int result;

	if (trace_input_open(diff->inputs[side], diff->options, side, &settings, &pipeline.source,
			     e))
		return -1;
	pipeline.settings = &settings;
	if (diff->html) {
		pipeline.window = on_window;
		pipeline.window_arg = diff->pages[side];
	}
	progress_read(&progress, pipeline.source);
	pipeline.progress = (struct pipeline_progress){ progress_show, progress_clear, &progress };
	result = pipeline_run(&pipeline, ret_class, e);
	progress_clear(&progress);
	trace_input_note_damage(pipeline.source);
	pipeline.source->ops->close(pipeline.source);
	return result;
}

/* Makes the file of the page, before rights are given up. 0, or -1 with e filled. */
static int open_page(struct diff *diff, struct err *e)
{
	const char *name = diff->options->html;
	size_t side;

	if (!name)
		return 0;
	for (side = 0; side < 2; side++) {
		diff->pages[side] = page_new();
		if (!diff->pages[side])
			return err_set(e, ERR_FAILED, "out of memory");
	}
	diff->html = strcmp(name, "-") ? output_create(name, e) : stdout;
	return diff->html ? 0 : -1;
}

static int close_page(struct diff *diff, int result, struct err *e)
{
	page_free(diff->pages[0]);
	page_free(diff->pages[1]);
	if (diff->html && diff->html != stdout && fclose(diff->html) && !result)
		return err_set(e, ERR_FAILED, "cannot write '%s': %s", diff->options->html,
			       strerror(errno));
	return result;
}

int cmd_diff(const struct options *options)
{
	struct diff diff = { .options = options };
	enum verdict_class class;
	struct err e = { 0 };
	int side, result = 0;

	for (side = 0; side < 2 && !result; side++) {
		diff.inputs[side] = calloc(1, sizeof(*diff.inputs[side]));
		result = diff.inputs[side] ?
				 trace_input_add(
					 diff.inputs[side],
					 options->rest[side < options->rest_count ? side : 0], &e) :
				 err_set(&e, ERR_FAILED, "out of memory");
	}
	if (!result)
		result = open_page(&diff, &e);
	tzset(); /* the zone's file cannot be opened later */
	if (!result)
		result = sandbox_enter(&e);
	if (!result)
		result = run_side(&diff, 0, &class, &e);
	result = close_page(&diff, result, &e);
	for (side = 0; side < 2; side++)
		if (diff.inputs[side]) {
			trace_input_free(diff.inputs[side]);
			free(diff.inputs[side]);
		}
	return result ? exit_codes_fail(&e) : EXIT_REPORT;
}
