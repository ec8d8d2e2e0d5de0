/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of the page: private to the files page*.c. */
#ifndef BOUNDBY_RENDER_HTML_PAGE_PARTS_H
#define BOUNDBY_RENDER_HTML_PAGE_PARTS_H

#include <json-c/json.h>
#include <stdio.h>

#include "render/html/page_rows.h"
#include "render/report.h"

/* The page without its data, made at build time by scripts/page-assets: what stands before and after. */
extern const char page_head[], page_tail[];

/*
 * Writes JSON for the inside of an element of HTML: '<', '>' and '&', which stand in strings only, as
 * escapes, so that no text can end the element or begin another.
 */
void page_put_escaped(const char *json, FILE *out);

/* The stacks of the model as trees, by view; nodes_most: of each. To be put; NULL without memory. */
struct json_object *page_flames(const struct model *model, size_t nodes_most);

/*
 * The windows of the whole target in ns, and those of threads or processes in thousandths of the
 * window, at most this many figures: windows are merged. To be put; NULL without memory.
 */
struct json_object *page_target_json(const struct page_rows *target, const struct model *model);
struct json_object *page_lanes_json(struct page_rows *rows, const struct model *model,
				    size_t figures_most);

#endif
