/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A report as one page for a browser, in one file that asks the network for nothing. It shows what
 * render_json writes, stacks as flame graphs, and the ledger window by window.
 */
#ifndef BOUNDBY_RENDER_HTML_PAGE_H
#define BOUNDBY_RENDER_HTML_PAGE_H

#include <stdio.h>

#include "render/report.h"

#define PAGE_MOST_BYTES 2000000 /* what is more is thinned, and the page says so */

struct page;

/* NULL without memory. */
struct page *page_new(void);
void page_free(struct page *page);

/* Takes the ledgers of a window, in order of time; a long watch is thinned. 0 or -ENOMEM. */
int page_add_window(struct page *page, const struct model *model);

/* Writes the page of the whole to out. Returns 0, or -1 when writing failed (errno set). */
int page_write(struct page *page, const struct report *report, FILE *out);

/* The page of a comparison: the windows of both sides, and what changed. Returns as page_write. */
int page_write_diff(struct page *before, struct page *after, const struct diff_report *diff,
		    FILE *out);

#endif
