/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --html: the page beside, or instead of, what a command prints. */
#ifndef BOUNDBY_CLI_PAGE_OUTPUT_H
#define BOUNDBY_CLI_PAGE_OUTPUT_H

#include "pipeline.h"
#include "render/html/page.h"

/* Zeroed before use. */
struct page_output {
	FILE *file; /* NULL: no page is asked for */
	const char *name;
	struct page *page;
	struct pipeline prints; /* what is printed beside it */
};

/*
 * Makes the file (name "-": stdout, then nothing else is printed; NULL: none) and lets the pipeline
 * write the page to it, too. 0, or -1 with e filled.
 */
int page_output_open(struct page_output *output, const char *name, struct pipeline *pipeline,
		     struct err *e);

/* Closes the file. result: of the run. Returns that, or -1 with e filled. */
int page_output_close(struct page_output *output, int result, struct err *e);

#endif
