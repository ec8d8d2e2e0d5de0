// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keeps the windows of a watch and writes the page: what was made at build time, and between its two
 * halves the data as JSON, which only the page's own script reads.
 */
#include "render/html/page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/state_names.h"
#include "render/html/page_parts.h"
#include "render/json/json_put.h"

#define CELLS_MOST 1000000 /* in memory: 16 MB */
#define PROCESSES_MOST 100
#define THREADS_MOST 200
#define FRAME_BYTES 100000 /* what is no data, with room to spare */

struct page {
	struct page_rows target, processes, threads;
};

/* How much of each may be written; halved until a page is small enough. */
struct budget {
	size_t report_bytes, thread_figures, process_figures, nodes;
};
static const struct budget whole_budget = { 800000, 150000, 40000, 2000 };
#define HALVED_MOST 8

struct page *page_new(void)
{
	return calloc(1, sizeof(struct page));
}

void page_free(struct page *page)
{
	if (!page)
		return;
	page_rows_free(&page->target);
	page_rows_free(&page->processes);
	page_rows_free(&page->threads);
	free(page);
}

static int add_processes(struct page *page, const struct model *model)
{
	size_t i, j;

	for (i = 0; i < model->process_count; i++) {
		const struct process_model *process = &model->processes[i];

		/* those that ended and share a row are in the whole */
		if (!process->merged &&
		    page_rows_add(&page->processes, process, NULL, &process->time))
			return -ENOMEM;
		for (j = 0; j < process->thread_count; j++)
			if (page_rows_add(&page->threads, process, &process->threads[j],
					  &process->threads[j].time))
				return -ENOMEM;
	}
	return 0;
}

int page_add_window(struct page *page, const struct model *model)
{
	struct page_rows *all[] = { &page->target, &page->processes, &page->threads };
	size_t i;

	for (i = 0; i < 3; i++)
		if (page_rows_begin(all[i], model->start_ns, model->duration_ns))
			return -ENOMEM;
	if (page_rows_add(&page->target, NULL, NULL, &model->time) || add_processes(page, model))
		return -ENOMEM;
	for (i = 0; i < 3; i++)
		if (page_rows_limit(all[i], TIMELINE_MAX_WINDOWS, CELLS_MOST))
			return -ENOMEM;
	return 0;
}

void page_put_escaped(const char *json, FILE *out)
{
	size_t plain;

	for (;; json++) {
		plain = strcspn(json, "<>&");
		fwrite(json, 1, plain, out);
		json += plain;
		if (!*json)
			return;
		fprintf(out, "\\u%04x", (unsigned int)*json);
	}
}

/* What a renderer of JSON writes. */
struct document {
	const struct report *report; /* or: */
	const struct diff_report *diff;
	struct render_options options;
};

static int render(const struct document *document, FILE *out)
{
	return document->report ? render_json(document->report, &document->options, out) :
				  render_diff_json(document->diff, &document->options, out);
}

/* It as text, to be freed; NULL with errno set. */
static char *text_of(const struct document *document)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	int failed;

	if (!out)
		return NULL;
	failed = render(document, out);
	if (!fclose(out) && !failed)
		return text;
	free(text);
	return NULL;
}

/* With as many rows as fit; the others are in the sums. */
static char *fitting_report(const struct report *report, size_t most_bytes)
{
	struct document document = { .report = report,
				     .options = { .one_line = true,
						  .processes_most = PROCESSES_MOST,
						  .threads_most = THREADS_MOST } };
	struct render_options *options = &document.options;
	char *text = text_of(&document);

	while (text && strlen(text) > most_bytes &&
	       (options->processes_most > 1 || options->threads_most > 1)) {
		free(text);
		options->processes_most = (options->processes_most + 1) / 2;
		options->threads_most = (options->threads_most + 1) / 2;
		text = text_of(&document);
	}
	return text;
}

#define GROUP_NAME(ident, part) [GROUP_##ident] = #ident,
static const char *const group_names[NR_GROUPS] = { BOUNDBY_GROUPS(GROUP_NAME) };
#undef GROUP_NAME

static void put_state_list(struct json_object *to)
{
	struct json_object *list = json_put(to, "states", json_object_new_array()), *row;
	uint32_t s;

	for (s = 0; s < NR_STATES; s++) {
		json_object_array_add(list, row = json_object_new_object());
		json_put_string(row, "name", state_name(s));
		json_put_string(row, "group", group_names[state_group(s)]);
		json_put_string(row, "meaning", state_meaning(s));
	}
}

/* All of the page's data but the report. NULL without memory. */
static struct json_object *windows_json(struct page *page, const struct report *report,
					const struct budget *budget)
{
	struct json_object *root = json_object_new_object();
	struct json_object *target = page_target_json(&page->target, report->model);
	struct json_object *processes =
		page_lanes_json(&page->processes, report->model, budget->process_figures);
	struct json_object *threads =
		page_lanes_json(&page->threads, report->model, budget->thread_figures);
	struct json_object *flames = page_flames(report->model, budget->nodes);

	json_put_string(root, "schema", "boundby.page/1");
	put_state_list(root);
	json_put(root, "target", target);
	json_put(root, "processes", processes);
	json_put(root, "threads", threads);
	json_put(root, "flames", flames);
	if (target && processes && threads && flames)
		return root;
	json_object_put(root);
	return NULL;
}

/* The data of one report, "report" and "page", within a budget. To be freed; NULL without memory. */
static char *side_text(struct page *page, const struct report *report, const struct budget *budget)
{
	char *text = fitting_report(report, budget->report_bytes), *all = NULL;
	struct json_object *rest = text ? windows_json(page, report, budget) : NULL;
	size_t length;
	FILE *out = rest ? open_memstream(&all, &length) : NULL;

	if (out) {
		fputs("{\"report\":", out);
		page_put_escaped(text, out);
		fputs(",\"page\":", out);
		page_put_escaped(json_object_to_json_string_ext(
					 rest,
					 JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE),
				 out);
		fputs("}", out);
		if (ferror(out) | fclose(out)) {
			free(all);
			all = NULL;
		}
	}
	free(text);
	json_object_put(rest);
	return all;
}

/* Writes it in at most this many bytes, as far as that can be. 0, or -1 with errno set. */
static int put_side(struct page *page, const struct report *report, size_t most_bytes, FILE *out)
{
	struct budget budget = whole_budget;
	char *text = side_text(page, report, &budget);
	int halved;

	for (halved = 0; text && strlen(text) > most_bytes && halved < HALVED_MOST; halved++) {
		free(text);
		budget.report_bytes /= 2;
		budget.thread_figures /= 2;
		budget.process_figures /= 2;
		budget.nodes /= 2;
		text = side_text(page, report, &budget);
	}
	if (!text) {
		errno = ENOMEM;
		return -1;
	}
	fputs(text, out);
	free(text);
	return 0;
}

static int end_page(FILE *out)
{
	fputs(page_tail, out);
	return fflush(out) || ferror(out) ? -1 : 0;
}

int page_write(struct page *page, const struct report *report, FILE *out)
{
	fputs(page_head, out);
	return put_side(page, report, PAGE_MOST_BYTES - FRAME_BYTES, out) ? -1 : end_page(out);
}

int page_write_diff(struct page *before, struct page *after, const struct diff_report *diff,
		    FILE *out)
{
	struct document document = { .diff = diff };
	char *text = text_of(&document);
	size_t most_bytes;

	if (!text)
		return -1;
	most_bytes = PAGE_MOST_BYTES - FRAME_BYTES;
	most_bytes = strlen(text) < most_bytes ? (most_bytes - strlen(text)) / 2 : 0;
	fputs(page_head, out);
	fputs("{\"diff\":", out);
	page_put_escaped(text, out);
	free(text);
	fputs(",\"before\":", out);
	if (put_side(before, diff->before, most_bytes, out))
		return -1;
	fputs(",\"after\":", out);
	if (put_side(after, diff->after, most_bytes, out))
		return -1;
	fputs("}", out);
	return end_page(out);
}
