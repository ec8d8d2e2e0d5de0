/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The formats themselves: private to export.c and the file of each. */
#ifndef BOUNDBY_RENDER_EXPORT_EXPORT_PARTS_H
#define BOUNDBY_RENDER_EXPORT_EXPORT_PARTS_H

#include "render/export/export.h"

/* For the end of each step: 0, or -1 when something did not reach out (errno set). */
int export_written(FILE *out);

const char *export_state_name(uint32_t state); /* enum ledger_state */
const char *export_object_name(uint32_t object); /* enum blocked_object, "" none */

struct stack;

/* The stack's frames, outermost first, printable, with ';' between them. To be freed; NULL: no memory. */
char *folded_frames(const struct stack *stack);

/* The target's class in the window that the report is of. */
enum verdict_class export_class(const struct report *report);

/*
 * FORMAT(name, windows, begin, put, end): as in struct export_format. A new format is a row, and a
 * file with its functions.
 */
#define EXPORT_FORMATS(FORMAT)                                        \
	FORMAT("folded", false, export_begin, folded_put, export_end) \
	FORMAT("pprof", false, export_begin, pprof_put, export_end)   \
	FORMAT("chrome", true, chrome_begin, chrome_put, chrome_end)  \
	FORMAT("ndjson", true, export_begin, ndjson_put, export_end)  \
	FORMAT("csv", true, csv_begin, csv_put, export_end)           \
	FORMAT("markdown", false, export_begin, markdown_put, export_end)

/* export_begin and export_end are of formats that keep nothing from one report to the next. */
#define EXPORT_FUNCTIONS(name, windows, begin, put, end)              \
	int begin(void **state, uint32_t views, FILE *out);           \
	int put(void *state, const struct report *report, FILE *out); \
	int end(void *state, FILE *out);
EXPORT_FORMATS(EXPORT_FUNCTIONS)
#undef EXPORT_FUNCTIONS

#endif
