// SPDX-License-Identifier: GPL-2.0-or-later
/* Joins the page to a pipeline: it gets each window, and the whole after it was printed. */
#include "cli/page_output.h"

#include <errno.h>
#include <string.h>

#include "cli/output.h"

static int on_window(void *arg, const struct model *model)
{
	return page_add_window(arg, model);
}

static int on_report(void *arg, const struct report *report, struct err *e)
{
	struct page_output *output = arg;
	const struct pipeline *prints = &output->prints;

	errno = 0;
	if (output->file != stdout && prints->render(report, prints->render_options, prints->out))
		return err_set_output(e, "the report");
	if (page_write(output->page, report, output->file))
		return err_set_output(e, "the page");
	return 0;
}

int page_output_open(struct page_output *output, const char *name, struct pipeline *pipeline,
		     struct err *e)
{
	if (!name)
		return 0;
	output->name = name;
	output->prints = *pipeline;
	output->page = page_new();
	if (!output->page)
		return err_set(e, ERR_FAILED, "out of memory");
	output->file = strcmp(name, "-") ? output_create(name, e) : stdout;
	pipeline->window = on_window;
	pipeline->window_arg = output->page;
	pipeline->take = on_report;
	pipeline->take_arg = output;
	return output->file ? 0 : -1;
}

int page_output_close(struct page_output *output, int result, struct err *e)
{
	page_free(output->page);
	if (output->file && output->file != stdout && fclose(output->file) && !result)
		return err_set(e, ERR_FAILED, "cannot write '%s': %s", output->name,
			       strerror(errno));
	return result;
}
